// codes.json: what people compare.
import { toHex } from "../../codec/bytes.ts";
import { emojis } from "../../core/room/emoji.ts";
import { memberFingerprint, roomCode, sasCommitment, sasEmoji } from "../../core/room/verification.ts";
import { count, flip, write } from "./write.ts";

interface Share {
  readonly memberId: Uint8Array;
  readonly commitment: Uint8Array;
  readonly nonce: Uint8Array;
}

const epoch = { groupId: count(16, 96), authenticator: count(32, 11) };

function share(memberId: Uint8Array, nonce: Uint8Array): Share {
  return { memberId, nonce, commitment: sasCommitment(epoch, memberId, nonce) };
}

const print = (shares: readonly Share[]) =>
  shares.map(({ memberId, commitment, nonce }) => ({
    memberId: toHex(memberId),
    nonce: toHex(nonce),
    commitment: toHex(commitment),
  }));

export async function codeVectors(): Promise<void> {
  const next = { ...epoch, authenticator: count(32, 12) };
  const roomCodes = [];
  for (const { groupId, authenticator } of [epoch, next]) {
    const words = await roomCode({ groupId, authenticator });
    roomCodes.push({ groupId: toHex(groupId), authenticator: toHex(authenticator), words: words.join(" ") });
  }
  const fingerprints = [];
  for (const signatureKey of [count(32, 0), count(32, 1), count(32, 2)]) {
    const digits = await memberFingerprint(signatureKey);
    fingerprints.push({ signatureKey: toHex(signatureKey), digits: digits.join(" ") });
  }
  write("codes", "Room codes, fingerprints of members, and short codes from opened commitments", {
    roomCodes,
    fingerprints,
    sas: sasVectors(),
  });
}

function sasVectors(): object {
  const one = share(count(16, 0), count(32, 200));
  const two = share(count(16, 16), count(32, 100));
  const three = share(count(16, 32), count(32, 150));
  const short = share(count(16, 48), count(31, 7));
  const valid = [
    [one, two],
    [one, two, three],
  ].map((shares) => {
    const numbers = sasEmoji(epoch, shares);
    return { shares: print(shares), numbers, names: numbers.map((number) => emojis[number]?.name).join(" ") };
  });
  const elsewhere = sasCommitment({ ...epoch, authenticator: count(32, 12) }, two.memberId, two.nonce);
  const refused = [
    { why: "a changed nonce", shares: [one, { ...two, nonce: flip(two.nonce, 0) }], code: "bad_signature" },
    { why: "another member's share", shares: [one, { ...one, memberId: two.memberId }], code: "bad_signature" },
    { why: "a commitment of another epoch", shares: [one, { ...two, commitment: elsewhere }], code: "bad_signature" },
    { why: "one member", shares: [one], code: "malformed" },
    { why: "a member twice", shares: [one, two, one], code: "malformed" },
    { why: "a short nonce", shares: [one, short], code: "malformed" },
  ].map((round) => ({ ...round, shares: print(round.shares) }));
  return { groupId: toHex(epoch.groupId), authenticator: toHex(epoch.authenticator), valid, refused };
}

// Passwords, codes and chunks of files against the published vectors in tests/vectors, as vectors.test.ts does for the rest.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../codec/bytes.ts";
import { stretchPassword } from "../../../core/crypto/password.ts";
import { emojis } from "../../../core/room/emoji.ts";
import { fileKeys, openChunk, sealChunk } from "../../../core/room/file-chunk.ts";
import { deriveInvite } from "../../../core/room/invite.ts";
import { memberFingerprint, roomCode, sasEmoji } from "../../../core/room/verification.ts";

const hex = (text: string) => fromHex(text) ?? new Uint8Array();

const load = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));

interface Refused {
  readonly why: string;
  readonly code: string;
}

describe("passwords", () => {
  const { secret, withPassword: v } = load("invite") as {
    secret: string;
    withPassword: Record<"password" | "stretched" | "inviteId" | "authPublicKey" | "packetKey" | "macKey", string>;
  };

  test("are stretched", async () => {
    expect(toHex(await stretchPassword(v.password, hex(secret)))).toBe(v.stretched);
  });

  test("change all keys of an invite but its id", async () => {
    const keys = await deriveInvite(hex(secret), hex(v.stretched));
    expect(toHex(keys.inviteId)).toBe(v.inviteId);
    expect(toHex(keys.auth.publicKey)).toBe(v.authPublicKey);
    expect(toHex(keys.packetKey)).toBe(v.packetKey);
    expect(toHex(keys.macKey)).toBe(v.macKey);
  });
});

describe("codes", () => {
  interface Round {
    readonly shares: { memberId: string; nonce: string; commitment: string }[];
  }
  const { roomCodes, fingerprints, sas } = load("codes") as {
    roomCodes: { groupId: string; authenticator: string; words: string }[];
    fingerprints: { signatureKey: string; digits: string }[];
    sas: {
      groupId: string;
      authenticator: string;
      valid: (Round & { numbers: number[]; names: string })[];
      refused: (Round & Refused)[];
    };
  };
  const epoch = { groupId: hex(sas.groupId), authenticator: hex(sas.authenticator) };
  const sharesOf = ({ shares }: Round) =>
    shares.map(({ memberId, nonce, commitment }) => ({
      memberId: hex(memberId),
      nonce: hex(nonce),
      commitment: hex(commitment),
    }));

  test.each(roomCodes)("of a room: $words", async ({ groupId, authenticator, words }) => {
    const code = await roomCode({ groupId: hex(groupId), authenticator: hex(authenticator) });
    expect(code.join(" ")).toBe(words);
  });

  test.each(fingerprints)("of a member: $digits", async ({ signatureKey, digits }) => {
    expect((await memberFingerprint(hex(signatureKey))).join(" ")).toBe(digits);
  });

  test.each(sas.valid)("of emoji: $names", ({ numbers, names, shares }) => {
    expect(sasEmoji(epoch, sharesOf({ shares }))).toEqual(numbers);
    expect(numbers.map((number) => emojis[number]?.name).join(" ")).toBe(names);
  });

  test.each(sas.refused)("of emoji with $why are $code", ({ shares, code }) => {
    expect(() => sasEmoji(epoch, sharesOf({ shares }))).toThrow(expect.objectContaining({ name: "CoreError", code }));
  });
});

describe("chunks", () => {
  interface Chunk {
    readonly index: number;
    readonly last: boolean;
    readonly sealed: string;
  }
  const v = load("file-chunk") as {
    key: string;
    noncePrefix: string;
    offer: string;
    offerDigest: string;
    valid: (Chunk & { plain: string })[];
    refused: (Chunk & Refused)[];
  };
  const file = fileKeys(hex(v.key), hex(v.noncePrefix), hex(v.offer));

  test("belong to an offer", () => {
    expect(toHex(file.offerDigest)).toBe(v.offerDigest);
  });

  test.each(v.valid)("at $index open, last: $last", async ({ index, last, plain, sealed }) => {
    expect(toHex(await openChunk(file, { index, last }, hex(sealed)))).toBe(plain);
    expect(toHex(await sealChunk(file, { index, last }, hex(plain)))).toBe(sealed);
  });

  test.each(v.refused)("of $why are $code", async ({ index, last, sealed, code }) => {
    const opening = openChunk(file, { index, last }, hex(sealed));
    await expect(opening).rejects.toMatchObject({ name: "CoreError", code });
  });
});

// What people compare to be sure that nobody sits between them (docs/PROTOCOL.md, "Verification"): the room code of an epoch,
// the fingerprint of a member, and the short code, which is safe only because everybody commits to a nonce first.
import { concat, equalBytes, toHex, utf8 } from "../../codec/bytes.ts";
import { deriveKey, sha256 } from "../crypto/hash.ts";
import { CoreError } from "../errors.ts";
import { words } from "./words.ts";

const ITERATIONS = 100_000;

/** What all members of one epoch have in common, and nobody else has. */
export interface SharedEpoch {
  readonly groupId: Uint8Array;
  readonly authenticator: Uint8Array;
}

/**
 * Eight words, equal for all members of an epoch: PBKDF2-SHA-256(epoch authenticator, "SR1 room code" ‖ group id, 100,000),
 * 88 bits, 11 for each word from the most significant. Somebody in the middle picks both epochs and so needs only two that
 * collide: 88 stretched bits are long enough for that, a few emoji would not be.
 */
export async function roomCode({ groupId, authenticator }: SharedEpoch): Promise<string[]> {
  const bits = await pbkdf2(authenticator, concat(utf8("SR1 room code"), groupId), 11);
  return numbers(bits, 11, 8).flatMap((number) => words[number] ?? []);
}

/**
 * Six groups of five digits that stand for a member's signature key in any room and epoch: PBKDF2-SHA-256(signature public
 * key, "SR1 fingerprint", 100,000), 30 bytes; each five of them, big-endian, modulo 100,000.
 */
export async function memberFingerprint(signatureKey: Uint8Array): Promise<string[]> {
  const bytes = await pbkdf2(signatureKey, utf8("SR1 fingerprint"), 30);
  return Array.from({ length: 6 }, (_, group) => {
    // 40 bits: more than the 32 of JavaScript's bit operators, less than the 53 of its integers.
    const value = bytes.subarray(5 * group, 5 * group + 5).reduce((sum, byte) => sum * 256 + byte, 0);
    return String(value % 100_000).padStart(5, "0");
  });
}

/** One member's part in a short code: first the commitment, then, when all commitments are there, the nonce. */
export interface SasShare {
  readonly memberId: Uint8Array;
  readonly commitment: Uint8Array;
  readonly nonce: Uint8Array;
}

/**
 * SHA-256("SR1 sas commit" ‖ group id ‖ epoch authenticator ‖ member id ‖ nonce of 32 random bytes). With the authenticator
 * in it a new epoch voids the round; else somebody could look for a fitting epoch after the nonces are known.
 */
export function sasCommitment({ groupId, authenticator }: SharedEpoch, memberId: Uint8Array, nonce: Uint8Array) {
  return sha256(utf8("SR1 sas commit"), groupId, authenticator, memberId, nonce);
}

/**
 * Seven numbers of emoji (core/room/emoji.ts), 6 bits each, the first 42 bits of H(epoch authenticator ‖ nonces in ascending order, group id, "sas", 6).
 * `shares` are those of all who committed, the own one among them: a nonce is sent only after the last commitment came, and
 * a round in which one stays out is void, or whoever stays out could choose. Throws `malformed` for a round that is none, and
 * `bad_signature` when a nonce is not the one committed to.
 */
export function sasEmoji(epoch: SharedEpoch, shares: readonly SasShare[]): number[] {
  const members = new Set(shares.map(({ memberId }) => toHex(memberId)));
  if (shares.length < 2 || members.size !== shares.length) throw new CoreError("malformed", "members of a short code");
  for (const { memberId, commitment, nonce } of shares) {
    if (memberId.length !== 16 || nonce.length !== 32) throw new CoreError("malformed", "share of a short code");
    if (!equalBytes(sasCommitment(epoch, memberId, nonce), commitment)) {
      throw new CoreError("bad_signature", "nonce does not open its commitment");
    }
  }
  const nonces = shares.map(({ nonce }) => nonce).toSorted(compareBytes);
  return numbers(deriveKey(concat(epoch.authenticator, ...nonces), epoch.groupId, "sas", 6), 6, 7);
}

// Web Crypto's types exclude views on shared memory; none of ours are.
const source = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

async function pbkdf2(password: Uint8Array, salt: Uint8Array, length: number): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", source(password), "PBKDF2", false, ["deriveBits"]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: source(salt), iterations: ITERATIONS };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, length * 8));
}

/** The first `count` numbers of `width` bits each, from the most significant bit on. */
function numbers(bytes: Uint8Array, width: number, count: number): number[] {
  const bitAt = (at: number) => ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
  return Array.from({ length: count }, (_, i) => {
    let number = 0;
    for (let bit = 0; bit < width; bit++) number = 2 * number + bitAt(i * width + bit);
    return number;
  });
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? 0);
}

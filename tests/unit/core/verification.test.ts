import { pbkdf2Sync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { concat, toHex, utf8 } from "../../../codec/bytes.ts";
import { deriveKey, sha256 } from "../../../core/crypto/hash.ts";
import { emojis } from "../../../core/room/emoji.ts";
import { memberFingerprint, roomCode, sasCommitment, sasEmoji } from "../../../core/room/verification.ts";
import type { SasShare } from "../../../core/room/verification.ts";
import { words } from "../../../core/room/words.ts";

/** Bytes that depend on nothing but their name. */
const bytes = (name: string, length: number) => deriveKey(utf8(name), new Uint8Array(), "test", length);

const epoch = { groupId: bytes("group", 16), authenticator: bytes("authenticator", 32) };
const otherEpoch = { ...epoch, authenticator: bytes("other authenticator", 32) };
const otherGroup = { ...epoch, groupId: bytes("other group", 16) };

const failure = (code: string) => expect.objectContaining({ name: "CoreError", code }) as Error;

/** The same bits by another way: one big number, its digits from the least significant on. */
function digits(of: Uint8Array, bits: number, width: number): number[] {
  const all = BigInt(`0x${toHex(of)}`) >> BigInt(of.length * 8 - bits);
  const count = bits / width;
  const at = (i: number) => (all >> BigInt(width * (count - 1 - i))) & (2n ** BigInt(width) - 1n);
  return Array.from({ length: count }, (_, i) => Number(at(i)));
}

function share(name: string): SasShare {
  const [memberId, nonce] = [bytes(`member ${name}`, 16), bytes(`nonce ${name}`, 32)];
  return { memberId, nonce, commitment: sasCommitment(epoch, memberId, nonce) };
}

describe("the room code", () => {
  test("is 88 bits of PBKDF2 over authenticator and group, 11 a word", async () => {
    const salt = concat(utf8("SR1 room code"), epoch.groupId);
    const bits = pbkdf2Sync(epoch.authenticator, salt, 100_000, 11, "sha256");
    expect(await roomCode(epoch)).toEqual(digits(bits, 88, 11).map((number) => words[number]));
  });

  test("is another in another epoch and another group", async () => {
    const codes = await Promise.all([epoch, otherEpoch, otherGroup].map(roomCode));
    const all = codes.flat();
    expect(all).toHaveLength(24);
    expect(new Set(all).size).toBeGreaterThan(20);
  });
});

describe("a member's fingerprint", () => {
  test("is six times five digits of PBKDF2 over the key, leading zeros kept", async () => {
    let zeros = 0;
    for (const name of ["a", "b", "c", "d", "e"]) {
      const key = bytes(name, 32);
      const groups = await memberFingerprint(key);
      const hex = pbkdf2Sync(key, utf8("SR1 fingerprint"), 100_000, 30, "sha256").toString("hex");
      const fives = hex.match(/.{10}/g) ?? [];
      expect(groups.map(Number)).toEqual(fives.map((five) => Number(BigInt(`0x${five}`) % 100_000n)));
      expect(groups.every((group) => /^\d{5}$/.test(group))).toBe(true);
      zeros += groups.filter((group) => group.startsWith("0")).length;
    }
    expect(zeros).toBeGreaterThan(0);
  });
});

describe("the short code", () => {
  const [ada, bob, eve] = [share("ada"), share("bob"), share("eve")];

  test("is the first 42 bits over authenticator and sorted nonces, whoever comes first", () => {
    const sorted = [ada, bob, eve].map(({ nonce }) => toHex(nonce)).toSorted();
    const ikm = Buffer.from(toHex(epoch.authenticator) + sorted.join(""), "hex");
    const expected = digits(deriveKey(ikm, epoch.groupId, "sas", 6), 42, 6);
    for (const shares of [
      [ada, bob, eve],
      [eve, bob, ada],
      [bob, ada, eve],
      [bob, eve, ada],
    ]) {
      expect(sasEmoji(epoch, shares)).toEqual(expected);
    }
    expect(expected.every((number) => emojis[number] !== undefined)).toBe(true);
  });

  test("changes with every nonce and without a member", () => {
    const codes = [
      [ada, bob, eve],
      [ada, bob],
      [ada, eve],
      [bob, eve],
      [ada, bob, share("zoe")],
    ];
    expect(new Set(codes.map((shares) => sasEmoji(epoch, shares).join())).size).toBe(codes.length);
  });

  test("commitments hash label, group, authenticator, member and nonce", () => {
    const text = concat(utf8("SR1 sas commit"), epoch.groupId, epoch.authenticator, ada.memberId, ada.nonce);
    expect(ada.commitment).toEqual(sha256(text));
  });

  test("needs the nonces that were committed to, in this epoch and group", () => {
    const changed = { ...eve, nonce: eve.nonce.with(31, (eve.nonce[31] ?? 0) ^ 1) };
    expect(() => sasEmoji(epoch, [ada, bob, changed])).toThrow(failure("bad_signature"));
    // Taken from another member: the nonce is that member's, the commitment does not fit.
    expect(() => sasEmoji(epoch, [ada, { ...ada, memberId: eve.memberId }])).toThrow(failure("bad_signature"));
    expect(() => sasEmoji(otherEpoch, [ada, bob])).toThrow(failure("bad_signature"));
    expect(() => sasEmoji(otherGroup, [ada, bob])).toThrow(failure("bad_signature"));
  });

  test("needs two members, each once, and nonces of 32 bytes", () => {
    const short = bytes("short", 31);
    const weak = { ...eve, nonce: short, commitment: sasCommitment(epoch, eve.memberId, short) };
    for (const shares of [[], [ada], [ada, ada], [ada, bob, ada], [ada, weak]]) {
      expect(() => sasEmoji(epoch, shares)).toThrow(failure("malformed"));
    }
  });
});

describe("the words of the room code", () => {
  test("are 2,048, in order, plain, and named by their first four letters", () => {
    expect(words).toHaveLength(2048);
    expect(words.filter((word) => !/^[a-z]{3,8}$/.test(word))).toEqual([]);
    expect(words).toEqual(words.toSorted());
    expect(new Set(words.map((word) => word.slice(0, 4))).size).toBe(2048);
  });

  test("differ by more than one letter", () => {
    // A letter exchanged, or put into a shorter word: both leave the same with a gap at the same place.
    const seen = new Map<string, string>();
    const close: string[][] = [];
    for (const word of words) {
      const places = Array.from({ length: word.length + 1 }, (_, i) => i);
      const gaps = places.flatMap((i) => [
        `${word.slice(0, i)}_${word.slice(i)}`,
        `${word.slice(0, i)}_${word.slice(i + 1)}`,
      ]);
      for (const gap of gaps) {
        const other = seen.get(gap) ?? word;
        if (other !== word) close.push([other, word]);
        seen.set(gap, word);
      }
    }
    expect(close).toEqual([]);
  });
});

test("there are 64 emoji of one code point each, with names", () => {
  expect(emojis).toHaveLength(64);
  expect(new Set(emojis.map(({ emoji }) => emoji)).size).toBe(64);
  expect(new Set(emojis.map(({ name }) => name)).size).toBe(64);
  expect(emojis.filter(({ emoji }) => !/^\p{Emoji_Presentation}$/u.test(emoji))).toEqual([]);
  expect(emojis.filter(({ name }) => !/^[a-z]{3,10}$/.test(name))).toEqual([]);
});

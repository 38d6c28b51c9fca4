import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat, toHex, utf8 } from "../../../codec/bytes.ts";
import { blob, encode, fixed, struct } from "../../../codec/codec.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { sign } from "../../../core/crypto/signature.ts";
import { CoreError } from "../../../core/errors.ts";
import {
  contentDigest,
  decodeContent,
  isContentSigned,
  isNumbered,
  leaveText,
  MAX_AGAIN,
  MAX_HEADS,
  MAX_NAME_BYTES,
  MAX_SYNC_PROFILES,
  MAX_TEXT_BYTES,
  signContent,
} from "../../../core/room/content.ts";
import type { Content, ContentBody } from "../../../core/room/content.ts";
import { freshKeys } from "../../support/mls-room.ts";

const groupId = randomBytes(16);
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const anyHead = fc.record({ memberId: bytesOf(16), run: fc.nat(65_535), sequence: fc.nat(2 ** 32 - 1) });

const anyBody: fc.Arbitrary<ContentBody> = fc.oneof(
  fc.record({ kind: fc.constant("text" as const), text: fc.string({ unit: "grapheme", maxLength: 2000 }) }),
  fc.record({ kind: fc.constant("leave" as const), statement: bytesOf(64) }),
  fc.record({ kind: fc.constant("profile" as const), name: fc.string({ unit: "grapheme-ascii", maxLength: 160 }) }),
  fc.constant({ kind: "hello" as const }),
  fc.record({
    kind: fc.constant("sync" as const),
    hello: bytesOf(16),
    remainingMs: fc.maxSafeNat(),
    profiles: fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: MAX_SYNC_PROFILES }),
  }),
  fc.record({
    kind: fc.constant("beat" as const),
    epoch: fc.maxSafeNat(),
    authenticator: bytesOf(16),
    seen: bytesOf(16),
  }),
  fc.record({ kind: fc.constant("receipt" as const), heads: fc.array(anyHead, { maxLength: MAX_HEADS }) }),
  fc.record({ kind: fc.constant("typing" as const), isTyping: fc.boolean() }),
  fc.record({
    kind: fc.constant("have" as const),
    heads: fc.array(
      fc.tuple(anyHead, bytesOf(16)).map(([head, digest]) => ({ ...head, digest })),
      { maxLength: MAX_HEADS },
    ),
  }),
  fc.record({
    kind: fc.constant("again" as const),
    contents: fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: MAX_AGAIN }),
  }),
  fc.record({ kind: fc.constant("sas-commit" as const), round: bytesOf(16), commitment: bytesOf(32) }),
  fc.record({ kind: fc.constant("sas-reveal" as const), round: bytesOf(16), nonce: bytesOf(32) }),
);

const anyContent: fc.Arbitrary<Content> = fc.record({
  messageId: bytesOf(16),
  memberId: bytesOf(16),
  run: fc.nat(65_535),
  sequence: fc.nat(2 ** 32 - 1),
  previous: bytesOf(32),
  lamport: fc.maxSafeNat(),
  cid: bytesOf(32),
  body: anyBody,
});

const sample: Content = {
  messageId: new Uint8Array(16).fill(1),
  memberId: new Uint8Array(16).fill(2),
  run: 1,
  sequence: 7,
  previous: new Uint8Array(32).fill(3),
  lamport: 9,
  cid: new Uint8Array(32).fill(4),
  body: { kind: "text", text: "hello" },
};

/** Any bytes as they would travel, signed by nobody. */
function wrap(bytes: Uint8Array): Uint8Array {
  const outer = struct<{ bytes: Uint8Array; signature: Uint8Array }>({ bytes: blob(2 ** 20), signature: fixed(64) });
  return encode(outer, { bytes, signature: new Uint8Array(64) });
}

async function inner(content: Content): Promise<Uint8Array> {
  const signed = await signContent(content, groupId, new Uint8Array(32));
  return signed.slice(4, -64);
}

function refusal(bytes: Uint8Array): string {
  try {
    decodeContent(bytes);
    return "none";
  } catch (error) {
    return error instanceof CoreError ? error.code : String(error);
  }
}

describe("a content", () => {
  test("of any kind comes back as it went in", async () => {
    await fc.assert(
      fc.asyncProperty(anyContent, async (content) => {
        expect(decodeContent(await signContent(content, groupId, new Uint8Array(32)))).toEqual(content);
      }),
      { numRuns: 200 },
    );
  });

  test("cut short anywhere or longer by anything is malformed", async () => {
    const signed = await signContent(sample, groupId, new Uint8Array(32));
    for (let end = 0; end < signed.length; end++) expect(refusal(signed.slice(0, end))).toBe("malformed");
    expect(refusal(concat(signed, new Uint8Array(1)))).toBe("malformed");
    const bytes = await inner(sample);
    for (let end = 1; end < bytes.length; end++) expect(refusal(wrap(bytes.slice(0, end)))).toBe("malformed");
    expect(refusal(wrap(concat(bytes, new Uint8Array(1))))).toBe("malformed");
  });

  test("of an unknown kind is malformed", async () => {
    const bytes = await inner(sample);
    const kindAt = 1 + 16 + 16 + 2 + 4 + 32 + 8 + 32;
    expect(bytes[kindAt]).toBe(1);
    const known = new Set([1, 2, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49]);
    const unknown = Array.from({ length: 256 }, (_, kind) => kind).filter((kind) => !known.has(kind));
    for (const kind of unknown) expect(refusal(wrap(bytes.with(kindAt, kind)))).toBe("malformed");
  });

  test("of another version is not supported", async () => {
    const bytes = await inner(sample);
    for (const version of [0, 2, 255]) expect(refusal(wrap(bytes.with(0, version)))).toBe("unsupported_version");
  });

  test("with text that is not UTF-8, or a Lamport time past 2^53 - 1, is malformed", async () => {
    const bytes = await inner(sample);
    expect(refusal(wrap(bytes.with(bytes.length - 1, 0xff)))).toBe("malformed");
    expect(refusal(wrap(bytes.with(1 + 16 + 16 + 2 + 4 + 32, 0x20)))).toBe("malformed");
  });

  test("larger than its kind allows is neither sent nor read", async () => {
    const long = (text: string): Content => ({ ...sample, body: { kind: "text", text } });
    await expect(signContent(long("x".repeat(MAX_TEXT_BYTES)), groupId, new Uint8Array(32))).resolves.toBeDefined();
    await expect(signContent(long("x".repeat(MAX_TEXT_BYTES + 1)), groupId, new Uint8Array(32))).rejects.toThrow(
      RangeError,
    );
    await expect(signContent(long("é".repeat(MAX_TEXT_BYTES / 2 + 1)), groupId, new Uint8Array(32))).rejects.toThrow(
      RangeError,
    );
    const name: Content = { ...sample, body: { kind: "profile", name: "x".repeat(MAX_NAME_BYTES + 1) } };
    await expect(signContent(name, groupId, new Uint8Array(32))).rejects.toThrow(RangeError);
    const bytes = await inner(long("x"));
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, MAX_TEXT_BYTES + 1);
    const oversized = concat(bytes.slice(0, -5), length, new Uint8Array(MAX_TEXT_BYTES + 1).fill(120));
    expect(refusal(wrap(oversized))).toBe("malformed");
  });

  test("is numbered exactly when a missing one must show", () => {
    expect(isNumbered({ kind: "text", text: "" })).toBe(true);
    expect(isNumbered({ kind: "leave", statement: new Uint8Array(64) })).toBe(true);
    expect(isNumbered({ kind: "profile", name: "" })).toBe(false);
    expect(isNumbered({ kind: "hello" })).toBe(false);
    expect(isNumbered({ kind: "typing", isTyping: true })).toBe(false);
  });
});

describe("a content's signature", () => {
  test("is good for its group and its author only", async () => {
    const [author, other] = [await freshKeys(), await freshKeys()];
    const signed = await signContent(sample, groupId, author.seed);
    expect(await isContentSigned(signed, groupId, author.publicKey)).toBe(true);
    expect(await isContentSigned(signed, randomBytes(16), author.publicKey)).toBe(false);
    expect(await isContentSigned(signed, groupId, other.publicKey)).toBe(false);
  });

  test("covers every bit", async () => {
    const author = await freshKeys();
    const signed = await signContent(sample, groupId, author.seed);
    for (let bit = 32; bit < signed.length * 8; bit++) {
      const changed = signed.with(bit >> 3, (signed[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
      expect(await isContentSigned(changed, groupId, author.publicKey)).toBe(false);
    }
  });

  test("is not one for anything else that a member signs", async () => {
    const author = await freshKeys();
    const memberId = sample.memberId;
    const bytes = await inner(sample);
    const outer = struct<{ bytes: Uint8Array; signature: Uint8Array }>({ bytes: blob(2 ** 20), signature: fixed(64) });
    const leave = await sign(author.seed, leaveText(groupId, memberId));
    const unlabelled = await sign(author.seed, concat(groupId, bytes));
    const otherLabel = await sign(author.seed, concat(utf8("SR1 policy"), groupId, bytes));
    for (const signature of [leave, unlabelled, otherLabel]) {
      expect(await isContentSigned(encode(outer, { bytes, signature }), groupId, author.publicKey)).toBe(false);
    }
  });
});

const digest = (change: Partial<Content>) => toHex(contentDigest({ ...sample, ...change }));

test("a content's digest is the same in every epoch and changes with all the rest", () => {
  expect(digest({ cid: new Uint8Array(32) })).toBe(digest({}));
  const others = [
    digest({ messageId: new Uint8Array(16) }),
    digest({ memberId: new Uint8Array(16) }),
    digest({ run: 2 }),
    digest({ sequence: 8 }),
    digest({ previous: new Uint8Array(32) }),
    digest({ lamport: 10 }),
    digest({ body: { kind: "text", text: "hello!" } }),
    digest({ body: { kind: "profile", name: "hello" } }),
  ];
  expect(new Set([digest({}), ...others]).size).toBe(9);
});

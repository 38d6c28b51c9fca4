import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat } from "../../../codec/bytes.ts";
import { seal } from "../../../core/crypto/aead.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { bucketOf, deriveOuterKeys, openEnvelope, sealEnvelope } from "../../../core/room/envelope.ts";
import type { EnvelopeKind } from "../../../core/room/envelope.ts";
import { utf8 } from "../../../codec/bytes.ts";

const buckets = [256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144];
const kinds: EnvelopeKind[] = ["commit", "message", "signal", "groupinfo"];
const keys = deriveOuterKeys(randomBytes(32), randomBytes(16));
const cid = randomBytes(32);

/** Seals any plain text as an envelope of kind message. */
async function raw(plain: Uint8Array): Promise<Uint8Array> {
  const nonce = randomBytes(12);
  const aad = concat(utf8("SR1"), keys.handle, Uint8Array.of(7), utf8("message"), cid);
  return concat(nonce, await seal(keys.envelope, nonce, aad, plain));
}

function padded(bucket: number, length: number, change: (plain: Uint8Array) => void = () => {}): Uint8Array {
  const plain = new Uint8Array(bucket - 28);
  new DataView(plain.buffer).setUint32(0, length);
  change(plain);
  return plain;
}

const opening = (sealed: Uint8Array) => openEnvelope(keys, "message", cid, sealed);

describe("an envelope", () => {
  test("comes back as it went in, in the smallest bucket that holds it", async () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }),
      fc.integer({ min: 0, max: 10 }).map((i) => new Uint8Array((buckets[i] ?? 0) - 32)),
      fc.integer({ min: 0, max: 9 }).map((i) => new Uint8Array((buckets[i] ?? 0) - 31)),
    );
    await fc.assert(
      fc.asyncProperty(bodies, fc.constantFrom(...kinds), async (body, kind) => {
        const sealed = await sealEnvelope(keys, kind, cid, body);
        expect(sealed).toHaveLength(bucketOf(body.length));
        expect(buckets).toContain(sealed.length);
        expect(sealed.length < 512 || sealed.length / 2 < body.length + 32).toBe(true);
        expect(await openEnvelope(keys, kind, cid, sealed)).toEqual(body);
      }),
      { numRuns: 60 },
    );
  });

  test("the buckets are the powers of two from 256 bytes to 256 KiB", () => {
    const sizes = new Set<number>();
    for (let length = 0; length <= 262144 - 32; length += 13) sizes.add(bucketOf(length));
    expect([...sizes]).toEqual(buckets);
    expect(bucketOf(262144 - 32)).toBe(262144);
  });

  test("too large a body is refused before anything is sealed", async () => {
    const error = { code: "too_large" };
    expect(() => bucketOf(262144 - 31)).toThrow(expect.objectContaining(error));
    await expect(sealEnvelope(keys, "message", cid, new Uint8Array(262144))).rejects.toMatchObject(error);
  });

  test("opens under nothing but its own kind, keys, handle and commit", async () => {
    const sealed = await sealEnvelope(keys, "message", cid, utf8("hello"));
    const error = { code: "decrypt_failed" };
    for (const kind of kinds.filter((other) => other !== "message")) {
      await expect(openEnvelope(keys, kind, cid, sealed)).rejects.toMatchObject(error);
    }
    await expect(openEnvelope(keys, "message", randomBytes(32), sealed)).rejects.toMatchObject(error);
    await expect(openEnvelope({ ...keys, handle: randomBytes(16) }, "message", cid, sealed)).rejects.toMatchObject(
      error,
    );
    await expect(openEnvelope({ ...keys, envelope: keys.groupInfo }, "message", cid, sealed)).rejects.toMatchObject(
      error,
    );
  });

  test("GroupInfos have a key of their own", async () => {
    expect(keys.envelope).not.toEqual(keys.groupInfo);
    const sealed = await sealEnvelope(keys, "groupinfo", cid, utf8("tree"));
    const swapped = { ...keys, groupInfo: keys.envelope };
    await expect(openEnvelope(swapped, "groupinfo", cid, sealed)).rejects.toMatchObject({ code: "decrypt_failed" });
  });

  test("every bit of it counts", async () => {
    const sealed = await sealEnvelope(keys, "message", cid, utf8("hello"));
    expect(sealed).toHaveLength(256);
    for (let bit = 0; bit < 256 * 8; bit++) {
      const changed = sealed.with(bit >> 3, (sealed[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
      await expect(opening(changed)).rejects.toMatchObject({ code: "decrypt_failed" });
    }
  });

  test("any size that is no bucket is malformed, whatever is inside", async () => {
    for (const size of [0, 1, 12, 28, 255, 257, 384, 524288]) {
      await expect(opening(new Uint8Array(size))).rejects.toMatchObject({ code: "malformed" });
    }
    const sealed = await sealEnvelope(keys, "message", cid, utf8("hello"));
    await expect(opening(sealed.slice(0, 128))).rejects.toMatchObject({ code: "malformed" });
    await expect(opening(concat(sealed, sealed.slice(0, 1)))).rejects.toMatchObject({ code: "malformed" });
  });

  test("padding that is not zero, a length past the end or a bucket too large is malformed, even when sealed right", async () => {
    expect(await opening(await raw(padded(256, 5)))).toEqual(new Uint8Array(5));
    const bad = [
      padded(256, 5, (plain) => plain.fill(1, 227)),
      padded(256, 5, (plain) => plain.fill(1, 9, 10)),
      padded(256, 225),
      padded(256, 2 ** 32 - 1),
      padded(512, 5),
      padded(512, 224),
    ];
    for (const plain of bad) await expect(opening(await raw(plain))).rejects.toMatchObject({ code: "malformed" });
    expect(await opening(await raw(padded(512, 225)))).toHaveLength(225);
  });

  test("sealing the same twice gives two envelopes that have nothing in common", async () => {
    const [one, two] = [
      await sealEnvelope(keys, "message", cid, utf8("x")),
      await sealEnvelope(keys, "message", cid, utf8("x")),
    ];
    const same = one.filter((byte, i) => byte === two[i]).length;
    expect(same).toBeLessThan(20);
  });
});

import { createDecipheriv } from "node:crypto";
import { describe, expect, test } from "vitest";
import { concat, utf8 } from "../../../codec/bytes.ts";
import { sha256 } from "../../../core/crypto/hash.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { fileKeys, MAX_CHUNK_BYTES, openChunk, sealChunk } from "../../../core/room/file-chunk.ts";
import type { FileKeys } from "../../../core/room/file-chunk.ts";

const offer = utf8("lantern.png");
const [key, prefix] = [randomBytes(32), randomBytes(7)];
const file = fileKeys(key, prefix, offer);

const failure = (code: string) => expect.objectContaining({ name: "CoreError", code }) as Error;

async function sealAll(keys: FileKeys, chunks: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const places = chunks.map((_, index) => ({ index, last: index === chunks.length - 1 }));
  return Promise.all(places.map((place, i) => sealChunk(keys, place, chunks[i] ?? new Uint8Array())));
}

/** What a receiver does: the last one that arrives is taken as the last one there is. */
async function openAll(keys: FileKeys, chunks: readonly Uint8Array[]): Promise<Uint8Array> {
  const places = chunks.map((_, index) => ({ index, last: index === chunks.length - 1 }));
  return concat(
    ...(await Promise.all(places.map((place, i) => openChunk(keys, place, chunks[i] ?? new Uint8Array())))),
  );
}

describe("the chunks of a file", () => {
  const parts = [randomBytes(40), randomBytes(40), randomBytes(3)];

  test("open in their order to what was sealed", async () => {
    expect(await openAll(file, await sealAll(file, parts))).toEqual(concat(...parts));
    expect(await openAll(file, await sealAll(file, [new Uint8Array()]))).toEqual(new Uint8Array());
  });

  test("are AES-256-GCM under prefix, index and last flag, bound to the offer", async () => {
    const place = { index: 0x01020304, last: true };
    const sealed = await sealChunk(file, place, utf8("hello"));
    const node = createDecipheriv("aes-256-gcm", key, concat(prefix, Uint8Array.of(1, 2, 3, 4, 1)));
    node.setAAD(sha256(offer)).setAuthTag(sealed.slice(-16));
    expect(Buffer.concat([node.update(sealed.slice(0, -16)), node.final()]).toString()).toBe("hello");
  });

  test("cannot be cut off, left out, repeated or moved", async () => {
    const [a, b, c] = (await sealAll(file, parts)) as [Uint8Array, Uint8Array, Uint8Array];
    for (const changed of [[a, b], [a], [b, c], [a, c], [a, b, b, c], [a, b, c, c], [b, a, c], [a, c, b], [c]]) {
      await expect(openAll(file, changed)).rejects.toThrow(failure("decrypt_failed"));
    }
  });

  test("cannot be exchanged with those of another key, prefix or offer", async () => {
    const others = [
      fileKeys(randomBytes(32), prefix, offer),
      fileKeys(key, prefix.with(6, (prefix[6] ?? 0) ^ 1), offer),
      fileKeys(key, prefix, utf8("lantern.exe")),
    ];
    for (const other of others) {
      const sealed = await sealAll(other, parts);
      await expect(openAll(file, sealed)).rejects.toThrow(failure("decrypt_failed"));
      expect(await openAll(other, sealed)).toEqual(concat(...parts));
    }
  });

  test("open at one place only, and the last one only as the last", async () => {
    const sealed = await sealChunk(file, { index: 1, last: false }, utf8("hello"));
    const wrong = [0, 2, 256, 257, 2 ** 24 + 1, 2 ** 32 - 1].map((index) => ({ index, last: false }));
    for (const place of [...wrong, { index: 1, last: true }]) {
      await expect(openChunk(file, place, sealed)).rejects.toThrow(failure("decrypt_failed"));
    }
  });

  test("do not open with any bit changed", async () => {
    const place = { index: 7, last: false };
    const sealed = await sealChunk(file, place, utf8("hello"));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = sealed.with(bit >> 3, (sealed[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
      await expect(openChunk(file, place, changed)).rejects.toThrow(failure("decrypt_failed"));
    }
    for (let length = 17; length < sealed.length; length++) {
      await expect(openChunk(file, place, sealed.slice(0, length))).rejects.toThrow(failure("decrypt_failed"));
    }
  });
});

describe("what can be no chunk is malformed, sealed or opened:", () => {
  const middle = { index: 1, last: false };

  test.each([-1, 0.5, 2 ** 32, Number.NaN, Infinity])("index %d", async (index) => {
    const place = { index, last: true };
    await expect(sealChunk(file, place, utf8("x"))).rejects.toThrow(failure("malformed"));
    await expect(openChunk(file, place, new Uint8Array(17))).rejects.toThrow(failure("malformed"));
  });

  test("more than the largest size", async () => {
    const largest = new Uint8Array(MAX_CHUNK_BYTES);
    const sealed = await sealChunk(file, { index: 2 ** 32 - 1, last: false }, largest);
    expect(await openChunk(file, { index: 2 ** 32 - 1, last: false }, sealed)).toEqual(largest);
    await expect(sealChunk(file, middle, new Uint8Array(MAX_CHUNK_BYTES + 1))).rejects.toThrow(failure("malformed"));
    await expect(openChunk(file, middle, concat(sealed, new Uint8Array(1)))).rejects.toThrow(failure("malformed"));
  });

  test("an empty one, unless the file is empty", async () => {
    for (const place of [middle, { index: 0, last: false }, { index: 1, last: true }]) {
      await expect(sealChunk(file, place, new Uint8Array())).rejects.toThrow(failure("malformed"));
      await expect(openChunk(file, place, new Uint8Array(16))).rejects.toThrow(failure("malformed"));
    }
    await expect(openChunk(file, { index: 0, last: true }, new Uint8Array(15))).rejects.toThrow(failure("malformed"));
  });

  test("keys of another length", () => {
    expect(() => fileKeys(key.slice(1), prefix, offer)).toThrow(failure("malformed"));
    expect(() => fileKeys(key, key, offer)).toThrow(failure("malformed"));
  });
});

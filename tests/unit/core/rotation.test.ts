import { expect, test } from "vitest";
import { sealingKeysFromSeed } from "../../../core/crypto/hpke.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { openRotation, sealRotation } from "../../../core/room/rotation.ts";
import { MAX_ROTATION_BYTES } from "../../../wire/limits.ts";

const handle = randomBytes(16);
const outerKey = randomBytes(32);
const seeds = Array.from({ length: 5 }, () => randomBytes(32));
const publicKeys = await Promise.all(seeds.map(async (seed) => (await sealingKeysFromSeed(seed)).publicKey));

test("everybody for whom it is finds the outer key, nobody else does", async () => {
  const sealed = await sealRotation(handle, 3, outerKey, publicKeys.slice(1));
  for (const seed of seeds.slice(1)) {
    expect(await openRotation(handle, seed, sealed)).toEqual({ generation: 3, outerKey });
  }
  expect(await openRotation(handle, seeds[0] ?? new Uint8Array(), sealed)).toBeUndefined();
});

test("it is bound to room and generation", async () => {
  const sealed = await sealRotation(handle, 3, outerKey, publicKeys);
  const [seed = new Uint8Array()] = seeds;
  expect(await openRotation(randomBytes(16), seed, sealed)).toBeUndefined();
  expect(await openRotation(handle, seed, sealed.with(3, 4))).toBeUndefined();
});

test("an unusable key neither shows nor keeps the others out", async () => {
  const sealed = await sealRotation(handle, 1, outerKey, [new Uint8Array(32), ...publicKeys]);
  expect(sealed).toHaveLength(4 + 2 + 80 * 6);
  for (const seed of seeds) expect(await openRotation(handle, seed, sealed)).toBeDefined();
});

test("a full room with as many absent fits into what the relay takes", async () => {
  const [key = new Uint8Array()] = publicKeys;
  const sealed = await sealRotation(handle, 1, outerKey, Array<Uint8Array>(500).fill(key));
  expect(sealed).toHaveLength(4 + 2 + 80 * 400);
  expect(sealed.length).toBeLessThanOrEqual(MAX_ROTATION_BYTES);
});

test("spoilt bytes are malformed", async () => {
  const sealed = await sealRotation(handle, 1, outerKey, publicKeys);
  const [seed = new Uint8Array()] = seeds;
  for (const bytes of [new Uint8Array(), sealed.slice(0, -1), sealed.with(5, 4)]) {
    await expect(openRotation(handle, seed, bytes)).rejects.toMatchObject({ code: "malformed" });
  }
});

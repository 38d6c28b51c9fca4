import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../codec/bytes.ts";
import { HPKE_OVERHEAD, openerFrom, sealingKeysFromSeed, sealTo } from "../../../core/crypto/hpke.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { publicKeyOf } from "../../../core/mls/suite.ts";

const seed = randomBytes(32);
const keys = await sealingKeysFromSeed(seed);
const info = randomBytes(20);
const plain = randomBytes(32);
const flipped = (bytes: Uint8Array, bit: number) => bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)));

test("a key pair follows from its seed as RFC 9180 says", async () => {
  // Appendix A.1.1: ikmR, skRm, pkRm of DHKEM(X25519, HKDF-SHA256), base mode.
  const ikm = fromHex("6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037") ?? new Uint8Array();
  const derived = await sealingKeysFromSeed(ikm);
  expect(toHex(derived.publicKey)).toBe("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
  const privateKey = fromHex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8") ?? new Uint8Array();
  expect(toHex(await publicKeyOf(privateKey))).toBe(toHex(derived.publicKey));
});

describe("what is sealed to a key", () => {
  test("opens with its seed, under the same info only", async () => {
    const open = await openerFrom(seed);
    const sealed = await sealTo(keys.publicKey, info, plain);
    expect(sealed).toHaveLength(plain.length + HPKE_OVERHEAD);
    expect(await open(info, sealed)).toEqual(plain);
    await expect(open(flipped(info, 9), sealed)).rejects.toMatchObject({ code: "decrypt_failed" });
    const other = await openerFrom(randomBytes(32));
    await expect(other(info, sealed)).rejects.toMatchObject({ code: "decrypt_failed" });
  });

  test("with any bit changed, cut short or empty does not open", async () => {
    const open = await openerFrom(seed);
    const sealed = await sealTo(keys.publicKey, info, plain);
    for (let bit = 0; bit < sealed.length * 8; bit += 7) {
      // RFC 7748 ignores the top bit of a point; HPKE hashes the key as it was sent, so it still matters.
      await expect(open(info, flipped(sealed, bit))).rejects.toMatchObject({ code: "decrypt_failed" });
    }
    for (const end of [0, 31, 32, 47, sealed.length - 1]) {
      await expect(open(info, sealed.slice(0, end))).rejects.toMatchObject({ code: "decrypt_failed" });
    }
  });

  test("is different each time", async () => {
    expect(await sealTo(keys.publicKey, info, plain)).not.toEqual(await sealTo(keys.publicKey, info, plain));
  });
});

test("nothing can be sealed to a point of small order or to half a key", async () => {
  for (const key of [new Uint8Array(32), new Uint8Array(32).with(0, 1), keys.publicKey.slice(1)]) {
    await expect(sealTo(key, info, plain)).rejects.toMatchObject({ code: "malformed" });
  }
});

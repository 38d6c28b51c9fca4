// The stretched password against a second implementation, Node's, which is held against RFC 9106 first.
import { argon2Sync } from "node:crypto";
import { argon2id } from "hash-wasm";
import { describe, expect, test } from "vitest";
import { toHex, utf8 } from "../../../codec/bytes.ts";
import { deriveKey } from "../../../core/crypto/hash.ts";
import { stretchPassword } from "../../../core/crypto/password.ts";

const secret = Uint8Array.from({ length: 32 }, (_, i) => i);

/** `length` bytes that depend on nothing but their name. */
const bytes = (name: string, length: number) => deriveKey(utf8(name), new Uint8Array(), "test", length);

describe("Argon2id", () => {
  test("of Node gives the tag of RFC 9106, section 5.3", () => {
    const tag = argon2Sync("argon2id", {
      message: new Uint8Array(32).fill(1),
      nonce: new Uint8Array(16).fill(2),
      secret: new Uint8Array(8).fill(3),
      associatedData: new Uint8Array(12).fill(4),
      memory: 32,
      passes: 3,
      parallelism: 4,
      tagLength: 32,
    });
    expect(toHex(tag)).toBe("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
  });

  test.each(Array.from({ length: 24 }, (_, i) => i))("of the library agrees with it (%i)", async (i) => {
    const [password, salt, key] = [bytes(`password ${i}`, 1 + i * 11), bytes(`salt ${i}`, 8 + i), bytes(`key ${i}`, i)];
    const [passes, parallelism] = [1 + (i % 4), 1 + (i % 3)];
    const memory = 8 * parallelism + i * 13;
    const tagLength = 16 + i * 5;
    const library = await argon2id({
      password,
      salt,
      secret: key,
      memorySize: memory,
      iterations: passes,
      parallelism,
      hashLength: tagLength,
      outputType: "binary",
    });
    const node = { message: password, nonce: salt, secret: key, memory, passes, parallelism, tagLength };
    expect(toHex(library)).toBe(toHex(argon2Sync("argon2id", node)));
  });
});

describe("a stretched password", () => {
  test("is Argon2id of its NFKC form with 64 MiB, 3 passes, 1 lane and a salt from the link's secret", async () => {
    // Decomposed accent, ligature, full-width digit, no-break space: each is another character in NFKC.
    const stretched = await stretchPassword("Cafe\u0301\u00a0\ufb01sh \uff17", secret);
    const expected = argon2Sync("argon2id", {
      message: utf8("Caf\u00e9 fish 7"),
      nonce: deriveKey(secret, new Uint8Array(), "pw-salt", 16),
      memory: 64 * 1024,
      passes: 3,
      parallelism: 1,
      tagLength: 32,
    });
    expect(toHex(stretched)).toBe(toHex(expected));
  });

  test("cannot be empty", async () => {
    await expect(stretchPassword("", secret)).rejects.toMatchObject({ name: "CoreError", code: "malformed" });
  });
});

// What the simulation puts in the place of the hash library gives what the library gives.
import * as fc from "fast-check";
import { expand, extract, hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { expect, test } from "vitest";
import * as fast from "../../support/sim/fast-hashes.ts";

const bytes = fc.uint8Array({ maxLength: 200 });

test("SHA-256, HMAC and HKDF are the library's", () => {
  fc.assert(
    fc.property(bytes, bytes, bytes, fc.integer({ min: 1, max: 200 }), (key, salt, data, length) => {
      expect(fast.sha256(data)).toEqual(sha256(data));
      expect(fast.hmac(sha256, key, data)).toEqual(hmac(sha256, key, data));
      expect(fast.extract(sha256, key, salt)).toEqual(extract(sha256, key, salt));
      expect(fast.expand(sha256, key, data, length)).toEqual(expand(sha256, key, data, length));
      expect(fast.hkdf(sha256, key, salt, data, length)).toEqual(hkdf(sha256, key, salt, data, length));
    }),
  );
});

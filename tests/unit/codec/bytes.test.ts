import * as fc from "fast-check";
import { expect, test } from "vitest";
import { concat, equalBytes, fromBase64Url, fromHex, toBase64Url, toHex, utf8, zeroize } from "../../../codec/bytes.ts";

const someBytes = fc.uint8Array({ maxLength: 80 });

test("hexadecimal and base64url read back what they print, and print what Node prints", () => {
  fc.assert(
    fc.property(someBytes, (bytes) => {
      expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
      expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
      expect(fromHex(toHex(bytes))).toEqual(bytes);
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    }),
  );
});

test("hexadecimal in any other form is refused", () => {
  for (const text of ["a", "AB", "0g", " 00", "0x00", "00\n"]) expect(fromHex(text)).toBeUndefined();
});

test("base64url has one form for each value", () => {
  for (const text of ["A", "AA=", "AA==", "AB", "AAB", "A A", "AA\n", "+/", "AAAAA"])
    expect(fromBase64Url(text)).toBeUndefined();
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), (text) => {
      const bytes = fromBase64Url(text);
      expect(bytes === undefined ? text : toBase64Url(bytes)).toBe(text);
    }),
  );
});

test("two values are equal only when every byte is", () => {
  expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), fc.nat(254), (bytes, at, change) => {
      const other = Uint8Array.from(bytes);
      expect(equalBytes(bytes, other)).toBe(true);
      const index = at % bytes.length;
      other[index] = (other[index] ?? 0) ^ (change + 1);
      expect(equalBytes(bytes, other)).toBe(false);
      expect(equalBytes(bytes, bytes.subarray(1))).toBe(false);
    }),
  );
});

test("joining copies, and wiping overwrites in place", () => {
  const secret = utf8("secret");
  const joined = concat(secret, Uint8Array.of(1), new Uint8Array());
  zeroize(secret);
  expect(secret).toEqual(new Uint8Array(6));
  expect(joined).toEqual(concat(utf8("secret"), Uint8Array.of(1)));
});

import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  blob,
  bool,
  decode,
  encode,
  fixed,
  list,
  oneOf,
  optional,
  struct,
  text,
  u16,
  u32,
  u53,
  u8,
  variant,
} from "../../../codec/codec.ts";
import type { Codec } from "../../../codec/codec.ts";
import { ByteReader, DecodeError } from "../../../codec/reader.ts";
import { ByteWriter } from "../../../codec/writer.ts";

type Shape = { kind: "dot"; at: number } | { kind: "text"; body: string; tags: string[] } | { kind: "nothing" };

const shape = variant<Shape>({
  dot: [1, struct<{ at: number }>({ at: u32 })],
  text: [7, struct<{ body: string; tags: string[] }>({ body: text(100), tags: list(text(20), 5) })],
  nothing: [200, struct<object>({})],
});
const shapes: fc.Arbitrary<Shape> = fc.oneof(
  fc.record({ kind: fc.constant("dot" as const), at: fc.nat(0xffffffff) }),
  fc.record({
    kind: fc.constant("text" as const),
    body: fc.string({ unit: "grapheme", maxLength: 10 }).filter((value) => Buffer.byteLength(value) <= 100),
    tags: fc.array(fc.string({ unit: "grapheme-ascii", maxLength: 20 }), { maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant("nothing" as const) }),
);

const everyCodec: readonly (readonly [string, Codec<unknown>, fc.Arbitrary<unknown>])[] = [
  ["u8", u8, fc.nat(0xff)],
  ["u16", u16, fc.nat(0xffff)],
  ["u32", u32, fc.nat(0xffffffff)],
  ["u53", u53, fc.maxSafeNat()],
  ["bool", bool, fc.boolean()],
  ["fixed", fixed(5), fc.uint8Array({ minLength: 5, maxLength: 5 })],
  ["blob", blob(2_000), fc.uint8Array({ maxLength: 2_000 })],
  ["text", text(4_000), fc.string({ unit: "grapheme", maxLength: 50 })],
  ["optional", optional(u16), fc.option(fc.nat(0xffff), { nil: undefined })],
  ["oneOf", oneOf("a", "b", "c"), fc.constantFrom("a", "b", "c")],
  ["variant", shape, shapes],
] as never;

test.each(everyCodec)("%s reads back what it wrote, and neither less nor more", (_name, codec, values) => {
  fc.assert(
    fc.property(values, (value) => {
      const bytes = encode(codec, value);
      expect(decode(codec, bytes)).toEqual(value);
      expect(() => decode(codec, bytes.subarray(0, -1))).toThrow(DecodeError);
      expect(() => decode(codec, new Uint8Array([...bytes, 0]))).toThrow(DecodeError);
    }),
  );
});

test("whatever decodes is what encoding its value gives: one form for each value", () => {
  const all = struct<{ a: boolean; b: string | undefined; c: Shape[] }>({
    a: bool,
    b: optional(text(9)),
    c: list(shape, 3),
  });
  let accepted = 0;
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(
        fc.record({ a: fc.boolean(), b: fc.constant("é"), c: fc.array(shapes, { maxLength: 3 }) }),
        fc.nat(),
        fc.nat(7),
      )
      .map(([value, at, bit]) => {
        const out = encode(all, value);
        const index = at % out.length;
        return out.map((byte, i) => (i === index ? byte ^ (1 << bit) : byte));
      }),
  );
  fc.assert(
    fc.property(bytes, (input) => {
      try {
        const value = decode(all, input);
        accepted++;
        expect(encode(all, value)).toEqual(input);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
    { numRuns: 5_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

test("numbers are big-endian and never beyond what is exact", () => {
  expect(encode(u16, 0x0102)).toEqual(Uint8Array.of(1, 2));
  expect(encode(u32, 0xfffefdfc)).toEqual(Uint8Array.of(255, 254, 253, 252));
  expect(encode(u53, 2 ** 53 - 1)).toEqual(Uint8Array.of(0, 31, 255, 255, 255, 255, 255, 255));
  expect(() => decode(u53, Uint8Array.of(0, 32, 0, 0, 0, 0, 0, 0))).toThrow(DecodeError);
  expect(() => decode(u53, new Uint8Array(8).fill(255))).toThrow(DecodeError);
});

test("input outside a codec's limits is refused", () => {
  const refused: readonly [Codec<unknown>, number[]][] = [
    [bool, [2]],
    [optional(u8), [2, 0]],
    [blob(3), [0, 0, 0, 4, 1, 2, 3, 4]],
    [blob(3), [255, 255, 255, 255]],
    [text(3), [0, 0, 0, 2, 0xc3, 0x28]],
    [text(3), [0, 0, 0, 3, 0xed, 0xa0, 0x80]],
    [list(u8, 2), [0, 3, 1, 2, 3]],
    [list(struct<object>({}), 2), [255, 255]],
    [oneOf("a"), [1]],
    [shape, [2]],
  ] as never;
  for (const [codec, bytes] of refused) expect(() => decode(codec, Uint8Array.from(bytes))).toThrow(DecodeError);
});

test("a value outside a codec's limits is a bug of the caller and is not written", () => {
  const wrong: readonly [Codec<never>, unknown][] = [
    [u8, 256],
    [u8, -1],
    [u16, 1.5],
    [u32, NaN],
    [u53, 2 ** 53],
    [fixed(2), new Uint8Array(3)],
    [blob(2), new Uint8Array(3)],
    [text(2), "日"],
    [list(u8, 1), [1, 2]],
    [oneOf("a"), "b"],
  ] as never;
  for (const [codec, value] of wrong) expect(() => encode(codec, value as never)).toThrow(RangeError);
});

test("a byte order mark is text like any other", () => {
  expect(decode(text(9), encode(text(9), "\ufeffa"))).toBe("\ufeffa");
});

test("what was read does not change with the frame it came in", () => {
  const frame = Buffer.from([0, 0, 0, 2, 8, 9]);
  const value = decode(blob(2), frame);
  frame.fill(0);
  expect(value).toEqual(Uint8Array.of(8, 9));
  expect(Object.getPrototypeOf(value)).toBe(Uint8Array.prototype);
});

test("a writer grows by as much as it takes, in whatever order", () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 6 });
  fc.assert(
    fc.property(parts, (chunks) => {
      const to = new ByteWriter();
      for (const chunk of chunks) {
        to.bytes(chunk);
        to.uint(2, chunk.length);
      }
      const from = new ByteReader(to.finish());
      for (const chunk of chunks) {
        expect(from.bytes(chunk.length)).toEqual(chunk);
        expect(from.uint(2)).toBe(chunk.length);
      }
      from.end();
    }),
  );
});

test("an error quotes nothing of the input", () => {
  const secret = new TextEncoder().encode("canary");
  const bytes = new Uint8Array([0, 0, 0, 7, ...secret, 0xff]);
  expect(() => decode(text(7), bytes)).toThrow(/^not UTF-8$/);
});

// Spoils bytes and values: blindly, and at the fields that a decoder reads. All of it follows from one seed.
import { concat } from "../../codec/bytes.ts";
import { decode, encode } from "../../codec/codec.ts";
import type { Codec } from "../../codec/codec.ts";
import { ByteReader, DecodeError } from "../../codec/reader.ts";

export interface Field {
  readonly at: number;
  readonly length: number;
}

const bytesOfNote = [0, 1, 2, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff];
const valuesOfNote: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  0.5,
  NaN,
  Infinity,
  2 ** 53,
  10n,
  "",
  "\u0000",
  "\uD800",
  "__proto__",
  "x".repeat(100_000),
  [],
  {},
  [[]],
  new Date(0),
  new Uint8Array(3),
  Symbol.iterator,
  () => 1,
  Object.create(null),
  JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
];

export class Spoiler {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** One to four changes, each blind or at a field. */
  spoil(input: Uint8Array, fields: readonly Field[] = []): Uint8Array {
    let bytes: Uint8Array = input.slice();
    for (let n = this.below(4); n >= 0; n--) {
      const isAtField = fields.length > 0 && this.below(2) === 0;
      bytes = isAtField ? this.#atField(bytes, fields) : this.#blind(bytes);
    }
    return bytes;
  }

  #blind(bytes: Uint8Array): Uint8Array {
    const at = this.below(bytes.length + 1);
    switch (this.below(7)) {
      case 0:
        return bytes.map((byte, i) => (i === at ? byte ^ (1 << this.below(8)) : byte));
      case 1:
        return bytes.map((byte, i) => (i === at ? this.pick(bytesOfNote) : byte));
      case 2:
        return bytes.slice(0, at);
      case 3:
        return concat(bytes.slice(0, at), bytes.slice(at + 1 + this.below(40)));
      case 4:
        return concat(bytes.slice(0, at), this.bytes(1 + this.below(40)), bytes.slice(at));
      case 5:
        return concat(bytes.slice(0, at), bytes.slice(this.below(bytes.length + 1)));
      default:
        return bytes.slice().fill(this.pick(bytesOfNote), at, at + 4);
    }
  }

  #atField(bytes: Uint8Array, fields: readonly Field[]): Uint8Array {
    const { at, length } = this.pick(fields);
    const [before, own, after] = [bytes.slice(0, at), bytes.slice(at, at + length), bytes.slice(at + length)];
    switch (this.below(7)) {
      case 0:
        return concat(before, after);
      case 1:
        return concat(before, own, own, after);
      case 2:
        return concat(before, own.slice().fill(this.pick([0, 0xff, 0x80])), after);
      case 3:
        return concat(before, this.bytes(own.length), after);
      case 4:
        return before;
      case 5: {
        // One more or one less than it says.
        const last = own.length - 1;
        return concat(
          before,
          own.map((byte, i) => (i === last ? byte + this.pick([1, 255]) : byte)),
          after,
        );
      }
      default: {
        const other = this.pick(fields);
        return concat(before, bytes.slice(other.at, other.at + other.length), after);
      }
    }
  }

  /** A value with one or two of its parts replaced, left out or added. */
  spoilValue(value: unknown): unknown {
    const once = this.#changed(value, 4);
    return this.below(3) === 0 ? this.#changed(once, 4) : once;
  }

  #changed(value: unknown, depth: number): unknown {
    const isInner = typeof value === "object" && value !== null && depth > 0 && this.below(4) > 0;
    if (!isInner) return this.pick(valuesOfNote);
    const names = Object.keys(value);
    const name = names.length === 0 || this.below(8) === 0 ? this.pick(["extra", "length", "kind"]) : this.pick(names);
    const inner: unknown = Reflect.get(value, name);
    if (Array.isArray(value)) {
      const items: unknown[] = [...(value as unknown[])];
      items[Number(name) || 0] = this.#changed(inner, depth - 1);
      return items;
    }
    const copy = { ...value };
    if (this.below(5) === 0) Reflect.deleteProperty(copy, name);
    else Reflect.set(copy, name, this.#changed(inner, depth - 1));
    return copy;
  }
}

/** Gives a codec what it likes: small numbers, truths, letters. */
class Invention extends ByteReader {
  readonly #spoiler: Spoiler;

  constructor(spoiler: Spoiler) {
    super(new Uint8Array());
    this.#spoiler = spoiler;
  }

  override uint(): number {
    return this.#spoiler.pick([0, 0, 1, 1, 1, 2, 3, 9]);
  }

  override bytes(length: number): Uint8Array {
    return this.#spoiler.bytes(length).map((byte) => 0x61 + (byte % 26));
  }
}

/** Some value of the codec, encoded. */
export function inventFor<T>(spoiler: Spoiler, codec: Codec<T>): Uint8Array {
  for (;;) {
    try {
      return encode(codec, codec.read(new Invention(spoiler)));
    } catch (error) {
      if (!(error instanceof DecodeError) && !(error instanceof RangeError)) throw error;
    }
  }
}

/** Where `read` finds the fields of `sample`, as its readers go over it; also in blobs that it decodes once more. */
export async function fieldsOf(sample: Uint8Array, read: (bytes: Uint8Array) => unknown): Promise<Field[]> {
  const fields: Field[] = [];
  const bases = new Map<ByteReader, number>();
  const blobs = new Map<number, number>([[sample.length, 0]]);
  const { prototype } = ByteReader;
  const uint = Reflect.get(prototype, "uint");
  const bytes = Reflect.get(prototype, "bytes");
  const note = (reader: ByteReader, length: number): number => {
    let base = bases.get(reader);
    if (base === undefined) {
      base = (blobs.get(reader.remaining) ?? Infinity) + reader.remaining;
      bases.set(reader, base);
    }
    const at = base - reader.remaining;
    if (at + length <= sample.length) fields.push({ at, length });
    return at;
  };
  try {
    prototype.uint = function (width) {
      note(this, width);
      return uint.call(this, width);
    };
    prototype.bytes = function (length) {
      blobs.set(length, note(this, length));
      return bytes.call(this, length);
    };
    await read(sample);
  } finally {
    Object.assign(prototype, { uint, bytes });
  }
  return fields.filter(({ length }) => length > 0);
}

/** True when a codec that takes `bytes` would write the same again. */
export function isCanonical<T>(codec: Codec<T>, bytes: Uint8Array): boolean {
  return Buffer.from(encode(codec, decode(codec, bytes))).equals(bytes);
}

// Strict binary codecs, combined from small ones. All integers are big-endian; nothing may be left over at the end.
// Everything that crosses the relay or sits inside an envelope is declared with these and decoded before it is used.
import { ByteReader, DecodeError } from "./reader.ts";
import { ByteWriter } from "./writer.ts";

export interface Codec<T> {
  write(to: ByteWriter, value: T): void;
  read(from: ByteReader): T;
}

export type Decoded<C> = C extends Codec<infer T> ? T : never;

/** Encodes `value`; throws {@link RangeError} when it breaks a limit of the codec, which is a bug of the caller. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const to = new ByteWriter();
  codec.write(to, value);
  return to.finish();
}

/** Decodes all of `bytes`; throws {@link DecodeError} for short, long or out-of-range input. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const from = new ByteReader(bytes);
  const value = codec.read(from);
  from.end();
  return value;
}

function unsigned(width: 1 | 2 | 4 | 8): Codec<number> {
  return {
    write: (to, value) => to.uint(width, value),
    read: (from) => from.uint(width),
  };
}

export const u8 = unsigned(1);
export const u16 = unsigned(2);
export const u32 = unsigned(4);
/** Eight bytes on the wire, at most 2^53 - 1: counters, sequence numbers, milliseconds. */
export const u53 = unsigned(8);

export const bool: Codec<boolean> = {
  write: (to, value) => to.uint(1, value ? 1 : 0),
  read: (from) => {
    const byte = from.uint(1);
    if (byte > 1) throw new DecodeError("a boolean is 0 or 1");
    return byte === 1;
  },
};

/** Exactly `length` bytes, no length prefix. */
export function fixed(length: number): Codec<Uint8Array> {
  return {
    write: (to, value) => {
      if (value.length !== length) throw new RangeError(`expected ${length} bytes, got ${value.length}`);
      to.bytes(value);
    },
    read: (from) => from.bytes(length),
  };
}

/** At most `maxBytes` bytes behind a 4-byte length. */
export function blob(maxBytes: number): Codec<Uint8Array> {
  return {
    write: (to, value) => {
      if (value.length > maxBytes) throw new RangeError(`more than ${maxBytes} bytes`);
      to.uint(4, value.length);
      to.bytes(value);
    },
    read: (from) => {
      const length = from.uint(4);
      if (length > maxBytes) throw new DecodeError(`more than ${maxBytes} bytes`);
      return from.bytes(length);
    },
  };
}

/** UTF-8 text of at most `maxBytes` bytes; malformed UTF-8 is refused. */
export function text(maxBytes: number): Codec<string> {
  const bytes = blob(maxBytes);
  return {
    write: (to, value) => bytes.write(to, new TextEncoder().encode(value)),
    read: (from) => {
      const raw = bytes.read(from);
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
      } catch (cause) {
        throw new DecodeError("not UTF-8", { cause });
      }
    },
  };
}

export function list<T>(item: Codec<T>, maxItems: number): Codec<T[]> {
  return {
    write: (to, values) => {
      if (values.length > maxItems) throw new RangeError(`more than ${maxItems} items`);
      to.uint(2, values.length);
      for (const value of values) item.write(to, value);
    },
    read: (from) => {
      const length = from.uint(2);
      if (length > maxItems) throw new DecodeError(`more than ${maxItems} items`);
      return Array.from({ length }, () => item.read(from));
    },
  };
}

export function optional<T>(inner: Codec<T>): Codec<T | undefined> {
  return {
    write: (to, value) => {
      bool.write(to, value !== undefined);
      if (value !== undefined) inner.write(to, value);
    },
    read: (from) => (bool.read(from) ? inner.read(from) : undefined),
  };
}

/** One byte that names one of a closed list; the order is part of the protocol. */
export function oneOf<const T extends string>(...names: readonly T[]): Codec<T> {
  return {
    write: (to, value) => {
      const index = names.indexOf(value);
      if (index < 0) throw new RangeError(`unknown name ${value}`);
      to.uint(1, index);
    },
    read: (from) => {
      const name = names[from.uint(1)];
      if (name === undefined) throw new DecodeError("unknown name");
      return name;
    },
  };
}

/** Fields in the order given; the order is part of the protocol. */
export function struct<T extends object>(fields: { readonly [K in keyof T]-?: Codec<T[K]> }): Codec<T> {
  const names = Object.keys(fields) as (keyof T)[];
  return {
    write: (to, value) => {
      for (const name of names) fields[name].write(to, value[name]);
    },
    read: (from) => {
      const out: Partial<T> = {};
      for (const name of names) out[name] = fields[name].read(from);
      return out as T;
    },
  };
}

/** A tagged union: one byte selects the kind, then the fields of that kind follow. `kinds` maps a kind to its byte and codec. */
export function variant<T extends { kind: string }>(kinds: {
  readonly [K in T["kind"]]: readonly [tag: number, fields: Codec<Omit<Extract<T, { kind: K }>, "kind">>];
}): Codec<T> {
  const byTag = new Map<number, T["kind"]>();
  for (const kind of Object.keys(kinds) as T["kind"][]) byTag.set(kinds[kind][0], kind);
  return {
    write: (to, value) => {
      const entry = kinds[value.kind as T["kind"]];
      to.uint(1, entry[0]);
      entry[1].write(to, value as never);
    },
    read: (from) => {
      const kind = byTag.get(from.uint(1));
      if (kind === undefined) throw new DecodeError("unknown kind");
      return { ...(kinds[kind][1].read(from) as object), kind } as T;
    },
  };
}

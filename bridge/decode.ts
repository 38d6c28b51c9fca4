// Small decoders for values that crossed a context boundary. They trust nothing: every one returns a new plain value of
// the named type or throws the fault it was given.
import type { EngineFault } from "./contract.ts";
import { EngineError } from "./fault.ts";

export type Decoder<T> = (value: unknown) => T;

export type PlainObject = Readonly<Record<string, unknown>>;

export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fail(code: EngineFault = "malformed"): never {
  throw new EngineError(code);
}

/** A text of 0 to `max` UTF-16 units; a longer one is `tooLong`, which can be told to people. */
export function text(max: number, tooLong: EngineFault = "malformed"): Decoder<string> {
  return (value) => {
    if (typeof value !== "string") return fail();
    return value.length <= max ? value : fail(tooLong);
  };
}

export function integer(min: number, max: number): Decoder<number> {
  return (value) =>
    Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max ? Number(value) : fail();
}

export const flag: Decoder<boolean> = (value) => (typeof value === "boolean" ? value : fail());

export function oneOf<const T extends readonly string[]>(...values: T): Decoder<T[number]> {
  return (value) => values.find((one) => one === value) ?? fail();
}

export function optional<T>(decoder: Decoder<T>): Decoder<T | undefined> {
  return (value) => (value === undefined ? undefined : decoder(value));
}

type Fields<T> = { readonly [K in keyof T]-?: Decoder<T[K]> };

/** An object of exactly these fields: one more is as wrong as one missing. Fields that decode to nothing are left out. */
export function object<T extends object>(fields: Fields<T>): Decoder<T> {
  const entries = Object.entries<Decoder<unknown>>(fields);
  return (value) => {
    if (!isPlainObject(value)) return fail();
    if (Object.keys(value).some((key) => !Object.hasOwn(fields, key))) return fail();
    const decoded = entries.map(
      ([key, decoder]) => [key, decoder(Object.hasOwn(value, key) ? value[key] : undefined)] as const,
    );
    return Object.fromEntries(decoded.filter(([, field]) => field !== undefined)) as T;
  };
}

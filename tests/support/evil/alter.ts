// A body with one field changed, for every field of it, however deep: what a relay that wants to lie can do to a value.

export interface Alteration<T> {
  readonly field: string;
  readonly body: T;
}

/** Changes each field once: one bit of bytes, the lowest bit of a number, a truth turned round, a list without its last. */
export function alterations<T>(body: T): Alteration<T>[] {
  return changesOf(body).map(({ path, value }) => ({ field: path.join("."), body: value as T }));
}

interface Change {
  readonly path: readonly string[];
  readonly value: unknown;
}

function changesOf(value: unknown): Change[] {
  if (value instanceof Uint8Array) return value.length === 0 ? [] : [{ path: [], value: flipMiddle(value) }];
  if (typeof value === "number") return [{ path: [], value: value % 2 === 0 ? value + 1 : value - 1 }];
  if (typeof value === "boolean") return [{ path: [], value: !value }];
  if (Array.isArray(value))
    return value.length === 0 ? [] : [{ path: ["length"], value: value.slice(0, -1) }, ...inside(value)];
  return typeof value === "object" && value !== null ? inside(value) : [];
}

function inside(value: object): Change[] {
  return Object.entries(value).flatMap(([name, field]) =>
    changesOf(field).map((change) => ({
      path: [name, ...change.path],
      value: Array.isArray(value) ? value.with(Number(name), change.value) : { ...value, [name]: change.value },
    })),
  );
}

function flipMiddle(bytes: Uint8Array): Uint8Array {
  const at = bytes.length >> 1;
  return bytes.with(at, (bytes[at] ?? 0) ^ 1);
}

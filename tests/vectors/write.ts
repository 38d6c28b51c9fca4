// What the makers of vectors share: fixed bytes, and the form of a file.
import { writeFileSync } from "node:fs";

/** `length` bytes that count up from `from`. */
export const count = (length: number, from: number) => Uint8Array.from({ length }, (_, i) => (from + i) & 255);
export const flip = (bytes: Uint8Array, at: number) => bytes.with(at, (bytes[at] ?? 0) ^ 1);

export function write(name: string, about: string, vectors: object): void {
  const text = `${JSON.stringify({ about, ...vectors }, undefined, 2)}\n`;
  writeFileSync(new URL(`./${name}.json`, import.meta.url), text);
}

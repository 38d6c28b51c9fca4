// Byte helpers that both sides of every boundary need: joining, comparing and printing. No input is trusted here.

/** Joins parts into one new array. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Compares without leaving early, so that the time taken tells nothing about where two secrets differ. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Encodes text as UTF-8. Labels of the protocol are ASCII. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const digits = "0123456789abcdef";

/** Lower-case hexadecimal, used as a map key for ids. */
export function toHex(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += (digits[byte >> 4] ?? "") + (digits[byte & 15] ?? "");
  return out;
}

/** Reads what {@link toHex} printed; `undefined` for anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** RFC 4648 section 5 without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const symbols = left > 2 ? 4 : left + 1;
    for (let k = 0; k < symbols; k++) out += alphabet[(word >> (18 - 6 * k)) & 63] ?? "";
  }
  return out;
}

/** Strict inverse of {@link toBase64Url}: no padding, no white space, no stray bits; `undefined` for anything else. */
export function fromBase64Url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1 || !/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let word = 0;
  let bits = 0;
  let at = 0;
  for (const symbol of text) {
    word = (word << 6) | alphabet.indexOf(symbol);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (word >> bits) & 255;
      word &= (1 << bits) - 1;
    }
  }
  return word === 0 ? out : undefined;
}

/** Overwrites secrets that are no longer needed. */
export function zeroize(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

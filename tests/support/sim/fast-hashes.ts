// SHA-256, HMAC and HKDF of @noble/hashes over node:crypto's one-shot hash: the same bytes in a quarter of the time. The
// simulation's test project puts this file in the library's place; core's own tests run against the library itself.
import { hash } from "node:crypto";

const BLOCK = 64;

export function sha256(data: Uint8Array): Uint8Array {
  return new Uint8Array(hash("sha256", data, "buffer"));
}

function padded(key: Uint8Array, pad: number, data: Uint8Array): Uint8Array {
  const block = new Uint8Array(BLOCK + data.length).fill(pad, 0, BLOCK);
  for (let i = 0; i < key.length; i++) block[i] = (key[i] ?? 0) ^ pad;
  block.set(data, BLOCK);
  return block;
}

/** The first argument is always SHA-256 here. */
export function hmac(_hash: unknown, key: Uint8Array, data: Uint8Array): Uint8Array {
  const short = key.length > BLOCK ? sha256(key) : key;
  return sha256(padded(short, 0x5c, sha256(padded(short, 0x36, data))));
}

export function extract(_hash: unknown, ikm: Uint8Array, salt: Uint8Array = new Uint8Array(32)): Uint8Array {
  return hmac(sha256, salt, ikm);
}

// oxlint-disable-next-line max-params -- the library's own signature
export function expand(_hash: unknown, prk: Uint8Array, info: Uint8Array = new Uint8Array(), length = 32): Uint8Array {
  const okm = new Uint8Array(length);
  let previous = new Uint8Array();
  for (let at = 0, count = 1; at < length; at += 32, count++) {
    const text = new Uint8Array(previous.length + info.length + 1);
    text.set(previous);
    text.set(info, previous.length);
    text[text.length - 1] = count;
    previous = new Uint8Array(hmac(sha256, prk, text));
    okm.set(previous.subarray(0, Math.min(32, length - at)), at);
  }
  return okm;
}

// oxlint-disable-next-line max-params -- the library's own signature
export function hkdf(
  _hash: unknown,
  ikm: Uint8Array,
  salt: Uint8Array | undefined,
  info: Uint8Array | undefined,
  length: number,
): Uint8Array {
  return expand(sha256, extract(sha256, ikm, salt), info, length);
}

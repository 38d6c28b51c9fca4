// AES-256-GCM by Web Crypto, with explicit nonce and associated data.
import { CoreError } from "../errors.ts";

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

// Web Crypto's types exclude views on shared memory; none of ours are.
const source = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

function importKey(key: Uint8Array, usage: "encrypt" | "decrypt"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", source(key), "AES-GCM", false, [usage]);
}

export async function seal(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plain: Uint8Array,
): Promise<Uint8Array> {
  const algorithm = { name: "AES-GCM", iv: source(nonce), additionalData: source(aad) };
  return new Uint8Array(await crypto.subtle.encrypt(algorithm, await importKey(key, "encrypt"), source(plain)));
}

/** Throws `decrypt_failed` for a wrong key, nonce, associated data or a changed bit. */
export async function open(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Promise<Uint8Array> {
  const algorithm = { name: "AES-GCM", iv: source(nonce), additionalData: source(aad) };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, await importKey(key, "decrypt"), source(sealed)));
  } catch (cause) {
    throw new CoreError("decrypt_failed", "authentication failed", { cause });
  }
}

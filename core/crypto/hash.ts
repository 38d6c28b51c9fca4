// SHA-256 and the protocol's one way to derive keys. Synchronous: called hundreds of times, where a hop to Web Crypto costs
// more than the hash (docs/decisions/0003).
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { concat, utf8 } from "../../codec/bytes.ts";

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return nobleSha256(parts.length === 1 && parts[0] ? parts[0] : concat(...parts));
}

/** H(ikm, salt, label, n): HKDF-SHA-256 (RFC 5869) with info "SR1 " + label. The caller wipes the result. */
export function deriveKey(ikm: Uint8Array, salt: Uint8Array, label: string, bytes: number): Uint8Array {
  return hkdf(nobleSha256, ikm, salt, utf8(`SR1 ${label}`), bytes);
}

/** HMAC-SHA-256. */
export function mac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmac(nobleSha256, key, data);
}

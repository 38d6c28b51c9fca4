// Ed25519 (RFC 8032) by Web Crypto. Private keys are 32-byte seeds, so that they can be derived and kept as plain bytes.
import { concat, fromBase64Url } from "../../codec/bytes.ts";

export const SEED_BYTES = 32;
export const PUBLIC_KEY_BYTES = 32;

export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly seed: Uint8Array;
}

const source = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

// PKCS #8 of RFC 8410 up to the seed.
const pkcs8Prefix = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

function importSeed(seed: Uint8Array, extractable: boolean): Promise<CryptoKey> {
  return crypto.subtle.importKey("pkcs8", source(concat(pkcs8Prefix, seed)), "Ed25519", extractable, ["sign"]);
}

export async function keyPairFromSeed(seed: Uint8Array): Promise<KeyPair> {
  const jwk = await crypto.subtle.exportKey("jwk", await importSeed(seed, true));
  const publicKey = fromBase64Url(jwk.x ?? "");
  if (publicKey?.length !== PUBLIC_KEY_BYTES) throw new TypeError("unexpected public key");
  return { publicKey, seed };
}

export async function sign(seed: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("Ed25519", await importSeed(seed, false), source(message)));
}

/** False for a wrong signature and for a public key that is none. */
export async function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey("raw", source(publicKey), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, source(signature), source(message));
  } catch {
    return false;
  }
}

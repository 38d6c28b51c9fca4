// Sealing to somebody's key when there is no group to seal in: HPKE base mode (RFC 9180) with DHKEM(X25519, HKDF-SHA256),
// HKDF-SHA256 and AES-256-GCM. It hides the plaintext and says nothing about who sealed it.
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { concat } from "../../codec/bytes.ts";
import { CoreError } from "../errors.ts";
import type { KeyPair } from "./signature.ts";

const KEM_BYTES = 32;
/** What a sealed value is longer than its plaintext: encapsulated key and tag. */
export const HPKE_OVERHEAD = KEM_BYTES + 16;

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

const source = (bytes: Uint8Array) => bytes.slice().buffer;

/** The key pair that RFC 9180 DeriveKeyPair makes of `seed`. */
export async function sealingKeysFromSeed(seed: Uint8Array): Promise<KeyPair> {
  const { publicKey } = await suite.kem.deriveKeyPair(source(seed));
  return { publicKey: new Uint8Array(await suite.kem.serializePublicKey(publicKey)), seed };
}

/** Encapsulated key ‖ ciphertext. Throws `malformed` for a key that nothing can be sealed to. */
export async function sealTo(publicKey: Uint8Array, info: Uint8Array, plain: Uint8Array): Promise<Uint8Array> {
  try {
    const recipientPublicKey = await suite.kem.deserializePublicKey(source(publicKey));
    const { enc, ct } = await suite.seal({ recipientPublicKey, info: source(info) }, source(plain));
    return concat(new Uint8Array(enc), new Uint8Array(ct));
  } catch (cause) {
    throw new CoreError("malformed", "unusable key", { cause });
  }
}

/** Opens what was sealed to the keys of `seed`; to try many values, the keys are derived but once. */
export async function openerFrom(seed: Uint8Array) {
  const { privateKey } = await suite.kem.deriveKeyPair(source(seed));
  /** Throws `decrypt_failed` for anything not sealed to this key under this `info`. */
  return async (info: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> => {
    const enc = source(sealed.subarray(0, KEM_BYTES));
    try {
      const recipient = { recipientKey: privateKey, enc, info: source(info) };
      return new Uint8Array(await suite.open(recipient, source(sealed.subarray(KEM_BYTES))));
    } catch (cause) {
      throw new CoreError("decrypt_failed", "not sealed to this key", { cause });
    }
  };
}

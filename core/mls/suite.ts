// The one cipher suite we speak: MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 (RFC 9420 section 17.1, suite 1).
// Web Crypto does key agreement, signatures and AES-GCM; the thousands of tiny hashes of a tree are synchronous.
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { CiphersuiteImpl } from "ts-mls";
import { makeGenericHpke } from "ts-mls/crypto/implementation/hpke.js";
import { equalBytes } from "../../codec/bytes.ts";
import { randomBytes } from "../crypto/random.ts";
import { keyPairFromSeed, SEED_BYTES, sign, verify } from "../crypto/signature.ts";

export const suiteName = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

const source = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

async function aes128(key: Uint8Array, usage: "encrypt" | "decrypt"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", source(key), "AES-GCM", false, [usage]);
}

const aead = {
  async encrypt(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Promise<Uint8Array> {
    const algorithm = { name: "AES-GCM", iv: source(nonce), additionalData: source(aad) };
    return new Uint8Array(await crypto.subtle.encrypt(algorithm, await aes128(key, "encrypt"), source(plain)));
  },
  async decrypt(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> {
    const algorithm = { name: "AES-GCM", iv: source(nonce), additionalData: source(aad) };
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, await aes128(key, "decrypt"), source(sealed)));
  },
};

/** Builds the suite's implementation; stateless, so one serves every group of a thread. */
export async function createSuite(): Promise<CiphersuiteImpl> {
  const hpke = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });
  const algorithm = { kem: "DHKEM-X25519-HKDF-SHA256", kdf: "HKDF-SHA256", aead: "AES128GCM" } as const;
  return {
    name: suiteName,
    rng: { randomBytes },
    hash: {
      digest: async (data) => sha256(data),
      mac: async (key, data) => hmac(sha256, key, data),
      verifyMac: async (key, tag, data) => equalBytes(hmac(sha256, key, data), tag),
    },
    kdf: {
      size: 32,
      extract: async (salt, ikm) => extract(sha256, ikm, salt),
      expand: async (prk, info, length) => expand(sha256, prk, info, length),
    },
    signature: {
      sign: (seed, message) => sign(seed, message),
      verify: (publicKey, message, signature) => verify(publicKey, message, signature),
      keygen: async () => {
        const { publicKey, seed } = await keyPairFromSeed(randomBytes(SEED_BYTES));
        return { publicKey, signKey: seed };
      },
    },
    hpke: await makeGenericHpke(algorithm, aead, hpke),
  };
}

// The one cipher suite we speak: MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 (RFC 9420 section 17.1, suite 1).
// Web Crypto does key agreement, signatures and AES-GCM; the thousands of tiny hashes of a tree are synchronous.
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { CiphersuiteImpl } from "ts-mls";
import { makeGenericHpke } from "ts-mls/crypto/implementation/hpke.js";
import { concat, equalBytes, fromBase64Url, fromHex } from "../../codec/bytes.ts";
import { randomBytes } from "../crypto/random.ts";
import { keyPairFromSeed, SEED_BYTES, sign, verify } from "../crypto/signature.ts";

export const suiteName = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

const source = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

// Points of small order, as RFC 7748 section 5 reads them (top bit ignored): agreeing with one fails (RFC 9180 section 7.1.4).
const smallOrder = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
].map((text) => fromHex(text) ?? new Uint8Array());

/** False for an X25519 public key that nobody can seal to. */
export function isUsableKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false;
  const point = publicKey.with(31, (publicKey[31] ?? 0) & 0x7f);
  return !smallOrder.some((other) => equalBytes(other, point));
}

// PKCS #8 of RFC 8410 up to the private key.
const x25519Prefix = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);

/** The X25519 public key that belongs to a private key. */
export async function publicKeyOf(privateKey: Uint8Array): Promise<Uint8Array> {
  const pkcs8 = source(concat(x25519Prefix, privateKey));
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "X25519", true, ["deriveBits"]);
  return fromBase64Url((await crypto.subtle.exportKey("jwk", key)).x ?? "") ?? new Uint8Array();
}

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

// Web Crypto's algorithms over node:crypto's synchronous functions: the same bytes, without a hop to a thread for each call.
// Its promises settle in microtasks, so a simulation can run until nothing is left to do. What is a pure function of its
// input is computed once and remembered: twelve members check one signature.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  hkdfSync,
  pbkdf2Sync,
  sign,
  verify,
} from "node:crypto";
import type { KeyObject } from "node:crypto";
import { hmac, sha256 } from "./fast-hashes.ts";

type Curve = "Ed25519" | "X25519";
type Input = ArrayBuffer | ArrayBufferView;
interface Named {
  readonly name: string;
}
interface Parameters extends Named {
  readonly iv: Input;
  readonly additionalData?: Input;
  readonly tagLength?: number;
  readonly public: FastKey;
  readonly salt: Input;
  readonly info: Input;
  readonly iterations: number;
}

interface FastKey {
  readonly type: "secret" | "public" | "private";
  readonly algorithm: Named;
  readonly extractable: boolean;
  readonly usages: readonly string[];
  readonly bytes: Buffer;
}

const TAG_BYTES = 16;
const oids: Record<Curve, number> = { X25519: 0x6e, Ed25519: 0x70 };

function buffer(input: Input): Buffer {
  return input instanceof ArrayBuffer
    ? Buffer.from(input)
    : Buffer.from(input.buffer, input.byteOffset, input.byteLength);
}

/** Bytes of the caller's own, as Web Crypto gives them. */
function own(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy.buffer;
}

function nameOf(algorithm: string | Named): string {
  return typeof algorithm === "string" ? algorithm : algorithm.name;
}

function isCurve(name: string): name is Curve {
  return Object.hasOwn(oids, name);
}

function demand(
  isTrue: boolean,
  fault: "DataError" | "OperationError" | "InvalidAccessError" | "NotSupportedError",
): void {
  if (!isTrue) throw new DOMException("refused", fault);
}

/** Remembers what `compute` gave; forgets everything when there is too much. */
function remembered<T>(most: number): (key: string, compute: () => T) => T {
  const known = new Map<string, T>();
  return (key, compute) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= most) known.clear();
    const fresh = compute();
    known.set(key, fresh);
    return fresh;
  };
}

const privateHead = (curve: Curve) =>
  Buffer.from([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, oids[curve], 4, 0x22, 4, 0x20]);
const publicHead = (curve: Curve) => Buffer.from([0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, oids[curve], 3, 0x21, 0]);
const privateHeads = { Ed25519: privateHead("Ed25519"), X25519: privateHead("X25519") };
const publicHeads = { Ed25519: publicHead("Ed25519"), X25519: publicHead("X25519") };

const privateKeys = remembered<{ key: KeyObject; publicBytes: Buffer }>(20_000);
const publicKeys = remembered<KeyObject>(20_000);
const verdicts = remembered<boolean>(20_000);
const agreements = remembered<Buffer>(20_000);

function privateKey(curve: Curve, seed: Buffer): { key: KeyObject; publicBytes: Buffer } {
  return privateKeys(curve + seed.toString("latin1"), () => {
    const key = createPrivateKey({ key: Buffer.concat([privateHeads[curve], seed]), format: "der", type: "pkcs8" });
    return { key, publicBytes: Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url") };
  });
}

function publicKey(curve: Curve, bytes: Buffer): KeyObject {
  return publicKeys(curve + bytes.toString("latin1"), () =>
    createPublicKey({ key: Buffer.concat([publicHeads[curve], bytes]), format: "der", type: "spki" }),
  );
}

function pkcs8Seed(curve: Curve, data: Buffer): Buffer {
  const head = privateHeads[curve];
  demand(data.length === head.length + 32 && data.subarray(0, head.length).equals(head), "DataError");
  return data.subarray(head.length);
}

function jwkBytes(curve: Curve, { kty, crv, x, d }: JsonWebKey): { type: FastKey["type"]; bytes: Buffer } {
  const bytes = Buffer.from(d ?? x ?? "", "base64url");
  demand(kty === "OKP" && crv === curve && bytes.length === 32, "DataError");
  if (d !== undefined) demand(privateKey(curve, bytes).publicBytes.toString("base64url") === x, "DataError");
  return { type: d === undefined ? "public" : "private", bytes };
}

function importBytes(format: string, data: Input | JsonWebKey, name: string): { type: FastKey["type"]; bytes: Buffer } {
  if (format === "jwk") {
    demand(isCurve(name), "NotSupportedError");
    return jwkBytes(name as Curve, data as JsonWebKey);
  }
  const bytes = Buffer.from(buffer(data as Input));
  if (format === "pkcs8") {
    demand(isCurve(name), "NotSupportedError");
    return { type: "private", bytes: pkcs8Seed(name as Curve, bytes) };
  }
  demand(format === "raw", "NotSupportedError");
  if (isCurve(name)) demand(bytes.length === 32, "DataError");
  if (name === "AES-GCM") demand([16, 24, 32].includes(bytes.length), "DataError");
  return { type: isCurve(name) ? "public" : "secret", bytes };
}

function agree(mine: FastKey, other: FastKey): Buffer {
  return agreements(mine.bytes.toString("latin1") + other.bytes.toString("latin1"), () => {
    try {
      return diffieHellman({
        privateKey: privateKey("X25519", mine.bytes).key,
        publicKey: publicKey("X25519", other.bytes),
      });
    } catch {
      // A point of small order.
      throw new DOMException("refused", "OperationError");
    }
  });
}

function check(key: FastKey, usage: string, name: string): void {
  demand(key.usages.includes(usage) && key.algorithm.name === name, "InvalidAccessError");
}

function hashName(hash: string | Named | undefined): string {
  const name = nameOf(hash ?? "")
    .replace("-", "")
    .toLowerCase();
  demand(["sha1", "sha256", "sha384", "sha512"].includes(name), "NotSupportedError");
  return name;
}

/** `fill` gives the bytes of generated keys. */
export function createFastSubtle(fill: (bytes: Uint8Array) => void): SubtleCrypto {
  const subtle = {
    // oxlint-disable-next-line max-params -- the platform's own signature
    async importKey(
      format: string,
      data: Input | JsonWebKey,
      algorithm: string | Named,
      extractable: boolean,
      usages: readonly string[],
    ): Promise<FastKey> {
      const named = typeof algorithm === "string" ? { name: algorithm } : algorithm;
      return { ...importBytes(format, data, named.name), algorithm: named, extractable, usages };
    },

    async exportKey(format: string, key: FastKey): Promise<ArrayBuffer | JsonWebKey> {
      demand(key.extractable, "InvalidAccessError");
      const { type, bytes } = key;
      const { name } = key.algorithm;
      if (format === "raw" && type !== "private") return own(bytes);
      demand(isCurve(name), "NotSupportedError");
      const curve = name as Curve;
      if (format === "pkcs8" && type === "private") return own(Buffer.concat([privateHeads[curve], bytes]));
      demand(format === "jwk", "NotSupportedError");
      const isPrivate = type === "private";
      const x = (isPrivate ? privateKey(curve, bytes).publicBytes : bytes).toString("base64url");
      const shared = { crv: curve, kty: "OKP", x, ext: true, key_ops: [...key.usages] };
      return isPrivate ? { ...shared, d: bytes.toString("base64url") } : shared;
    },

    async generateKey(algorithm: string | Named, extractable: boolean, usages: readonly string[]) {
      const name = nameOf(algorithm);
      demand(isCurve(name), "NotSupportedError");
      const seed = Buffer.alloc(32);
      fill(seed);
      const of = (type: FastKey["type"], bytes: Buffer, mine: readonly string[]): FastKey => {
        return { type, algorithm: { name }, extractable: type === "public" || extractable, usages: mine, bytes };
      };
      return {
        privateKey: of(
          "private",
          seed,
          usages.filter((usage) => usage !== "verify"),
        ),
        publicKey: of(
          "public",
          privateKey(name as Curve, seed).publicBytes,
          usages.filter((usage) => usage === "verify"),
        ),
      };
    },

    async deriveBits({ name, ...rest }: Parameters & { hash?: string | Named }, key: FastKey, bits: number) {
      check(key, "deriveBits", name);
      const length = bits / 8;
      if (name === "X25519") return own(agree(key, rest.public).subarray(0, length));
      const hash = hashName(rest.hash);
      if (name === "HKDF") return hkdfSync(hash, key.bytes, buffer(rest.salt), buffer(rest.info), length);
      demand(name === "PBKDF2", "NotSupportedError");
      return own(pbkdf2Sync(key.bytes, buffer(rest.salt), rest.iterations, length, hash));
    },

    async digest(algorithm: string | Named, data: Input): Promise<ArrayBuffer> {
      return own(createHash(hashName(algorithm)).update(buffer(data)).digest());
    },

    async sign(algorithm: string | Named, key: FastKey, data: Input): Promise<ArrayBuffer> {
      const name = nameOf(algorithm);
      check(key, "sign", name);
      if (name === "Ed25519") return own(sign(null, buffer(data), privateKey(name, key.bytes).key));
      demand(name === "HMAC" && hashName((key.algorithm as { hash?: string }).hash) === "sha256", "NotSupportedError");
      return own(hmac(sha256, key.bytes, buffer(data)));
    },

    async verify(algorithm: string | Named, key: FastKey, signature: Input, data: Input): Promise<boolean> {
      const name = nameOf(algorithm);
      check(key, "verify", name);
      demand(name === "Ed25519", "NotSupportedError");
      const [text, tag] = [buffer(data), buffer(signature)];
      const asked = key.bytes.toString("latin1") + tag.length + tag.toString("latin1") + text.toString("latin1");
      return verdicts(asked, () => tag.length === 64 && verify(null, text, publicKey("Ed25519", key.bytes), tag));
    },

    async encrypt({ name, iv, additionalData, tagLength = 128 }: Parameters, key: FastKey, data: Input) {
      check(key, "encrypt", name);
      demand(name === "AES-GCM" && tagLength === 128, "NotSupportedError");
      const cipher = createCipheriv(cipherOf(key), createSecretKey(key.bytes), buffer(iv));
      if (additionalData !== undefined) cipher.setAAD(buffer(additionalData));
      const sealed = cipher.update(buffer(data));
      cipher.final();
      return own(Buffer.concat([sealed, cipher.getAuthTag()]));
    },

    async decrypt({ name, iv, additionalData, tagLength = 128 }: Parameters, key: FastKey, data: Input) {
      check(key, "decrypt", name);
      demand(name === "AES-GCM" && tagLength === 128, "NotSupportedError");
      const sealed = buffer(data);
      demand(sealed.length >= TAG_BYTES, "OperationError");
      const decipher = createDecipheriv(cipherOf(key), createSecretKey(key.bytes), buffer(iv));
      if (additionalData !== undefined) decipher.setAAD(buffer(additionalData));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      const plain = decipher.update(sealed.subarray(0, -TAG_BYTES));
      try {
        decipher.final();
      } catch {
        throw new DOMException("refused", "OperationError");
      }
      return own(plain);
    },
  };
  return subtle as unknown as SubtleCrypto;
}

function cipherOf(key: FastKey): "aes-128-gcm" | "aes-192-gcm" | "aes-256-gcm" {
  return `aes-${(key.bytes.length * 8) as 128 | 192 | 256}-gcm`;
}

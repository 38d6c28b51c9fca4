// The simulation's Web Crypto gives what the platform's own gives, for the same input, and refuses what it refuses.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createFastSubtle } from "../../support/sim/fast-subtle.ts";

const real = crypto.subtle;
const fast = createFastSubtle((view) => void crypto.getRandomValues(view as Uint8Array<ArrayBuffer>));

const bytes = (min: number, max = min) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((data) => Uint8Array.from(data));
const curve = fc.constantFrom("Ed25519", "X25519");
const oid = { Ed25519: 0x70, X25519: 0x6e };

function pkcs8(name: keyof typeof oid, seed: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, oid[name], 4, 0x22, 4, 0x20, ...seed);
}

/** What a call came to: the bytes, or the name of the error. */
async function outcome(call: Promise<ArrayBuffer>): Promise<string> {
  try {
    return Buffer.from(await call).toString("hex");
  } catch (error) {
    return error instanceof DOMException ? error.name : String(error);
  }
}

type Call = (subtle: SubtleCrypto) => Promise<ArrayBuffer>;

/** What the two come to, where it differs. */
async function difference(call: Call): Promise<string | undefined> {
  const [ours, theirs] = [await outcome(call(fast)), await outcome(call(real))];
  return ours === theirs ? undefined : `${ours} instead of ${theirs}`;
}

const sealing = fc.record({ iv: bytes(12), aad: bytes(0, 40), plain: bytes(0, 300), bit: fc.nat(4_000) });

test("AES-GCM seals and opens alike, and refuses a changed bit alike", async () => {
  const size = fc.constantFrom(16, 32).chain((length) => bytes(length));
  await fc.assert(
    fc.asyncProperty(size, sealing, async (raw, { iv, aad, plain, bit }) => {
      const algorithm = { name: "AES-GCM", iv, additionalData: aad };
      const key = (subtle: SubtleCrypto) => subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
      expect(await difference(async (subtle) => subtle.encrypt(algorithm, await key(subtle), plain))).toBeUndefined();
      const sealed = new Uint8Array(await real.encrypt(algorithm, await key(real), plain));
      expect(await difference(async (subtle) => subtle.decrypt(algorithm, await key(subtle), sealed))).toBeUndefined();
      const at = (bit >> 3) % sealed.length;
      const bent = sealed.with(at, (sealed[at] ?? 0) ^ (1 << (bit & 7)));
      expect(await difference(async (subtle) => subtle.decrypt(algorithm, await key(subtle), bent))).toBeUndefined();
    }),
  );
});

test("Ed25519 signs alike, and each takes the other's signature and no changed one", async () => {
  await fc.assert(
    fc.asyncProperty(bytes(32), bytes(0, 200), fc.nat(511), async (seed, text, bit) => {
      const key = (subtle: SubtleCrypto) =>
        subtle.importKey("pkcs8", pkcs8("Ed25519", seed), "Ed25519", true, ["sign"]);
      expect(await difference(async (subtle) => subtle.sign("Ed25519", await key(subtle), text))).toBeUndefined();
      const signature = new Uint8Array(await fast.sign("Ed25519", await key(fast), text));
      const jwk = await real.exportKey("jwk", await key(real));
      expect(await fast.exportKey("jwk", await key(fast))).toMatchObject({ x: jwk.x, d: jwk.d, crv: "Ed25519" });
      const raw = Uint8Array.from(Buffer.from(jwk.x ?? "", "base64url"));
      const bent = signature.with(bit >> 3, (signature[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
      for (const subtle of [fast, real, fast]) {
        const publicKey = await subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
        expect(await subtle.verify("Ed25519", publicKey, signature, text)).toBe(true);
        expect(await subtle.verify("Ed25519", publicKey, bent, text)).toBe(false);
      }
    }),
  );
});

test("X25519 agrees alike, whatever the other's point", async () => {
  const small = new Uint8Array(32);
  await fc.assert(
    fc.asyncProperty(bytes(32), fc.oneof(bytes(32), fc.constant(small)), async (seed, point) => {
      const agree: Call = async (subtle) => {
        const own = await subtle.importKey("pkcs8", pkcs8("X25519", seed), "X25519", true, ["deriveBits"]);
        const other = await subtle.importKey("raw", point, "X25519", true, []);
        return subtle.deriveBits({ name: "X25519", public: other }, own, 256);
      };
      expect(await difference(agree)).toBeUndefined();
    }),
  );
});

test("a generated key agrees with one of the platform", async () => {
  const mine = await fast.generateKey("X25519", true, ["deriveBits"]);
  const theirs = await real.generateKey("X25519", true, ["deriveBits"]);
  const given = await real.importKey("raw", await fast.exportKey("raw", mine.publicKey), "X25519", true, []);
  const taken = await fast.importKey("raw", await real.exportKey("raw", theirs.publicKey), "X25519", true, []);
  const [here, there] = [
    await fast.deriveBits({ name: "X25519", public: taken }, mine.privateKey, 256),
    await real.deriveBits({ name: "X25519", public: given }, theirs.privateKey, 256),
  ];
  expect(Buffer.from(here)).toEqual(Buffer.from(there));
});

test("hashes, HMAC and key derivation are the same", async () => {
  await fc.assert(
    fc.asyncProperty(bytes(1, 80), bytes(0, 80), bytes(0, 200), async (raw, salt, data) => {
      const length = 8 * (1 + (raw[0] ?? 0));
      expect(await difference((subtle) => subtle.digest("SHA-256", data))).toBeUndefined();
      const hmac = { name: "HMAC", hash: "SHA-256" };
      const sign: Call = async (subtle) =>
        subtle.sign("HMAC", await subtle.importKey("raw", raw, hmac, false, ["sign"]), data);
      expect(await difference(sign)).toBeUndefined();
      const derive =
        (algorithm: HkdfParams | Pbkdf2Params): Call =>
        async (subtle) => {
          const key = await subtle.importKey("raw", raw, algorithm.name, false, ["deriveBits"]);
          return subtle.deriveBits(algorithm, key, length);
        };
      const shared = { hash: "SHA-256", salt };
      expect(await difference(derive({ name: "HKDF", ...shared, info: data }))).toBeUndefined();
      expect(await difference(derive({ name: "PBKDF2", ...shared, iterations: 3 }))).toBeUndefined();
    }),
  );
});

function importing(name: string, format: "raw" | "pkcs8", data: Uint8Array<ArrayBuffer>): Call {
  return (subtle) => subtle.importKey(format, data, name, true, []).then(() => new ArrayBuffer());
}

test("keys of the wrong form are refused with the same error", async () => {
  await fc.assert(
    fc.asyncProperty(curve, bytes(0, 50), async (name, data) => {
      fc.pre(data.length !== 32);
      expect(await difference(importing(name, "raw", data))).toBeUndefined();
      expect(await outcome(importing(name, "pkcs8", data)(fast))).toBe("DataError");
    }),
  );
});

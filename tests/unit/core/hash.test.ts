// Our primitives against published vectors, so that nobody has to believe two of our own functions that agree.
import { describe, expect, test } from "vitest";
import { concat, fromHex, toHex, utf8 } from "../../../codec/bytes.ts";
import { open, seal } from "../../../core/crypto/aead.ts";
import { deriveKey, mac, sha256 } from "../../../core/crypto/hash.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { keyPairFromSeed, sign, verify } from "../../../core/crypto/signature.ts";
import { createSuite, isUsableKey, publicKeyOf } from "../../../core/mls/suite.ts";

const hex = (text: string) => fromHex(text.replaceAll(" ", "")) ?? new Uint8Array();

const flip = (of: Uint8Array, bit: number) => of.with(bit >> 3, (of[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
const littleEndian = (value: bigint) =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));

describe("SHA-256 (FIPS 180-4, examples by NIST)", () => {
  test.each([
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
  ])("of %j", (text, digest) => {
    expect(toHex(sha256(utf8(text)))).toBe(digest);
    expect(toHex(sha256(utf8(text.slice(0, 1)), utf8(text.slice(1))))).toBe(digest);
  });
});

describe("HMAC-SHA-256 (RFC 4231)", () => {
  test.each([
    ["0b".repeat(20), "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
    [
      "4a656665",
      "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    ["aa".repeat(20), "dd".repeat(50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
    [
      "aa".repeat(131),
      toHex(utf8("Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ],
  ])("under %s", (key, data, tag) => {
    expect(toHex(mac(hex(key), hex(data)))).toBe(tag);
  });
});

describe("HKDF-SHA-256 (RFC 5869)", () => {
  const cases = [
    {
      ikm: "0b".repeat(22),
      salt: "000102030405060708090a0b0c",
      prk: "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
      info: "f0f1f2f3f4f5f6f7f8f9",
      okm: "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    },
    {
      ikm: "0b".repeat(22),
      salt: "",
      prk: "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
      info: "",
      okm: "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    },
  ];

  test.each(cases)("extract and expand of the MLS suite with salt $salt", async ({ ikm, salt, prk, info, okm }) => {
    const { kdf } = await createSuite();
    expect(toHex(await kdf.extract(hex(salt), hex(ikm)))).toBe(prk);
    expect(toHex(await kdf.expand(hex(prk), hex(info), 42))).toBe(okm);
  });

  test("deriveKey is HKDF with the label as info, worked out here from HMAC alone", () => {
    const [ikm, salt] = [utf8("input"), utf8("salt")];
    const prk = mac(salt, ikm);
    const info = utf8("SR1 envelope");
    const first = mac(prk, concat(info, Uint8Array.of(1)));
    const second = mac(prk, concat(first, info, Uint8Array.of(2)));
    expect(deriveKey(ikm, salt, "envelope", 48)).toEqual(concat(first, second).slice(0, 48));
    const unsalted = mac(new Uint8Array(32), ikm);
    expect(deriveKey(ikm, new Uint8Array(), "x", 32)).toEqual(mac(unsalted, concat(utf8("SR1 x"), Uint8Array.of(1))));
  });

  test("another input, salt, label or length gives another key", () => {
    const [ikm, salt] = [utf8("input"), utf8("salt")];
    const keys = [
      deriveKey(ikm, salt, "a", 32),
      deriveKey(ikm, salt, "b", 32),
      deriveKey(salt, ikm, "a", 32),
      deriveKey(ikm, new Uint8Array(), "a", 32),
    ];
    expect(new Set(keys.map(toHex)).size).toBe(4);
  });
});

describe("Ed25519 (RFC 8032 section 7.1)", () => {
  test.each([
    [
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
      "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
      "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
  ])("of seed %s", async (seed, publicKey, message, signature) => {
    expect(toHex((await keyPairFromSeed(hex(seed))).publicKey)).toBe(publicKey);
    expect(toHex(await sign(hex(seed), hex(message)))).toBe(signature);
    expect(await verify(hex(publicKey), hex(message), hex(signature))).toBe(true);
  });

  test("a changed bit of key, message or signature does not verify, and no input makes verify throw", async () => {
    const { publicKey, seed } = await keyPairFromSeed(randomBytes(32));
    const message = utf8("message");
    const signature = await sign(seed, message);
    for (let bit = 0; bit < 512; bit += 3) expect(await verify(publicKey, message, flip(signature, bit))).toBe(false);
    for (let bit = 0; bit < 256; bit += 3) expect(await verify(flip(publicKey, bit), message, signature)).toBe(false);
    for (let bit = 0; bit < 56; bit++) expect(await verify(publicKey, flip(message, bit), signature)).toBe(false);
    for (const length of [0, 31, 33, 64]) {
      expect(await verify(new Uint8Array(length), message, signature)).toBe(false);
      expect(await verify(publicKey, message, new Uint8Array(length))).toBe(false);
    }
  });
});

describe("AES-GCM (NIST, the specification's test cases)", () => {
  const key128 = "feffe9928665731c6d6a8f9467308308";
  const nonce = "cafebabefacedbaddecaf888";
  const aad = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
  const plain =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";

  test("AES-256-GCM, case 16", async () => {
    const key = hex(key128 + key128);
    const sealed =
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b";
    expect(toHex(await seal(key, hex(nonce), hex(aad), hex(plain)))).toBe(sealed);
    expect(toHex(await open(key, hex(nonce), hex(aad), hex(sealed)))).toBe(plain);
  });

  test("AES-128-GCM of the MLS suite, case 4", async () => {
    const { hpke } = await createSuite();
    const sealed =
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47";
    expect(toHex(await hpke.encryptAead(hex(key128), hex(nonce), hex(aad), hex(plain)))).toBe(sealed);
    expect(toHex(await hpke.decryptAead(hex(key128), hex(nonce), hex(aad), hex(sealed)))).toBe(plain);
  });

  test("a wrong key, nonce, associated data or bit does not open", async () => {
    const [key, iv, data] = [randomBytes(32), randomBytes(12), randomBytes(20)];
    const sealed = await seal(key, iv, data, utf8("plain"));
    const wrong = { code: "decrypt_failed" };
    await expect(open(randomBytes(32), iv, data, sealed)).rejects.toMatchObject(wrong);
    await expect(open(key, randomBytes(12), data, sealed)).rejects.toMatchObject(wrong);
    await expect(open(key, iv, new Uint8Array(), sealed)).rejects.toMatchObject(wrong);
    await expect(open(key, iv, data, sealed.slice(0, -1))).rejects.toMatchObject(wrong);
    await expect(open(key, iv, data, new Uint8Array())).rejects.toMatchObject(wrong);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      await expect(open(key, iv, data, flip(sealed, bit))).rejects.toMatchObject(wrong);
    }
  });
});

describe("X25519 (RFC 7748 sections 5.2 and 6.1)", () => {
  test.each([
    [
      "0900000000000000000000000000000000000000000000000000000000000000",
      "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
    ],
    [
      "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
      "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    ],
  ])("of private key %s", async (privateKey, publicKey) => {
    expect(toHex(await publicKeyOf(hex(privateKey)))).toBe(publicKey);
  });

  test("a point of small order, with or without its top bit, or of another length is unusable", () => {
    expect(isUsableKey(Uint8Array.of(9, ...new Uint8Array(31)))).toBe(true);
    expect(isUsableKey(new Uint8Array(32))).toBe(false);
    expect(isUsableKey(new Uint8Array(32).with(31, 0x80))).toBe(false);
    expect(isUsableKey(new Uint8Array(31).fill(9))).toBe(false);
    expect(isUsableKey(new Uint8Array(33).fill(9))).toBe(false);
  });

  test("the points that are unusable are those that the platform refuses to agree with", async () => {
    const { hpke } = await createSuite();
    const p = 2n ** 255n - 19n;
    const ofOrderEight = [
      325606250916557431795983626356110631294008115727848805560023387167927233504n,
      39382357235489614581723061781553021112529911719440698176882885853963445705823n,
    ];
    const points = [0n, 1n, ...ofOrderEight, p - 1n, p, p + 1n, 2n, 9n, p - 2n, p + 2n].map(littleEndian);
    for (const point of points) {
      const sealing = hpke.importPublicKey(point).then((key) => hpke.seal(key, utf8("x"), new Uint8Array()));
      const isUsable = await sealing.then(
        () => true,
        () => false,
      );
      expect([toHex(point), isUsableKey(point)]).toEqual([toHex(point), isUsable]);
    }
  });
});

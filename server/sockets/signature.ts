// Checks Ed25519 signatures of clients. Keys and signatures are hostile; anything wrong with them is just "no".
import { createPublicKey, verify } from "node:crypto";
import { concat } from "../../codec/bytes.ts";

/** DER of SubjectPublicKeyInfo for Ed25519 (RFC 8410), in front of the 32 bytes of the key. */
const spkiHead = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

export function verifySignature(publicKey: Uint8Array, text: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(concat(spkiHead, publicKey)), format: "der", type: "spki" });
    return verify(null, text, key, signature);
  } catch {
    // A key that is no point on the curve signs nothing.
    return false;
  }
}

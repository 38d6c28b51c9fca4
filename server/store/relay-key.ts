// The key with which a relay gives its word about one room. It is made with the room and lives in it, nowhere else.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { KEY_BYTES } from "../../wire/limits.ts";

export interface RelayKey {
  readonly publicKey: Uint8Array;
  /** PKCS #8, for a store outside this process. */
  readonly privateKey: Uint8Array;
  sign(text: Uint8Array): Uint8Array;
}

export function createRelayKey(): RelayKey {
  return relayKeyOf(generateKeyPairSync("ed25519").privateKey);
}

/** The key that {@link RelayKey.privateKey} holds. Throws for anything else. */
export function openRelayKey(pkcs8: Uint8Array): RelayKey {
  return relayKeyOf(createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" }));
}

function relayKeyOf(privateKey: KeyObject): RelayKey {
  const publicKey = createPublicKey(privateKey);
  return {
    privateKey: new Uint8Array(privateKey.export({ format: "der", type: "pkcs8" })),
    publicKey: new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-KEY_BYTES)),
    sign: (text) => new Uint8Array(sign(null, text, privateKey)),
  };
}

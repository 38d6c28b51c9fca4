// The key with which a relay gives its word about one room. It is made with the room and lives in it, nowhere else.
import { generateKeyPairSync, sign } from "node:crypto";
import { KEY_BYTES } from "../../wire/limits.ts";

export interface RelayKey {
  readonly publicKey: Uint8Array;
  sign(text: Uint8Array): Uint8Array;
}

export function createRelayKey(): RelayKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    publicKey: new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-KEY_BYTES)),
    sign: (text) => new Uint8Array(sign(null, text, privateKey)),
  };
}

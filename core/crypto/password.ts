// Makes a room's password expensive to guess: Argon2id (RFC 9106), salted from the secret of the link, so that nothing can be
// worked out before somebody holds the link (docs/decisions/0008).
import { argon2id } from "hash-wasm";
import { utf8 } from "../../codec/bytes.ts";
import { CoreError } from "../errors.ts";
import { deriveKey } from "./hash.ts";

/**
 * Argon2id(NFKC(password), H(secret, "", "pw-salt", 16), 64 MiB, 3 passes, 1 lane), 32 bytes. Takes about half a second of
 * the thread it runs on. NFKC, because keyboards and clipboards write the same characters in different ways. Throws
 * `malformed` for an empty password.
 */
export async function stretchPassword(password: string, secret: Uint8Array): Promise<Uint8Array> {
  if (password === "") throw new CoreError("malformed", "empty password");
  return argon2id({
    password: utf8(password.normalize("NFKC")),
    salt: deriveKey(secret, new Uint8Array(), "pw-salt", 16),
    memorySize: 65_536,
    iterations: 3,
    parallelism: 1,
    hashLength: 32,
    outputType: "binary",
  });
}

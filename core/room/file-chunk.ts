// A file's chunks: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over AES-256-GCM. Place and end of each chunk are in its
// nonce and the offer is in its associated data, so that none can be moved, left out, cut off or taken from another file.
import { concat } from "../../codec/bytes.ts";
import { encode, u32 } from "../../codec/codec.ts";
import { open, seal, TAG_BYTES } from "../crypto/aead.ts";
import { sha256 } from "../crypto/hash.ts";
import { CoreError } from "../errors.ts";

/** Most bytes of a file in one chunk. */
export const MAX_CHUNK_BYTES = 256 * 1024;

export interface FileKeys {
  /** 32 random bytes, of this file alone. */
  readonly key: Uint8Array;
  /** 7 random bytes. */
  readonly noncePrefix: Uint8Array;
  /** SHA-256 of the offer as it was encoded. */
  readonly offerDigest: Uint8Array;
}

export interface ChunkPlace {
  /** Counted from 0. */
  readonly index: number;
  readonly last: boolean;
}

export function fileKeys(key: Uint8Array, noncePrefix: Uint8Array, offer: Uint8Array): FileKeys {
  if (key.length !== 32 || noncePrefix.length !== 7) throw new CoreError("malformed", "file keys");
  return { key, noncePrefix, offerDigest: sha256(offer) };
}

/**
 * The same place must never be sealed for two different contents, or the nonce repeats: a file that changes while it is sent
 * needs a new key.
 */
export async function sealChunk(file: FileKeys, place: ChunkPlace, plain: Uint8Array): Promise<Uint8Array> {
  const nonce = nonceAt(file, place, plain.length);
  return seal(file.key, nonce, file.offerDigest, plain);
}

/** Throws `malformed` for what can be no chunk, `decrypt_failed` for one of another place, file, offer or key. */
export async function openChunk(file: FileKeys, place: ChunkPlace, sealed: Uint8Array): Promise<Uint8Array> {
  const nonce = nonceAt(file, place, sealed.length - TAG_BYTES);
  return open(file.key, nonce, file.offerDigest, sealed);
}

/** prefix ‖ u32 index ‖ u8 last, for a chunk that may be there. */
function nonceAt(file: FileKeys, { index, last }: ChunkPlace, length: number): Uint8Array {
  if (!Number.isInteger(index) || index < 0 || index >= 2 ** 32) throw new CoreError("malformed", "chunk index");
  if (length < 0 || length > MAX_CHUNK_BYTES) throw new CoreError("malformed", "chunk size");
  // Only an empty file has an empty chunk, so a file has one division into chunks of a size.
  if (length === 0 && !(last && index === 0)) throw new CoreError("malformed", "empty chunk");
  return concat(file.noncePrefix, encode(u32, index), Uint8Array.of(last ? 1 : 0));
}

// The outer envelope: everything that passes the relay is sealed under a key that all members hold, padded to a bucket.
// The relay sees neither MLS nor a sender nor the true length. Layout: nonce ‖ AES-256-GCM(u32 length ‖ body ‖ zeros).
import { concat, utf8 } from "../../codec/bytes.ts";
import { NONCE_BYTES, open, seal, TAG_BYTES } from "../crypto/aead.ts";
import { deriveKey } from "../crypto/hash.ts";
import { randomBytes } from "../crypto/random.ts";
import { CoreError } from "../errors.ts";

const MIN_BUCKET = 256;
const MAX_BUCKET = 256 * 1024;
const OVERHEAD = NONCE_BYTES + TAG_BYTES + 4;

/** What is inside; part of the authenticated data, so that one kind never passes for another. */
export type EnvelopeKind = "commit" | "message" | "signal" | "beat" | "groupinfo";

export interface OuterKeys {
  readonly handle: Uint8Array;
  readonly envelope: Uint8Array;
  readonly groupInfo: Uint8Array;
}

export function deriveOuterKeys(outerKey: Uint8Array, handle: Uint8Array): OuterKeys {
  return {
    handle,
    envelope: deriveKey(outerKey, handle, "envelope", 32),
    groupInfo: deriveKey(outerKey, handle, "groupinfo", 32),
  };
}

/** The size on the wire of a sealed body: the smallest power of two from 256 B to 256 KiB that holds it. */
export function bucketOf(bodyBytes: number): number {
  let bucket = MIN_BUCKET;
  while (bucket < bodyBytes + OVERHEAD) bucket *= 2;
  if (bucket > MAX_BUCKET) throw new CoreError("too_large", "no bucket holds this");
  return bucket;
}

function aadOf(kind: EnvelopeKind, keys: OuterKeys, cid: Uint8Array): Uint8Array {
  return concat(utf8("SR1"), keys.handle, Uint8Array.of(kind.length), utf8(kind), cid);
}

const keyFor = (kind: EnvelopeKind, keys: OuterKeys) => (kind === "groupinfo" ? keys.groupInfo : keys.envelope);

/** Seals `body` for the epoch that the commit `cid` opened. */
export async function sealEnvelope(
  keys: OuterKeys,
  kind: EnvelopeKind,
  cid: Uint8Array,
  body: Uint8Array,
): Promise<Uint8Array> {
  const plain = new Uint8Array(bucketOf(body.length) - NONCE_BYTES - TAG_BYTES);
  new DataView(plain.buffer).setUint32(0, body.length);
  plain.set(body, 4);
  const nonce = randomBytes(NONCE_BYTES);
  return concat(nonce, await seal(keyFor(kind, keys), nonce, aadOf(kind, keys, cid), plain));
}

/** Throws `decrypt_failed` for anything not sealed so, `malformed` for a body that breaks the layout. */
export async function openEnvelope(
  keys: OuterKeys,
  kind: EnvelopeKind,
  cid: Uint8Array,
  sealed: Uint8Array,
): Promise<Uint8Array> {
  const isBucket =
    sealed.length >= MIN_BUCKET && sealed.length <= MAX_BUCKET && Number.isInteger(Math.log2(sealed.length));
  if (!isBucket) throw new CoreError("malformed", "not a bucket");
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const plain = await open(keyFor(kind, keys), nonce, aadOf(kind, keys, cid), sealed.subarray(NONCE_BYTES));
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(0);
  if (length > plain.length - 4 || bucketOf(length) !== sealed.length) throw new CoreError("malformed", "length");
  if (plain.subarray(4 + length).some((byte) => byte !== 0)) throw new CoreError("malformed", "padding");
  return plain.slice(4, 4 + length);
}

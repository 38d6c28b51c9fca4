// The byte strings that a client signs for the relay. Both sides build them here and nowhere else.
import { concat, utf8 } from "../codec/bytes.ts";
import { encode, text, u53 } from "../codec/codec.ts";

/** Proof of an invite: bound to the relay's origin, the invite and the relay's one-time nonce. */
export function admissionText(origin: string, inviteId: Uint8Array, nonce: Uint8Array): Uint8Array {
  return concat(utf8("SR1 admit"), encode(text(512), origin), inviteId, nonce);
}

/** An owner's request: bound to the room, a counter that only grows, the operation and its argument. */
export function ownerText(
  handle: Uint8Array,
  counter: number,
  operation: "end" | "evict",
  argument: Uint8Array = new Uint8Array(),
): Uint8Array {
  return concat(utf8("SR1 owner"), handle, encode(u53, counter), encode(text(32), operation), argument);
}

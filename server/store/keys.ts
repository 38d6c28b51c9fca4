// Ids as map keys. Each kind has its own type, so that a room handle can never stand where an invite id is meant.
import { hash } from "node:crypto";
import { handleText } from "../../codec/signing.ts";
import type { RoomRecord } from "../../codec/signing.ts";
import { ID_BYTES } from "../../wire/limits.ts";

declare const kind: unique symbol;
type Key<K extends string> = string & { readonly [kind]: K };

export type RoomKey = Key<"room">;
export type InviteKey = Key<"invite">;
export type SeatKey = Key<"seat">;
/** A public key that makes an owner's requests. */
export type SignerKey = Key<"signer">;
/** Names one connection. Made by the relay, never chosen by a client. */
export type ConnectionId = Key<"connection">;

function hex(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString("hex");
}

/** The handle follows from the record, so that a room can be shown again to a relay that forgot it. */
export function handleOf(record: RoomRecord): Uint8Array {
  return new Uint8Array(hash("sha256", handleText(record), "buffer").subarray(0, ID_BYTES));
}

export function roomKey(handle: Uint8Array): RoomKey {
  return hex(handle) as RoomKey;
}

export function inviteKey(inviteId: Uint8Array): InviteKey {
  return hex(inviteId) as InviteKey;
}

export function seatKey(seat: Uint8Array): SeatKey {
  return hex(seat) as SeatKey;
}

export function signerKey(publicKey: Uint8Array): SignerKey {
  return hex(publicKey) as SignerKey;
}

export function connectionId(id: string): ConnectionId {
  return id as ConnectionId;
}

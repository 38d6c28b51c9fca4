// The byte strings that relay and members sign, check or hash alike. Both sides build them here and nowhere else.
import { concat, utf8 } from "./bytes.ts";
import { encode, fixed, struct, text, u16, u32, u53 } from "./codec.ts";

/** Proof of an invite: bound to the relay's origin, the invite and the relay's one-time nonce. */
export function admissionText(origin: string, inviteId: Uint8Array, nonce: Uint8Array): Uint8Array {
  return concat(utf8("SR1 admit"), encode(text(512), origin), inviteId, nonce);
}

/** An owner's request: bound to the room, a counter that only grows, the request's name and its encoded argument. */
export function ownerText(
  handle: Uint8Array,
  counter: number,
  request: string,
  argument: Uint8Array = new Uint8Array(),
): Uint8Array {
  return concat(utf8("SR1 owner"), handle, encode(u53, counter), encode(text(32), request), argument);
}

/** The owner lets another key make the requests of a moderator, until it takes that back by a request of a later counter. */
export function delegationText(handle: Uint8Array, key: Uint8Array, issued: number): Uint8Array {
  return concat(utf8("SR1 delegate"), handle, key, encode(u53, issued));
}

/** What a room is to a relay for good. The room's handle is its hash, so a room can be shown again to a relay that forgot it. */
export interface RoomRecord {
  readonly ownerKey: Uint8Array;
  readonly lifeS: number;
  readonly maxMembers: number;
  readonly salt: Uint8Array;
}

export const roomRecord = struct<RoomRecord>({ ownerKey: fixed(32), lifeS: u32, maxMembers: u16, salt: fixed(16) });

/** handle = SHA-256 of this, first 16 bytes. */
export function handleText(record: RoomRecord): Uint8Array {
  return concat(utf8("SR1 handle"), encode(roomRecord, record));
}

/** The relay's word that whoever held a seat has been away for long. A seat is renamed with each return. */
export function goneText(handle: Uint8Array, seat: Uint8Array): Uint8Array {
  return concat(utf8("SR1 gone"), handle, seat);
}

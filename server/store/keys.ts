// Ids as map keys. Each kind has its own type, so that a room handle can never stand where an invite id is meant.
import { toHex } from "../../codec/bytes.ts";

declare const kind: unique symbol;
type Key<K extends string> = string & { readonly [kind]: K };

export type RoomKey = Key<"room">;
export type InviteKey = Key<"invite">;
export type SeatKey = Key<"seat">;
export type CommitKey = Key<"commit">;
/** Names one connection. Made by the relay, never chosen by a client. */
export type ConnectionId = Key<"connection">;

export function roomKey(handle: Uint8Array): RoomKey {
  return toHex(handle) as RoomKey;
}

export function inviteKey(inviteId: Uint8Array): InviteKey {
  return toHex(inviteId) as InviteKey;
}

export function seatKey(seat: Uint8Array): SeatKey {
  return toHex(seat) as SeatKey;
}

export function commitKey(cid: Uint8Array): CommitKey {
  return toHex(cid) as CommitKey;
}

export function connectionId(id: string): ConnectionId {
  return id as ConnectionId;
}

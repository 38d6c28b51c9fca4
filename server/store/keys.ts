// Ids as map keys. Each kind has its own type, so that a room handle can never stand where an invite id is meant.
declare const kind: unique symbol;
type Key<K extends string> = string & { readonly [kind]: K };

export type RoomKey = Key<"room">;
export type InviteKey = Key<"invite">;
export type SeatKey = Key<"seat">;
/** Names one connection. Made by the relay, never chosen by a client. */
export type ConnectionId = Key<"connection">;

function hex(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString("hex");
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

export function connectionId(id: string): ConnectionId {
  return id as ConnectionId;
}

// A place in a room, held by whoever has its token.
import { randomBytes } from "node:crypto";
import { ID_BYTES, SILENCE_MS, TOKEN_BYTES } from "../../wire/limits.ts";
import type { ConnectionId } from "./keys.ts";

export interface SeatRecord {
  /** First bytes of the commit that brought its holder in; a rejoin renews it. */
  id: Uint8Array;
  readonly token: Uint8Array;
  /** Its holder may not send messages. */
  readonly isReadOnly: boolean;
  connection: ConnectionId | undefined;
  droppedAtMs: number | undefined;
  /** Whether the room has been told that its holder is silent. */
  silence: "none" | "noted" | "told";
}

export function openSeat(id: Uint8Array, connection: ConnectionId, readOnly = false): SeatRecord {
  return {
    id: id.slice(0, ID_BYTES),
    token: new Uint8Array(randomBytes(TOKEN_BYTES)),
    isReadOnly: readOnly,
    connection,
    droppedAtMs: undefined,
    silence: "none",
  };
}

/** When the seat becomes silent; `Infinity` for one that is here, or silent already. */
export function silentAtMs({ droppedAtMs, silence }: SeatRecord): number {
  return droppedAtMs === undefined || silence !== "none" ? Infinity : droppedAtMs + SILENCE_MS;
}

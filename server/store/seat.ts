// A place in a room, held by whoever has its token.
import { randomBytes } from "node:crypto";
import { ID_BYTES, TOKEN_BYTES } from "../../wire/limits.ts";
import type { ConnectionId } from "./keys.ts";

export interface SeatRecord {
  /** First bytes of the commit that brought its holder in; a rejoin renews it. */
  id: Uint8Array;
  readonly token: Uint8Array;
  connection: ConnectionId | undefined;
  droppedAtMs: number | undefined;
}

export function openSeat(cid: Uint8Array, connection: ConnectionId): SeatRecord {
  return {
    id: cid.slice(0, ID_BYTES),
    token: new Uint8Array(randomBytes(TOKEN_BYTES)),
    connection,
    droppedAtMs: undefined,
  };
}

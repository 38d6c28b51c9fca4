// The relay's word that somebody has been away for long, with which the others may take them out of the group.
import { goneText } from "../../codec/signing.ts";
import type { NoticeBody } from "../../wire/events.ts";
import type { Room } from "./room.ts";
import { silentAtMs } from "./seat.ts";
import type { SeatRecord } from "./seat.ts";

/** Notes whose time has come; returns those. */
export function noteSilence(room: Room, nowMs: number): SeatRecord[] {
  const due = [...room.seats.values()].filter((seat) => silentAtMs(seat) <= nowMs);
  for (const seat of due) seat.silence = "noted";
  return due;
}

/** To be told to somebody: from here on the seat's holder has to rejoin, or the receipt would still name it. */
export function issueReceipt(room: Room, seat: SeatRecord): NoticeBody<"seat:silent"> {
  seat.silence = "told";
  return { seat: seat.id, receipt: room.relayKey.sign(goneText(room.handle, seat.id)) };
}

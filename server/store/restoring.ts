// A room this relay has lost comes back: first it is offered for a window of time, then the window is judged.
import type { Answer, Ask } from "../../wire/events.ts";
import { MIN_ROOM_TTL_S } from "../../wire/limits.ts";
import type { RoomRecord } from "../../codec/signing.ts";
import { handleOf } from "./keys.ts";
import type { ConnectionId } from "./keys.ts";
import { judge } from "./restore-windows.ts";
import type { RestoreWindow, RestoreWindows } from "./restore-windows.ts";
import type { RoomKeeper, StoreOptions } from "./room-keeper.ts";
import { refuse } from "./room-store.ts";
import type { Decision, RestoreOffer } from "./room-store.ts";
import { openRoom } from "./room.ts";
import { openSeat } from "./seat.ts";

/** Whether this relay takes such a room at all. */
export function isAllowedRecord({ lifeS, maxMembers }: RoomRecord, options: StoreOptions): boolean {
  if (lifeS < MIN_ROOM_TTL_S || lifeS > options.maxRoomTtlS) return false;
  return maxMembers >= 2 && maxMembers <= options.maxMembers;
}

export function offerRoom(
  keeper: RoomKeeper,
  windows: RestoreWindows,
  by: ConnectionId,
  ask: Ask<"room:restore">,
): Decision<RestoreOffer> {
  const { nowMs } = keeper;
  const isStranger = keeper.standings.get(by) === undefined && windows.of(by) === undefined;
  if (!isStranger || !isAllowedRecord(ask.record, keeper.options)) return refuse("malformed");
  const handle = handleOf(ask.record);
  const room = keeper.live(keeper.registry.find(handle));
  if (room !== undefined) {
    if (!room.takesReturners(nowMs)) return refuse("not_admitted");
    keeper.apply(by, room, undefined);
    return { ok: true, value: { isFirst: false, waitMs: 0 } };
  }
  if (ask.lifeMs < 1 || keeper.tombstones.covers(handle, nowMs)) return refuse("expired");
  const open = windows.find(handle);
  if (open === undefined && keeper.registry.roomCount + windows.size >= keeper.options.rooms)
    return refuse("try_later");
  const window = open ?? windows.open(ask.record, nowMs);
  windows.add(window, by, ask);
  return { ok: true, value: { isFirst: open === undefined, waitMs: Math.max(0, window.endsAtMs - nowMs) } };
}

export function takeRestored(
  keeper: RoomKeeper,
  windows: RestoreWindows,
  by: ConnectionId,
): Decision<Answer<"room:restore">> {
  const window = windows.of(by);
  if (window !== undefined && window.endsAtMs > keeper.nowMs) return refuse("try_later");
  if (window !== undefined) closeWindow(keeper, windows, window);
  const standing = keeper.standing(by);
  if (standing?.room.restoredAtMs === undefined) return refuse("not_admitted");
  const seat = standing.kind === "seat" ? { seat: standing.seat.id, resumeToken: standing.seat.token } : undefined;
  return { ok: true, value: { seat, ...standing.room.facts(keeper.nowMs) } };
}

/** The room is there again, with those in their seats who said what most said; the others may rejoin. */
export function closeWindow(keeper: RoomKeeper, windows: RestoreWindows, window: RestoreWindow): void {
  const { nowMs } = keeper;
  const verdict = judge(window);
  windows.close(window);
  if (verdict === undefined) return;
  const { head, lifeMs, winners } = verdict;
  const room = openRoom({ record: window.record, head, lifeMs, restoredAtMs: nowMs }, nowMs);
  keeper.registry.add(room);
  for (const { by, seat } of winners) {
    const record = openSeat(seat, by);
    room.addSeat(record);
    keeper.seat(by, room, record);
  }
  for (const by of window.offerers) if (!keeper.standings.has(by)) keeper.apply(by, room, undefined);
  keeper.arm(room);
}

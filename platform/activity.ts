// What the background must know of the engine: is a room open (updates wait), how much is unread (badge).
import type { EngineEvent, EngineHost, RoomSnapshot } from "../bridge/contract.ts";
import type { Activity } from "./messages.ts";

/** Tells the activity now and at each change. */
export function watchActivity(engine: EngineHost, tell: (activity: Activity) => void): void {
  const rooms = new Map(engine.snapshot().rooms.map(({ room }) => [room.id, room]));
  let last: Activity | undefined;
  const update = (): void => {
    const next = activityOf(rooms.values());
    if (last?.isRoomOpen === next.isRoomOpen && last.unread === next.unread) return;
    last = next;
    tell(next);
  };
  engine.subscribe((event) => {
    if (apply(rooms, event)) update();
  });
  update();
}

export function activityOf(rooms: Iterable<RoomSnapshot>): Activity {
  const all = [...rooms];
  return {
    isRoomOpen: all.some((room) => room.phase !== "ended"),
    unread: all.reduce((sum, room) => sum + room.unread, 0),
  };
}

function apply(rooms: Map<string, RoomSnapshot>, event: EngineEvent): boolean {
  if (event.kind === "room") rooms.set(event.room.id, event.room);
  if (event.kind === "room-gone") rooms.delete(event.id);
  return event.kind === "room" || event.kind === "room-gone";
}

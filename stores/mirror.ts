// What views know of the engine: a snapshot with the events since applied. Pure, so that it can be tested alone.
import type {
  EngineEvent,
  EngineSnapshot,
  LocalRoomId,
  RoomSnapshot,
  Settings,
  TimelineItem,
} from "../bridge/contract.ts";

export interface Mirror {
  readonly isLoaded: boolean;
  readonly settings: Settings;
  readonly rooms: ReadonlyMap<LocalRoomId, RoomSnapshot>;
  readonly timelines: ReadonlyMap<LocalRoomId, readonly TimelineItem[]>;
}

export const emptyMirror: Mirror = {
  isLoaded: false,
  settings: { relay: "", displayName: "", theme: "system", sendsReceipts: true, sendsTyping: true },
  rooms: new Map(),
  timelines: new Map(),
};

export function mirrorOf(snapshot: EngineSnapshot): Mirror {
  return {
    isLoaded: true,
    settings: snapshot.settings,
    rooms: new Map(snapshot.rooms.map(({ room }) => [room.id, room])),
    timelines: new Map(snapshot.rooms.map(({ room, timeline }) => [room.id, timeline])),
  };
}

export function applyEvent(mirror: Mirror, event: EngineEvent): Mirror {
  if (event.kind === "settings") return { ...mirror, settings: event.settings };
  if (event.kind === "room") return { ...mirror, rooms: withEntry(mirror.rooms, event.room.id, event.room) };
  if (event.kind === "timeline") {
    const before = mirror.timelines.get(event.id) ?? [];
    return { ...mirror, timelines: withEntry(mirror.timelines, event.id, ordered(before, event.items, event.order)) };
  }
  return {
    ...mirror,
    rooms: withoutEntry(mirror.rooms, event.id),
    timelines: withoutEntry(mirror.timelines, event.id),
  };
}

/** The items named by `order`, the new ones in place of those of the same id. An id nobody described is left out. */
function ordered(
  before: readonly TimelineItem[],
  changed: readonly TimelineItem[],
  order: readonly string[],
): readonly TimelineItem[] {
  const known = new Map(before.map((item) => [item.id, item]));
  for (const item of changed) known.set(item.id, item);
  return order.flatMap((id) => known.get(id) ?? []);
}

function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

function withoutEntry<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

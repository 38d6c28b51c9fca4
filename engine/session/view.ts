// What views see of a session: plain snapshots, built so that an unchanged item stays the same object.
import type { MemberSnapshot, RoomSnapshot, TimelineItem } from "../../bridge/contract.ts";
import type { Entry } from "../../core/room/timeline.ts";
import { isOnline, selfIdOf } from "./room.ts";
import type { OutgoingText, Room } from "./room.ts";

/** A member whose profile has not arrived yet. */
function nameOf(room: Room, memberId: string): string {
  if (memberId === selfIdOf(room)) return room.displayName;
  return room.profiles.get(memberId)?.name ?? `Guest ${memberId.slice(0, 4)}`;
}

export function snapshotOf(room: Room): RoomSnapshot {
  const selfId = selfIdOf(room);
  const ownerId = room.facts?.ownerId;
  const members = (room.phase === "ended" ? [] : (room.standing?.members ?? [])).map((id): MemberSnapshot => ({
    id,
    name: nameOf(room, id),
    isSelf: id === selfId,
    isOwner: id === ownerId,
    isOnline: isOnline(room, id),
  }));
  const { clock } = room.ports;
  const isKnown = Number.isFinite(room.endsAtMs);
  return {
    id: room.id,
    phase: room.phase,
    name: room.facts?.name ?? "",
    relayHost: new URL(room.relayOrigin).host,
    selfId,
    isOwner: selfId !== "" && selfId === ownerId,
    members,
    maxMembers: room.facts?.maxMembers ?? 0,
    endsAtMs: isKnown ? Math.round(clock.wallMs() + room.endsAtMs - clock.monotonicMs()) : 0,
    link: room.link,
    hasPassword: false,
    epoch: String(room.standing?.epoch ?? 0),
    unread: room.unread,
    undecryptable: room.undecryptable,
    end: room.end,
  };
}

const ownStates = { waiting: "queued", "in-flight": "queued", held: "queued", sent: "sent", failed: "failed" } as const;

function itemOf(room: Room, entry: Entry, own: ReadonlyMap<string, OutgoingText>): TimelineItem {
  const { id, atMs } = entry;
  switch (entry.kind) {
    case "text": {
      const from = entry.at.author;
      const outgoing = own.get(id);
      const isOwn = from === selfIdOf(room);
      const state = outgoing ? ownStates[outgoing.state] : isOwn ? "sent" : "received";
      const { text, isLate } = entry;
      return { kind: "message", id, from, fromName: nameOf(room, from), isOwn, text, atMs, state, isLate };
    }
    case "gap": {
      const from = entry.at.author;
      const count = entry.to - entry.at.sequence + 1;
      return { kind: "gap", id, from, fromName: nameOf(room, from), count, atMs };
    }
    case "joined":
    case "left":
    case "removed":
      return { kind: entry.kind, id, from: entry.member, fromName: nameOf(room, entry.member), atMs };
    default:
      return entry satisfies never;
  }
}

function isSame(a: TimelineItem, b: TimelineItem): boolean {
  const keys = Object.keys(a) as (keyof TimelineItem)[];
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** The timeline as items; remembers what it built, so that callers can tell what changed by identity. */
export class TimelineView {
  #known = new Map<string, TimelineItem>();

  /** Items in screen order, and those that are new or different since the last call. */
  build(room: Room): { items: TimelineItem[]; changed: TimelineItem[] } {
    const own = new Map(room.outgoing.map((item) => [item.id, item]));
    const waiting = room.outgoing.filter(({ position }) => position === undefined);
    const fresh = [
      ...room.timeline.entries.map((entry) => itemOf(room, entry, own)),
      ...waiting.map((item) => waitingItem(room, item)),
    ];
    const changed: TimelineItem[] = [];
    const items = fresh.map((item) => {
      const known = this.#known.get(item.id);
      if (known && isSame(known, item)) return known;
      changed.push(item);
      return item;
    });
    this.#known = new Map(items.map((item) => [item.id, item]));
    return { items, changed };
  }
}

function waitingItem(room: Room, { id, text, atMs, state }: OutgoingText): TimelineItem {
  const from = selfIdOf(room);
  const fromName = nameOf(room, from);
  return { kind: "message", id, from, fromName, isOwn: true, text, atMs, state: ownStates[state], isLate: false };
}

/** Equal for two snapshots that views need not be told apart. */
export function snapshotKey(snapshot: RoomSnapshot): string {
  return JSON.stringify({ ...snapshot, endsAtMs: Math.round(snapshot.endsAtMs / 2000) });
}

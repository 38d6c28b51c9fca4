// What views see of a session: plain snapshots, built so that an unchanged item stays the same object.
import { toHex } from "../../codec/bytes.ts";
import type {
  InviteSnapshot,
  KnockSnapshot,
  MemberSnapshot,
  RoomSnapshot,
  RoomWarning,
  TimelineItem,
} from "../../bridge/contract.ts";
import { decodeLink } from "../../core/room/link.ts";
import type { Entry } from "../../core/room/timeline.ts";
import type { InviteFacts } from "../workers/group-contract.ts";
import { isDelegate, isModerator, isOnline, isOwner, isReadOnly, nameOf, selfIdOf } from "./room.ts";
import type { OutgoingText, Room } from "./room.ts";

export function snapshotOf(room: Room): RoomSnapshot {
  const link = linkOf(room);
  return {
    id: room.id,
    phase: room.phase,
    entry: room.phase === "joining" ? room.entry : undefined,
    name: room.facts?.name ?? "",
    relayHost: new URL(room.relayOrigin).host,
    selfId: selfIdOf(room),
    isOwner: isOwner(room),
    isDelegate: isDelegate(room),
    isReadOnly: isReadOnly(room),
    ...roomFacts(room),
    members: room.phase === "ended" ? [] : membersOf(room),
    invites: isModerator(room) ? invitesOf(room) : [],
    knocks: isModerator(room) ? knocksOf(room) : [],
    warning: warningOf(room),
    emoji: room.emoji,
    endsAtMs: endsAtMsOf(room),
    link,
    hasPassword: link !== undefined && decodeLink(link).flags.hasPassword,
    unread: room.unread,
    undecryptable: room.undecryptable,
    end: room.end,
  };
}

function roomFacts({ standing, facts }: Room): Pick<RoomSnapshot, "isLocked" | "maxMembers" | "epoch"> {
  if (!standing) return { isLocked: false, maxMembers: facts?.maxMembers ?? 0, epoch: "0" };
  const { isLocked, maxMembers } = standing.terms;
  return { isLocked, maxMembers, epoch: String(standing.epoch) };
}

/** On the wall clock; zero while it is not known. */
function endsAtMsOf({ endsAtMs, ports: { clock } }: Room): number {
  return Number.isFinite(endsAtMs) ? Math.round(clock.wallMs() + endsAtMs - clock.monotonicMs()) : 0;
}

function knocksOf(room: Room): KnockSnapshot[] {
  return [...room.knocks.values()].map(({ id, memberId, name, atMs }) => ({ id, memberId, name, atMs }));
}

function membersOf(room: Room): MemberSnapshot[] {
  const nowMs = room.ports.clock.monotonicMs();
  return (room.standing?.members ?? []).map((id) => ({
    id,
    name: nameOf(room, id),
    isSelf: id === selfIdOf(room),
    isOwner: isOwner(room, id),
    isDelegate: isDelegate(room, id),
    isReadOnly: isReadOnly(room, id),
    isOnline: isOnline(room, id),
    isVerified: room.verified.has(id),
    isTyping: (room.typing.get(id) ?? 0) > nowMs,
  }));
}

function invitesOf(room: Room): InviteSnapshot[] {
  const own = new Map(room.ownInvites.map((invite) => [toHex(invite.inviteId), invite]));
  return (room.standing?.terms.invites ?? []).map(({ inviteId, issuer, ...invite }) => {
    const id = toHex(inviteId);
    const made = own.get(id);
    return {
      ...invite,
      id,
      link: made?.link,
      expiresAtMs: made?.expiresAtMs,
      byName: nameOf(room, issuer),
      isOwn: made !== undefined,
      failures: room.guesses.get(id) ?? 0,
    };
  });
}

/** The link to hand on: the most open one of one's own that works, else the one that brought this member in. */
function linkOf(room: Room): string | undefined {
  const { joinLink, standing, ownInvites } = room;
  const live = standing?.terms.invites.filter(({ maxUses, used }) => maxUses === 0 || used < maxUses) ?? [];
  const byOpenness = live.toSorted((a, b) => limitsOf(a) - limitsOf(b)).map(({ inviteId }) => toHex(inviteId));
  const links = new Map(ownInvites.map(({ inviteId, link }) => [toHex(inviteId), link]));
  const own = isModerator(room) ? byOpenness.find((id) => links.has(id)) : undefined;
  if (own !== undefined) return links.get(own);
  const isLive = joinLink !== undefined && (standing === undefined || byOpenness.includes(joinLink.inviteId));
  return isLive ? joinLink.text : undefined;
}

function limitsOf({ maxUses, readOnly, askFirst }: InviteFacts): number {
  return 4 * Number(maxUses > 0) + 2 * Number(readOnly) + Number(askFirst);
}

function warningOf(room: Room): RoomWarning | undefined {
  const named = (ids: Iterable<string>): string[] => [...ids].map((id) => nameOf(room, id));
  if (room.warning?.kind === "split") return { kind: "split", names: named(room.warning.members) };
  if (room.equivocators.size > 0) return { kind: "equivocation", names: named(room.equivocators) };
  return room.warning && { kind: "behind", names: named(room.warning.members) };
}

const ownStates = { waiting: "queued", "in-flight": "queued", held: "queued", sent: "sent", failed: "failed" } as const;

/** How many of the others have said that they hold it. */
function deliveredTo(room: Room, { position }: OutgoingText): number {
  if (!position) return 0;
  return [...room.receipts.values()].filter(({ run, sequence }) => run === room.run && sequence >= position.sequence)
    .length;
}

function ownItem(room: Room, item: OutgoingText): TimelineItem {
  const { id, text, atMs, state } = item;
  const from = selfIdOf(room);
  const count = deliveredTo(room, item);
  return {
    kind: "message",
    id,
    from,
    fromName: nameOf(room, from),
    isOwn: true,
    text,
    atMs,
    state: state === "sent" && count > 0 ? "delivered" : ownStates[state],
    deliveredTo: count,
    isLate: false,
  };
}

function itemOf(room: Room, entry: Entry, own: ReadonlyMap<string, OutgoingText>): TimelineItem {
  const { id, atMs } = entry;
  switch (entry.kind) {
    case "text": {
      const outgoing = own.get(id);
      if (outgoing) return ownItem(room, outgoing);
      const from = entry.at.author;
      const { text, isLate } = entry;
      const common = { kind: "message", id, from, fromName: nameOf(room, from), text, atMs, isLate } as const;
      return { ...common, isOwn: from === selfIdOf(room), state: "received", deliveredTo: 0 };
    }
    case "gap": {
      const from = entry.at.author;
      const count = entry.to - entry.at.sequence + 1;
      return { kind: "gap", id, from, fromName: nameOf(room, from), count, atMs };
    }
    case "changed": {
      const { what, member, by } = entry;
      return {
        kind: "changed",
        id,
        what,
        from: member,
        fromName: nameOf(room, member),
        byName: nameOf(room, by),
        atMs,
      };
    }
    case "joined":
    case "left":
    case "removed":
    case "gone":
    case "returned": {
      const { kind, member, by, approvedBy } = entry;
      const named = (memberId: string | undefined) => (memberId === undefined ? undefined : nameOf(room, memberId));
      const names = { fromName: nameOf(room, member), byName: named(by), approvedByName: named(approvedBy) };
      return { kind, id, from: member, ...names, atMs };
    }
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
      ...waiting.map((item) => ownItem(room, item)),
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

/** Equal for two snapshots that views need not be told apart. */
export function snapshotKey(snapshot: RoomSnapshot): string {
  return JSON.stringify({ ...snapshot, endsAtMs: Math.round(snapshot.endsAtMs / 2000) });
}

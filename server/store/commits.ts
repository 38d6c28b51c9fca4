// The ordering of a room: which commit wins an epoch, and how one that honest members refuse is undone. Each function is
// one step on one room; who may ask is checked by the store.
import { hash } from "node:crypto";
import { equalBytes } from "../../codec/bytes.ts";
import type { Ask } from "../../wire/events.ts";
import { ID_BYTES } from "../../wire/limits.ts";
import type { RingEntry } from "./commit-ring.ts";
import { seatKey } from "./keys.ts";
import type { ConnectionId } from "./keys.ts";
import { isReadOnly } from "./invite.ts";
import type { Invite } from "./invite.ts";
import type { Room } from "./room.ts";
import { openSeat } from "./seat.ts";
import type { SeatRecord } from "./seat.ts";

/** SHA-256 of the envelope (docs/PROTOCOL.md, "Envelope and order"). */
export function commitId(envelope: Uint8Array): Uint8Array {
  return new Uint8Array(hash("sha256", envelope, "buffer"));
}

/**
 * Who commits: a member in its seat, a member that comes back into its tree, or somebody without a seat, by an invite or
 * back to a room that had been lost.
 */
export type Committer =
  | { readonly kind: "member"; readonly seat: SeatRecord }
  | { readonly kind: "rejoiner"; readonly seat: SeatRecord }
  | { readonly kind: "joiner"; readonly connection: ConnectionId; readonly invite: Invite | undefined };

/** Whether the commit could become the room's next one; its id and the seat it may bring must be new. */
export function isFresh(room: Room, cid: Uint8Array): boolean {
  return !room.ring.knows(cid) && !room.seats.has(seatKey(cid.slice(0, ID_BYTES)));
}

/** Moves the room to the commit `cid`. The caller has compared the base and checked the committer. */
export function applyCommit(
  room: Room,
  ask: Ask<"commit:send"> & { readonly cid: Uint8Array },
  committer: Committer,
  nowMs: number,
): { entry: RingEntry; seat: SeatRecord } {
  const { cid } = ask;
  const seat = committer.kind === "joiner" ? seatFor(cid, committer) : committer.seat;
  const electorate = new Set([...room.seats.values()].filter((other) => other !== seat));
  const epoch = room.head.epoch + 1;
  const entry: RingEntry = {
    passedOn: { seq: ++room.seq, baseCid: room.head.cid, epoch, envelope: ask.envelope },
    cid,
    acceptedAtMs: nowMs,
    before: room.head,
    committer: seat,
    effect: effectOf(committer),
    electorate,
    rejections: new Set(),
  };
  if (committer.kind === "joiner") room.addSeat(seat);
  if (committer.kind === "rejoiner") room.renameSeat(seat, cid.slice(0, ID_BYTES));
  room.head = { cid, epoch, groupInfo: ask.groupInfo, rotation: ask.rotation ?? room.head.rotation };
  room.ring.push(entry);
  room.asked.clear();
  room.owing.clear();
  room.tickets.resume();
  return { entry, seat };
}

function seatFor(cid: Uint8Array, { connection, invite }: Extract<Committer, { kind: "joiner" }>): SeatRecord {
  return openSeat(cid, connection, invite !== undefined && isReadOnly(invite));
}

function effectOf(committer: Committer): RingEntry["effect"] {
  switch (committer.kind) {
    case "member":
      return { kind: "none" };
    case "rejoiner":
      return { kind: "renewed", previousId: committer.seat.id };
    case "joiner":
      return { kind: "joined", invite: committer.invite };
    default:
      return committer satisfies never;
  }
}

/** Whether more than half of those who may vote and are here (or have voted) refuse the commit. */
export function isOutvoted(room: Room, entry: RingEntry): boolean {
  let voters = 0;
  let rejections = 0;
  for (const seat of entry.electorate) {
    if (!room.holds(seat)) continue;
    const rejects = entry.rejections.has(seat);
    if (rejects) rejections++;
    if (rejects || seat.connection !== undefined) voters++;
  }
  return 2 * rejections > voters;
}

/**
 * Brings the room back to before `entry`. Gone with it: everything after it, the seat of its committer and the seats that
 * later commits brought in. Members who committed on top of it keep theirs: they rejoin without an invite.
 * @returns the seats that are gone and the invites whose use was given back
 */
export function rollBack(room: Room, entry: RingEntry): { evicted: SeatRecord[]; refunded: Invite[] } {
  const dropped = room.ring.cut(entry);
  const evicted = new Set<SeatRecord>();
  const refunded: Invite[] = [];
  if (room.holds(entry.committer)) evicted.add(entry.committer);
  for (const { committer, effect } of dropped.toReversed()) {
    if (effect.kind === "renewed" && room.holds(committer)) room.renameSeat(committer, effect.previousId);
    if (effect.kind !== "joined") continue;
    if (effect.invite !== undefined) refunded.push(effect.invite);
    if (room.holds(committer)) evicted.add(committer);
  }
  for (const seat of evicted) room.removeSeat(seat);
  room.head = entry.before;
  room.seq++;
  room.asked.clear();
  room.owing.clear();
  room.tickets.resume();
  return { evicted: [...evicted], refunded };
}

/** Finds a seat by its token in the same time whether or not there is one. */
export function findSeatByToken(room: Room, token: Uint8Array): SeatRecord | undefined {
  let found: SeatRecord | undefined;
  for (const seat of room.seats.values()) if (equalBytes(seat.token, token)) found = seat;
  return found;
}

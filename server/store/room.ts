// One room in memory: its position, seats, invites and queue, and the questions about them that change nothing.
import type { Answer, Head } from "../../wire/events.ts";
import type { RoomRecord } from "../../codec/signing.ts";
import { SEAT_LIFE_MS } from "../../wire/limits.ts";
import { failuresDueAtMs } from "./attempts.ts";
import { CommitRing } from "./commit-ring.ts";
import type { Invite } from "./invite.ts";
import { handleOf, roomKey, seatKey } from "./keys.ts";
import type { ConnectionId, InviteKey, RoomKey, SeatKey } from "./keys.ts";
import type { Knock } from "./knocks.ts";
import { OwnerLedger } from "./owner-ledger.ts";
import { createRelayKey } from "./relay-key.ts";
import type { RelayKey } from "./relay-key.ts";
import { silentAtMs } from "./seat.ts";
import type { SeatRecord } from "./seat.ts";
import { TicketQueue } from "./ticket-queue.ts";

export interface RoomPlan {
  readonly record: RoomRecord;
  readonly head: Head;
  readonly lifeMs: number;
  /** Since when it is here again, after it had been lost. */
  readonly restoredAtMs?: number;
}

/** What a room begins with; the rest of it is filled in afterwards. */
interface RoomFields {
  readonly handle: Uint8Array;
  readonly relayKey: RelayKey;
  readonly maxMembers: number;
  readonly expiresAtMs: number;
  readonly restoredAtMs: number | undefined;
  readonly owner: OwnerLedger;
  readonly tickets: TicketQueue;
  readonly ring: CommitRing;
  readonly head: Head;
}

/** A room as its creator, or those who restore it, describe it. */
export function openRoom({ record, head, lifeMs, restoredAtMs }: RoomPlan, nowMs: number): Room {
  return new Room({
    handle: handleOf(record),
    relayKey: createRelayKey(),
    maxMembers: record.maxMembers,
    expiresAtMs: nowMs + lifeMs,
    restoredAtMs,
    owner: new OwnerLedger({ key: record.ownerKey }),
    tickets: new TicketQueue(),
    ring: new CommitRing({ entries: [], cids: [head.cid] }),
    head,
  });
}

export class Room {
  readonly key: RoomKey;
  readonly handle: Uint8Array;
  readonly relayKey: RelayKey;
  readonly maxMembers: number;
  readonly expiresAtMs: number;
  readonly restoredAtMs: number | undefined;
  readonly owner: OwnerLedger;
  readonly seats = new Map<SeatKey, SeatRecord>();
  readonly invites = new Map<InviteKey, Invite>();
  readonly applicants = new Set<ConnectionId>();
  /** By whoever knocks: one each. */
  readonly knocks = new Map<ConnectionId, Knock>();
  readonly tickets: TicketQueue;
  readonly ring: CommitRing;
  /** Seats that were asked for a fresh GroupInfo of the commit the room stands at. */
  readonly asked = new Set<SeatRecord>();
  /** Those of them that have not answered yet. */
  readonly owing = new Set<SeatRecord>();
  head: Head;
  seq = 0;
  isLocked = false;
  /** Since when no seat has a connection. */
  emptySinceMs: number | undefined;
  timer: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor({ handle, relayKey, maxMembers, expiresAtMs, restoredAtMs, owner, tickets, ring, head }: RoomFields) {
    this.key = roomKey(handle);
    this.handle = handle;
    this.relayKey = relayKey;
    this.maxMembers = maxMembers;
    this.expiresAtMs = expiresAtMs;
    this.restoredAtMs = restoredAtMs;
    this.owner = owner;
    this.tickets = tickets;
    this.ring = ring;
    this.head = head;
  }

  lifeMs(nowMs: number): number {
    return Math.max(0, Math.floor(this.expiresAtMs - nowMs));
  }

  isFull(): boolean {
    return this.seats.size >= this.maxMembers;
  }

  /** Whether a member without a seat may still come back to it: for as long as its seat would have waited. */
  takesReturners(nowMs: number): boolean {
    return this.restoredAtMs !== undefined && nowMs < this.restoredAtMs + SEAT_LIFE_MS;
  }

  /** What whoever enters is told of it. */
  facts(nowMs: number): Pick<Answer<"room:resume">, "seq" | "lifeMs" | "relayKey"> {
    return { seq: this.seq, lifeMs: this.lifeMs(nowMs), relayKey: this.relayKey.publicKey };
  }

  /** Connections that hold a seat, without one of them. */
  listeners(except?: ConnectionId): ConnectionId[] {
    const out: ConnectionId[] = [];
    for (const { connection } of this.seats.values())
      if (connection !== undefined && connection !== except) out.push(connection);
    return out;
  }

  addSeat(seat: SeatRecord): void {
    this.seats.set(seatKey(seat.id), seat);
  }

  removeSeat(seat: SeatRecord): void {
    this.seats.delete(seatKey(seat.id));
    this.asked.delete(seat);
    this.owing.delete(seat);
  }

  renameSeat(seat: SeatRecord, id: Uint8Array): void {
    this.seats.delete(seatKey(seat.id));
    seat.id = id;
    this.seats.set(seatKey(id), seat);
  }

  holds(seat: SeatRecord): boolean {
    return this.seats.get(seatKey(seat.id)) === seat;
  }

  /** To be called after connections came or went. */
  noteConnections(nowMs: number): void {
    for (const { connection } of this.seats.values()) {
      if (connection === undefined) continue;
      this.emptySinceMs = undefined;
      return;
    }
    this.emptySinceMs ??= nowMs;
  }

  /** The next moment at which something in here has to change by itself. */
  deadlineMs(emptyGraceMs: number): number {
    let next = Math.min(this.expiresAtMs, this.ring.deadlineMs(), this.tickets.deadlineMs());
    if (this.emptySinceMs !== undefined) next = Math.min(next, this.emptySinceMs + emptyGraceMs);
    for (const seat of this.seats.values()) {
      if (seat.droppedAtMs === undefined) continue;
      next = Math.min(next, seat.droppedAtMs + SEAT_LIFE_MS, silentAtMs(seat));
    }
    for (const invite of this.invites.values()) next = Math.min(next, invite.expiresAtMs, failuresDueAtMs(invite));
    return next;
  }
}

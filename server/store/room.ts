// One room in memory: its position, seats, invites and queue, and the questions about them that change nothing.
import type { Ask, Head } from "../../wire/events.ts";
import { SEAT_LIFE_MS } from "../../wire/limits.ts";
import { CommitRing } from "./commit-ring.ts";
import type { Invite } from "./invite.ts";
import { roomKey, seatKey } from "./keys.ts";
import type { ConnectionId, InviteKey, RoomKey, SeatKey } from "./keys.ts";
import type { SeatRecord } from "./seat.ts";
import { TicketQueue } from "./ticket-queue.ts";

export class Room {
  readonly key: RoomKey;
  readonly handle: Uint8Array;
  readonly ownerKey: Uint8Array;
  readonly maxMembers: number;
  readonly expiresAtMs: number;
  readonly seats = new Map<SeatKey, SeatRecord>();
  readonly invites = new Map<InviteKey, Invite>();
  readonly applicants = new Set<ConnectionId>();
  readonly tickets = new TicketQueue();
  readonly ring: CommitRing;
  /** Seats that were asked for a fresh GroupInfo of the commit the room stands at. */
  readonly asked = new Set<SeatRecord>();
  /** Those of them that have not answered yet. */
  readonly owing = new Set<SeatRecord>();
  head: Head;
  seq = 0;
  isLocked = false;
  ownerCounter = 0;
  /** Since when no seat has a connection. */
  emptySinceMs: number | undefined;
  timer: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor(ask: Ask<"room:create">, nowMs: number) {
    this.key = roomKey(ask.handle);
    this.handle = ask.handle;
    this.ownerKey = ask.ownerKey;
    this.maxMembers = ask.maxMembers;
    this.expiresAtMs = nowMs + ask.lifeS * 1000;
    this.head = { cid: ask.cid, epoch: 0, groupInfo: ask.groupInfo };
    this.ring = new CommitRing(ask.cid);
  }

  lifeMs(nowMs: number): number {
    return Math.max(0, Math.floor(this.expiresAtMs - nowMs));
  }

  isFull(): boolean {
    return this.seats.size >= this.maxMembers;
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
    for (const { droppedAtMs } of this.seats.values())
      if (droppedAtMs !== undefined) next = Math.min(next, droppedAtMs + SEAT_LIFE_MS);
    for (const { expiresAtMs } of this.invites.values()) next = Math.min(next, expiresAtMs);
    return next;
  }
}

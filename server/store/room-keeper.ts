// What happens to the rooms in memory beside what is asked: tickets go round, time passes, people go, rooms end. The
// store's decisions and the owner's powers are built on it.
import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Rate } from "../limits.ts";
import type { NoticeBody } from "../../wire/events.ts";
import { SEAT_LIFE_MS, TICKET_LEASE_MS } from "../../wire/limits.ts";
import { AttemptBuckets, takeFailures } from "./attempts.ts";
import type { Invite } from "./invite.ts";
import type { ConnectionId } from "./keys.ts";
import { knockNotice } from "./knocks.ts";
import type { Knock } from "./knocks.ts";
import { RoomRegistry } from "./room-registry.ts";
import type { Outlet } from "./room-store.ts";
import type { Room } from "./room.ts";
import type { SeatRecord } from "./seat.ts";
import { issueReceipt, noteSilence } from "./silence.ts";
import { openApplication } from "./standing.ts";
import type { Application, Seating } from "./standing.ts";
import { Tombstones } from "./tombstones.ts";

export interface StoreOptions {
  readonly maxRoomTtlS: number;
  readonly maxMembers: number;
  readonly emptyGraceS: number;
  readonly rooms: number;
  readonly tombstones: number;
  readonly waitingJoiners: number;
  readonly inviteAttempts: Rate;
}

export class RoomKeeper {
  readonly options: StoreOptions;
  readonly outlet: Outlet;
  readonly registry = new RoomRegistry();
  readonly standings = new Map<ConnectionId, Application | Seating>();
  readonly tombstones: Tombstones;
  readonly attempts: AttemptBuckets;
  readonly #clock: Clock;

  constructor(options: StoreOptions, clock: Clock, outlet: Outlet) {
    this.options = options;
    this.outlet = outlet;
    this.tombstones = new Tombstones(randomBytes(32), options.tombstones);
    this.attempts = new AttemptBuckets(options.inviteAttempts, clock);
    this.#clock = clock;
  }

  get nowMs(): number {
    return this.#clock.nowMs();
  }

  standing(by: ConnectionId): Application | Seating | undefined {
    const standing = this.standings.get(by);
    return standing === undefined || this.live(standing.room) === undefined ? undefined : standing;
  }

  seating(by: ConnectionId): Seating | undefined {
    const standing = this.standing(by);
    return standing?.kind === "seat" ? standing : undefined;
  }

  /** A room is gone at its time even when its timer is late. */
  live(room: Room | undefined): Room | undefined {
    if (room === undefined || room.expiresAtMs > this.nowMs) return room;
    this.endRoom(room, { reason: "expired", proof: undefined });
    return undefined;
  }

  /** Why nobody new may come in. A member that comes back is not new, so the lock is not for it. */
  barrier(room: Room, invite: Invite | undefined): "locked" | "full" | undefined {
    if (room.isLocked && invite !== undefined) return "locked";
    return room.isFull() ? "full" : undefined;
  }

  /** Whether its invite still lets the applicant in, and everybody has been asked who has to be. */
  mayEnter({ invite, isAdmitted }: Application): boolean {
    return isAdmitted && (invite === undefined || this.registry.isLive(invite, this.nowMs));
  }

  apply(by: ConnectionId, room: Room, invite: Invite | undefined): void {
    this.forgetApplication(by);
    this.standings.set(by, openApplication(room, invite));
    room.applicants.add(by);
  }

  forgetApplication(by: ConnectionId): void {
    const standing = this.standings.get(by);
    if (standing?.kind !== "applicant") return;
    const { room } = standing;
    this.standings.delete(by);
    room.applicants.delete(by);
    room.tickets.remove(by);
    const knock = room.knocks.get(by);
    if (knock !== undefined) this.removeKnock(room, knock);
    this.grant(room);
  }

  removeKnock(room: Room, knock: Knock): void {
    room.knocks.delete(knock.from);
    this.outlet.tell(room.listeners(), "knock:gone", { knock: knock.id });
  }

  /** Whoever knocked is told the answer; a "no" closes its connection. */
  answerKnock(room: Room, knock: Knock, answer: NoticeBody<"knock:answered">): void {
    const application = this.standings.get(knock.from);
    this.removeKnock(room, knock);
    this.outlet.tell([knock.from], "knock:answered", answer);
    if (answer.isAdmitted && application?.kind === "applicant") application.isAdmitted = true;
    else this.dismiss(knock.from);
  }

  /** Takes the application from a connection and closes it. */
  dismiss(by: ConnectionId): void {
    this.forgetApplication(by);
    this.outlet.cut(by);
  }

  /** The invite is over before it is used up; who knocked by it is told "no". */
  closeInvite(invite: Invite): void {
    const room = this.registry.roomOf(invite);
    this.registry.removeInvite(invite);
    if (room === undefined) return;
    for (const knock of room.knocks.values())
      if (knock.invite === invite) this.answerKnock(room, knock, { isAdmitted: false, sealed: new Uint8Array() });
  }

  grant(room: Room): void {
    const by = room.tickets.grant(this.nowMs);
    if (by !== undefined) {
      const standing = this.standings.get(by);
      if (standing?.kind === "applicant") standing.wasGranted = true;
      this.outlet.tell([by], "ticket:granted", { head: room.head, leaseMs: TICKET_LEASE_MS });
    }
    this.arm(room);
  }

  seat(by: ConnectionId, room: Room, seat: SeatRecord): void {
    this.standings.set(by, { kind: "seat", room, seat });
    room.applicants.delete(by);
    room.noteConnections(this.nowMs);
    for (const knock of room.knocks.values()) this.outlet.tell([by], "knock:received", knockNotice(knock));
    for (const other of room.seats.values())
      if (other.silence !== "none") this.outlet.tell([by], "seat:silent", issueReceipt(room, other));
  }

  /** Takes the connection from a seat and closes it. */
  unseat(room: Room, seat: SeatRecord): void {
    const { connection } = seat;
    if (connection === undefined) return;
    seat.connection = undefined;
    room.tickets.remove(connection);
    this.standings.delete(connection);
    this.outlet.cut(connection);
  }

  afterDeparture(room: Room): void {
    if (room.seats.size === 0) return this.endRoom(room, { reason: "empty", proof: undefined });
    room.noteConnections(this.nowMs);
    this.grant(room);
  }

  endRoom(room: Room, notice: NoticeBody<"room:ended">): void {
    const told = [...room.listeners(), ...room.applicants];
    room.timer?.cancel();
    this.registry.remove(room);
    for (const key of room.invites.keys()) this.attempts.forget(key);
    for (const connection of told) this.standings.delete(connection);
    if (room.expiresAtMs > this.nowMs) this.tombstones.add(room.handle, room.expiresAtMs);
    this.outlet.tell(told, "room:ended", notice);
    for (const connection of told) this.outlet.cut(connection);
  }

  /** One timer per room, for whatever is due next. */
  arm(room: Room): void {
    if (!this.registry.holds(room)) return;
    const atMs = room.deadlineMs(this.options.emptyGraceS * 1000);
    if (room.timer !== undefined && room.timer.atMs <= atMs) return;
    room.timer?.cancel();
    const cancel = this.#clock.setTimer(atMs - this.nowMs, () => {
      room.timer = undefined;
      this.#sweep(room);
    });
    room.timer = { atMs, cancel };
  }

  #sweep(room: Room): void {
    const now = this.nowMs;
    if (this.live(room) === undefined) return;
    if (room.emptySinceMs !== undefined && room.emptySinceMs + this.options.emptyGraceS * 1000 <= now)
      return this.endRoom(room, { reason: "empty", proof: undefined });
    room.ring.trim(now);
    for (const invite of room.invites.values()) {
      if (invite.expiresAtMs <= now) this.closeInvite(invite);
      else this.#tellFailures(room, invite);
    }
    for (const seat of room.seats.values()) {
      if (seat.droppedAtMs === undefined || seat.droppedAtMs + SEAT_LIFE_MS > now) continue;
      room.removeSeat(seat);
      this.outlet.tell(room.listeners(), "seat:gone", { seat: seat.id, reason: "expired" });
    }
    this.#tellSilence(room, now);
    this.grant(room);
  }

  noteFailure(invite: Invite): void {
    const room = this.registry.roomOf(invite);
    if (room === undefined) return;
    invite.failures++;
    this.#tellFailures(room, invite);
    this.arm(room);
  }

  #tellFailures(room: Room, invite: Invite): void {
    const notice = takeFailures(invite, this.nowMs);
    if (notice !== undefined) this.outlet.tell(room.listeners(), "invite:guessed", notice);
  }

  #tellSilence(room: Room, now: number): void {
    for (const seat of noteSilence(room, now)) {
      const listeners = room.listeners();
      if (listeners.length > 0) this.outlet.tell(listeners, "seat:silent", issueReceipt(room, seat));
    }
  }
}

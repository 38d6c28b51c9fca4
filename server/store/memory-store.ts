// The room store of a single relay process. Methods decide before their first await, so each is one atomic step.
import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import { equalBytes } from "../../codec/bytes.ts";
import type { Answer, Ask, NoticeBody } from "../../wire/events.ts";
import { MIN_ROOM_TTL_S, SEAT_LIFE_MS, TICKET_LEASE_MS } from "../../wire/limits.ts";
import { applyCommit, commitId, findSeatByToken, isFresh, isOutvoted, rollBack } from "./commits.ts";
import type { Committer } from "./commits.ts";
import type { RingEntry } from "./commit-ring.ts";
import type { Invite } from "./invite.ts";
import { inviteKey, seatKey } from "./keys.ts";
import type { ConnectionId } from "./keys.ts";
import { RoomRegistry } from "./room-registry.ts";
import { Room } from "./room.ts";
import { openSeat } from "./seat.ts";
import type { SeatRecord } from "./seat.ts";
import { refuse } from "./room-store.ts";
import type { Decision, Outlet, RoomStore, StoreSize } from "./room-store.ts";
import { Tombstones } from "./tombstones.ts";

export interface StoreOptions {
  readonly maxRoomTtlS: number;
  readonly maxMembers: number;
  readonly emptyGraceS: number;
  readonly rooms: number;
  readonly tombstones: number;
  readonly waitingJoiners: number;
}

interface Application {
  readonly kind: "applicant";
  readonly room: Room;
  readonly invite: Invite;
  /** Held the ticket at least once. */
  wasGranted: boolean;
  /** How often it found the GroupInfo unusable. */
  complaints: number;
}

interface Seating {
  readonly kind: "seat";
  readonly room: Room;
  readonly seat: SeatRecord;
}

const KNOWN_FLAGS = 0b111;
const MAX_COMPLAINTS = 3;
/** How long the queue waits for a fresh GroupInfo. */
const FRESH_GROUP_INFO_MS = 2_000;

export class MemoryStore implements RoomStore {
  readonly #options: StoreOptions;
  readonly #clock: Clock;
  readonly #outlet: Outlet;
  readonly #registry = new RoomRegistry();
  readonly #standings = new Map<ConnectionId, Application | Seating>();
  readonly #tombstones: Tombstones;
  /** Compared with when there is no room, so that this takes no less time. */
  readonly #nobody: Room;

  constructor(options: StoreOptions, clock: Clock, outlet: Outlet) {
    this.#options = options;
    this.#clock = clock;
    this.#outlet = outlet;
    this.#tombstones = new Tombstones(randomBytes(32), options.tombstones);
    const blank = new Uint8Array(32);
    this.#nobody = new Room(
      { handle: blank, ownerKey: blank, lifeS: 0, maxMembers: 0, cid: blank, groupInfo: blank, invites: [] },
      0,
    );
    this.#nobody.addSeat(openSeat(new Uint8Array(randomBytes(32)), "" as ConnectionId));
  }

  async create(by: ConnectionId, ask: Ask<"room:create">): Promise<Decision<Answer<"room:create">>> {
    const now = this.#clock.nowMs();
    if (this.#standings.has(by) || !this.#isAllowed(ask, now)) return refuse("malformed");
    if (this.#registry.roomCount >= this.#options.rooms) return refuse("try_later");
    const room = new Room(ask, now);
    const seat = openSeat(ask.cid, by);
    room.addSeat(seat);
    this.#registry.add(room);
    for (const record of ask.invites) {
      const expiresAtMs = Math.min(room.expiresAtMs, now + record.lifeS * 1000);
      const usesLeft = record.uses === 0 ? Infinity : record.uses;
      this.#registry.addInvite({ key: inviteKey(record.inviteId), room: room.key, record, usesLeft, expiresAtMs });
    }
    this.#standings.set(by, { kind: "seat", room, seat });
    this.#arm(room);
    const answer = { seat: { seat: seat.id, resumeToken: seat.token }, seq: room.seq, lifeMs: room.lifeMs(now) };
    return { ok: true, value: answer };
  }

  #isAllowed(ask: Ask<"room:create">, now: number): boolean {
    const { lifeS, maxMembers, handle, invites } = ask;
    if (lifeS < MIN_ROOM_TTL_S || lifeS > this.#options.maxRoomTtlS) return false;
    if (maxMembers < 2 || maxMembers > this.#options.maxMembers) return false;
    if (!this.#registry.hasSpaceFor(ask) || this.#tombstones.covers(handle, now)) return false;
    return invites.every((invite) => invite.lifeS > 0 && (invite.flags & ~KNOWN_FLAGS) === 0);
  }

  async findInviteKey(inviteId: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#registry.findInvite(inviteId, this.#clock.nowMs())?.record.authKey;
  }

  async admit(by: ConnectionId, inviteId: Uint8Array): Promise<Decision<Answer<"invite:open">>> {
    const invite = this.#registry.findInvite(inviteId, this.#clock.nowMs());
    const room = invite === undefined ? undefined : this.#liveRoom(this.#registry.roomOf(invite));
    if (invite === undefined || room === undefined) return refuse("not_admitted");
    if (this.#standings.get(by)?.kind === "seat") return refuse("not_admitted");
    const barrier = this.#barrier(room);
    if (barrier !== undefined) return refuse(barrier);
    this.#forgetApplication(by);
    this.#standings.set(by, { kind: "applicant", room, invite, wasGranted: false, complaints: 0 });
    room.applicants.add(by);
    return { ok: true, value: { packet: invite.record.packet, lifeMs: room.lifeMs(this.#clock.nowMs()) } };
  }

  async takeTicket(by: ConnectionId): Promise<Decision<Answer<"ticket:take">>> {
    const standing = this.#standing(by);
    if (standing === undefined) return refuse("not_admitted");
    const { room } = standing;
    if (standing.kind === "applicant") {
      if (!this.#registry.isLive(standing.invite, this.#clock.nowMs())) return refuse("not_admitted");
      const barrier = this.#barrier(room);
      if (barrier !== undefined) return refuse(barrier);
    }
    if (!room.tickets.has(by) && room.tickets.length >= this.#options.waitingJoiners) return refuse("try_later");
    const position = room.tickets.take(by);
    this.#grant(room);
    return { ok: true, value: { position } };
  }

  async dropTicket(by: ConnectionId, ask: Ask<"ticket:drop">): Promise<Decision<object>> {
    const standing = this.#standing(by);
    if (standing === undefined) return refuse("not_admitted");
    const { room } = standing;
    const isComplaint = ask.unusable && room.tickets.isHeldBy(by);
    room.tickets.remove(by);
    if (isComplaint && (standing.kind === "seat" || ++standing.complaints <= MAX_COMPLAINTS))
      this.#askForGroupInfo(room, by);
    this.#grant(room);
    return { ok: true, value: {} };
  }

  /** Asks a seat that has not been asked yet; when all have, the room has to live with what it has. */
  #askForGroupInfo(room: Room, except: ConnectionId): void {
    for (const seat of room.seats.values()) {
      if (seat.connection === undefined || seat.connection === except || room.asked.has(seat)) continue;
      room.asked.add(seat);
      room.owing.add(seat);
      room.tickets.pause(this.#clock.nowMs() + FRESH_GROUP_INFO_MS);
      this.#outlet.tell([seat.connection], "gi:wanted", { cid: room.head.cid });
      return;
    }
  }

  async commit(by: ConnectionId, ask: Ask<"commit:send">): Promise<Decision<Answer<"commit:send">>> {
    const standing = this.#standing(by);
    if (standing === undefined) return refuse("not_admitted");
    const { room } = standing;
    const committer = this.#committer(by, standing);
    if (typeof committer === "string") {
      return committer === "stale_epoch" ? refuse(committer, room.head) : refuse(committer);
    }
    if (!equalBytes(ask.baseCid, room.head.cid)) return refuse("stale_epoch", room.head);
    const cid = commitId(ask.envelope);
    if (!isFresh(room, cid)) return refuse("malformed");
    const { entry, seat } = applyCommit(room, { ...ask, cid }, committer, this.#clock.nowMs());
    if (committer.kind === "joiner") this.#seatJoiner(room, committer.invite, seat);
    room.tickets.remove(by);
    this.#outlet.tell(room.listeners(by), "commit:accepted", entry.passedOn);
    this.#grant(room);
    const given = committer.kind === "member" ? undefined : { seat: seat.id, resumeToken: seat.token };
    return { ok: true, value: { epoch: entry.passedOn.epoch, seq: entry.passedOn.seq, seat: given } };
  }

  #committer(by: ConnectionId, standing: Application | Seating) {
    const { room } = standing;
    const hasTicket = room.tickets.isHeldBy(by);
    if (standing.kind === "seat") {
      const committer: Committer = { kind: hasTicket ? "rejoiner" : "member", seat: standing.seat };
      return committer;
    }
    if (!this.#registry.isLive(standing.invite, this.#clock.nowMs())) return "not_admitted" as const;
    // A joiner whose lease ran out while its commit was under way has to queue again; it did nothing wrong.
    if (!hasTicket) return standing.wasGranted ? ("stale_epoch" as const) : ("not_admitted" as const);
    const committer: Committer = { kind: "joiner", connection: by, invite: standing.invite };
    return this.#barrier(room) ?? committer;
  }

  #seatJoiner(room: Room, invite: Invite, seat: SeatRecord): void {
    this.#registry.takeUse(invite);
    if (seat.connection !== undefined) {
      room.applicants.delete(seat.connection);
      this.#standings.set(seat.connection, { kind: "seat", room, seat });
    }
    room.noteConnections(this.#clock.nowMs());
  }

  async reject(by: ConnectionId, ask: Ask<"commit:reject">): Promise<Decision<object>> {
    const seating = this.#seating(by);
    if (seating === undefined) return refuse("not_admitted");
    const { room, seat } = seating;
    const entry = room.ring.find(ask.cid);
    if (entry === undefined) return refuse("stale_epoch", room.head);
    if (!entry.electorate.has(seat)) return refuse("not_admitted");
    entry.rejections.add(seat);
    if (isOutvoted(room, entry)) this.#rollBack(room, entry);
    return { ok: true, value: {} };
  }

  #rollBack(room: Room, entry: RingEntry): void {
    const everybody = room.listeners();
    const { evicted, refunded } = rollBack(room, entry);
    for (const invite of refunded) this.#registry.returnUse(invite, this.#clock.nowMs());
    this.#outlet.tell(everybody, "commit:rolled-back", { cid: entry.cid, head: room.head, seq: room.seq });
    for (const seat of evicted) {
      this.#outlet.tell(room.listeners(), "seat:gone", { seat: seat.id, reason: "evicted" });
      this.#unseat(room, seat);
    }
    this.#afterDeparture(room);
  }

  async updateGroupInfo(by: ConnectionId, ask: Ask<"gi:update">): Promise<Decision<object>> {
    const seating = this.#seating(by);
    if (seating === undefined) return refuse("not_admitted");
    const { room, seat } = seating;
    if (!equalBytes(ask.cid, room.head.cid)) return refuse("stale_epoch", room.head);
    // Once, by who was asked: a GroupInfo otherwise changes with a commit alone.
    if (!room.owing.delete(seat)) return refuse("not_admitted");
    room.head = { ...room.head, groupInfo: ask.groupInfo };
    room.tickets.resume();
    this.#grant(room);
    return { ok: true, value: {} };
  }

  async sendMessage(by: ConnectionId, ask: Ask<"message:send">): Promise<Decision<Answer<"message:send">>> {
    const seating = this.#seating(by);
    if (seating === undefined) return refuse("not_admitted");
    const { room } = seating;
    if (!room.ring.isRecent(ask.cid)) return refuse("stale_epoch", room.head);
    const seq = ++room.seq;
    this.#outlet.tell(room.listeners(by), "message:received", { seq, cid: ask.cid, envelope: ask.envelope });
    return { ok: true, value: { seq } };
  }

  async sendSignal(by: ConnectionId, ask: Ask<"message:send">): Promise<Decision<object>> {
    const seating = this.#seating(by);
    if (seating === undefined) return refuse("not_admitted");
    if (!seating.room.ring.isRecent(ask.cid)) return refuse("stale_epoch", seating.room.head);
    this.#outlet.hint(seating.room.listeners(by), "signal:received", ask);
    return { ok: true, value: {} };
  }

  async resume(by: ConnectionId, ask: Ask<"room:resume">): Promise<Decision<Answer<"room:resume">>> {
    if (this.#standings.has(by)) return refuse("malformed");
    const room = this.#liveRoom(this.#registry.find(ask.handle));
    const seat = findSeatByToken(room ?? this.#nobody, ask.resumeToken);
    if (room === undefined || seat === undefined) return refuse("not_admitted");
    const now = this.#clock.nowMs();
    if (seat.connection !== undefined) this.#unseat(room, seat);
    seat.connection = by;
    seat.droppedAtMs = undefined;
    this.#standings.set(by, { kind: "seat", room, seat });
    room.noteConnections(now);
    const missed = ask.cid === undefined ? undefined : room.ring.after(ask.cid);
    const answer = { seq: room.seq, lifeMs: room.lifeMs(now), mustRejoin: missed === undefined, missed: missed ?? [] };
    return { ok: true, value: answer };
  }

  async leave(by: ConnectionId): Promise<Decision<object>> {
    const standing = this.#standing(by);
    if (standing === undefined) return refuse("not_admitted");
    if (standing.kind === "applicant") {
      this.#forgetApplication(by);
      return { ok: true, value: {} };
    }
    const { room, seat } = standing;
    room.removeSeat(seat);
    room.tickets.remove(by);
    this.#standings.delete(by);
    this.#outlet.tell(room.listeners(), "seat:gone", { seat: seat.id, reason: "left" });
    this.#afterDeparture(room);
    return { ok: true, value: {} };
  }

  async findOwner(by: ConnectionId): Promise<{ handle: Uint8Array; ownerKey: Uint8Array } | undefined> {
    return this.#seating(by)?.room;
  }

  async end(by: ConnectionId, ask: Ask<"room:end">): Promise<Decision<object>> {
    const room = this.#seating(by)?.room;
    if (room === undefined || ask.counter <= room.ownerCounter) return refuse("not_admitted");
    this.#endRoom(room, { reason: "ended", proof: ask });
    return { ok: true, value: {} };
  }

  async evict(by: ConnectionId, ask: Ask<"seat:evict">): Promise<Decision<object>> {
    const room = this.#seating(by)?.room;
    if (room === undefined || ask.counter <= room.ownerCounter) return refuse("not_admitted");
    room.ownerCounter = ask.counter;
    const seat = room.seats.get(seatKey(ask.seat));
    if (seat !== undefined) {
      this.#outlet.tell(room.listeners(), "seat:gone", { seat: seat.id, reason: "evicted" });
      room.removeSeat(seat);
      this.#unseat(room, seat);
      this.#afterDeparture(room);
    }
    return { ok: true, value: {} };
  }

  async disconnect(by: ConnectionId): Promise<void> {
    const standing = this.#standing(by);
    if (standing === undefined) return;
    if (standing.kind === "applicant") return this.#forgetApplication(by);
    const { room, seat } = standing;
    const now = this.#clock.nowMs();
    seat.connection = undefined;
    seat.droppedAtMs = now;
    room.tickets.remove(by);
    this.#standings.delete(by);
    room.noteConnections(now);
    this.#grant(room);
  }

  async size(): Promise<StoreSize> {
    this.#tombstones.sweep(this.#clock.nowMs());
    return {
      rooms: this.#registry.roomCount,
      invites: this.#registry.inviteCount,
      seats: [...this.#registry.rooms()].reduce((sum, room) => sum + room.seats.size, 0),
      connections: this.#standings.size,
      tombstones: this.#tombstones.size,
    };
  }

  async close(): Promise<void> {
    for (const room of this.#registry.rooms()) room.timer?.cancel();
    this.#registry.clear();
    this.#standings.clear();
  }

  #standing(by: ConnectionId): Application | Seating | undefined {
    const standing = this.#standings.get(by);
    return standing === undefined || this.#liveRoom(standing.room) === undefined ? undefined : standing;
  }

  #seating(by: ConnectionId): Seating | undefined {
    const standing = this.#standing(by);
    return standing?.kind === "seat" ? standing : undefined;
  }

  /** A room is gone at its time even when its timer is late. */
  #liveRoom(room: Room | undefined): Room | undefined {
    if (room === undefined || room.expiresAtMs > this.#clock.nowMs()) return room;
    this.#endRoom(room, { reason: "expired", proof: undefined });
    return undefined;
  }

  #barrier(room: Room): "locked" | "full" | undefined {
    if (room.isLocked) return "locked";
    return room.isFull() ? "full" : undefined;
  }

  #grant(room: Room): void {
    const by = room.tickets.grant(this.#clock.nowMs());
    if (by !== undefined) {
      const standing = this.#standings.get(by);
      if (standing?.kind === "applicant") standing.wasGranted = true;
      this.#outlet.tell([by], "ticket:granted", { head: room.head, leaseMs: TICKET_LEASE_MS });
    }
    this.#arm(room);
  }

  #forgetApplication(by: ConnectionId): void {
    const standing = this.#standings.get(by);
    if (standing?.kind !== "applicant") return;
    this.#standings.delete(by);
    standing.room.applicants.delete(by);
    standing.room.tickets.remove(by);
    this.#grant(standing.room);
  }

  /** Takes the connection from a seat and closes it. */
  #unseat(room: Room, seat: SeatRecord): void {
    const { connection } = seat;
    if (connection === undefined) return;
    seat.connection = undefined;
    room.tickets.remove(connection);
    this.#standings.delete(connection);
    this.#outlet.cut(connection);
  }

  #afterDeparture(room: Room): void {
    if (room.seats.size === 0) return this.#endRoom(room, { reason: "empty", proof: undefined });
    room.noteConnections(this.#clock.nowMs());
    this.#grant(room);
  }

  #endRoom(room: Room, notice: NoticeBody<"room:ended">): void {
    const told = [...room.listeners(), ...room.applicants];
    room.timer?.cancel();
    this.#registry.remove(room);
    for (const connection of told) this.#standings.delete(connection);
    if (room.expiresAtMs > this.#clock.nowMs()) this.#tombstones.add(room.handle, room.expiresAtMs);
    this.#outlet.tell(told, "room:ended", notice);
    for (const connection of told) this.#outlet.cut(connection);
  }

  /** One timer per room, for whatever is due next. */
  #arm(room: Room): void {
    if (!this.#registry.holds(room)) return;
    const atMs = room.deadlineMs(this.#options.emptyGraceS * 1000);
    if (room.timer !== undefined && room.timer.atMs <= atMs) return;
    room.timer?.cancel();
    const cancel = this.#clock.setTimer(atMs - this.#clock.nowMs(), () => {
      room.timer = undefined;
      this.#sweep(room);
    });
    room.timer = { atMs, cancel };
  }

  #sweep(room: Room): void {
    const now = this.#clock.nowMs();
    if (this.#liveRoom(room) === undefined) return;
    if (room.emptySinceMs !== undefined && room.emptySinceMs + this.#options.emptyGraceS * 1000 <= now)
      return this.#endRoom(room, { reason: "empty", proof: undefined });
    room.ring.trim(now);
    for (const invite of room.invites.values()) if (invite.expiresAtMs <= now) this.#registry.removeInvite(invite);
    for (const seat of room.seats.values()) {
      if (seat.droppedAtMs === undefined || seat.droppedAtMs + SEAT_LIFE_MS > now) continue;
      room.removeSeat(seat);
      this.#outlet.tell(room.listeners(), "seat:gone", { seat: seat.id, reason: "expired" });
    }
    this.#grant(room);
  }
}

// The room store of a single relay process. Methods decide before their first await, so each is one atomic step.
import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Answer, Ask } from "../../wire/events.ts";
import { findSeatByToken } from "./commits.ts";
import { admit, dropTicket, knock, takeTicket } from "./entering.ts";
import { isValidInvite, openInvite } from "./invite.ts";
import { handleOf } from "./keys.ts";
import type { ConnectionId } from "./keys.ts";
import { commit, findPassage, reject, updateGroupInfo } from "./ordering.ts";
import { carryOut } from "./owner-powers.ts";
import { RestoreWindows } from "./restore-windows.ts";
import type { RestoreWindow } from "./restore-windows.ts";
import { closeWindow, isAllowedRecord, offerRoom, takeRestored } from "./restoring.ts";
import { RoomKeeper } from "./room-keeper.ts";
import type { StoreOptions } from "./room-keeper.ts";
import { refuse } from "./room-store.ts";
import type { Decision, Outlet, OwnerRequest, RestoreOffer, RoomStore, StoreSize } from "./room-store.ts";
import { openRoom } from "./room.ts";
import type { Room } from "./room.ts";
import { openSeat } from "./seat.ts";

const done: Decision<object> = { ok: true, value: {} };

/** Compared with when there is no room, so that this takes no less time. */
function nobodysRoom(): Room {
  const blank = new Uint8Array(32);
  const record = { ownerKey: blank, lifeS: 0, maxMembers: 0, salt: blank.subarray(16) };
  const room = openRoom(
    { record, head: { cid: blank, epoch: 0, groupInfo: blank, rotation: undefined }, lifeMs: 0 },
    0,
  );
  room.addSeat(openSeat(randomBytes(32), "" as ConnectionId));
  return room;
}

export class MemoryStore implements RoomStore {
  readonly isReady = true;
  /** For a store that keeps what this one decides in another place. */
  readonly keeper: RoomKeeper;
  readonly windows = new RestoreWindows();
  readonly #clock: Clock;
  #nobody: Room | undefined;

  constructor(options: StoreOptions, clock: Clock, outlet: Outlet) {
    this.#clock = clock;
    this.keeper = new RoomKeeper(options, clock, outlet);
  }

  async create(by: ConnectionId, ask: Ask<"room:create">): Promise<Decision<Answer<"room:create">>> {
    const { options, registry, nowMs } = this.keeper;
    if (!this.#isStranger(by) || !this.#isAllowed(ask)) return refuse("malformed");
    if (registry.roomCount + this.windows.size >= options.rooms) return refuse("try_later");
    const { record, cid, groupInfo } = ask;
    const head = { cid, epoch: 0, groupInfo, rotation: undefined };
    const room = openRoom({ record, head, lifeMs: record.lifeS * 1000 }, nowMs);
    const seat = openSeat(cid, by);
    room.addSeat(seat);
    registry.add(room);
    for (const invite of ask.invites) registry.addInvite(openInvite(room, invite, nowMs));
    this.keeper.seat(by, room, seat);
    this.keeper.arm(room);
    return { ok: true, value: { seat: { seat: seat.id, resumeToken: seat.token }, ...room.facts(nowMs) } };
  }

  #isStranger(by: ConnectionId): boolean {
    return !this.keeper.standings.has(by) && this.windows.of(by) === undefined;
  }

  #isAllowed({ record, invites }: Ask<"room:create">): boolean {
    const { options, registry, tombstones, nowMs } = this.keeper;
    const handle = handleOf(record);
    if (!isAllowedRecord(record, options) || tombstones.covers(handle, nowMs)) return false;
    if (registry.find(handle) !== undefined || this.windows.find(handle) !== undefined) return false;
    return registry.areNew(invites) && invites.every(isValidInvite);
  }

  async findInviteKey(inviteId: Uint8Array): Promise<Uint8Array | undefined> {
    return this.keeper.registry.findInvite(inviteId, this.keeper.nowMs)?.record.authKey;
  }

  async takeAttempt(inviteId: Uint8Array): Promise<number> {
    return this.keeper.attempts.take(inviteId);
  }

  async returnAttempt(inviteId: Uint8Array): Promise<void> {
    this.keeper.attempts.giveBack(inviteId);
  }

  async noteFailure(inviteId: Uint8Array): Promise<void> {
    const invite = this.keeper.registry.findInvite(inviteId, this.keeper.nowMs);
    if (invite !== undefined) this.keeper.noteFailure(invite);
  }

  async admit(by: ConnectionId, inviteId: Uint8Array): Promise<Decision<Answer<"invite:open">>> {
    return this.windows.of(by) === undefined ? admit(this.keeper, by, inviteId) : refuse("not_admitted");
  }

  async knock(by: ConnectionId, ask: Ask<"knock:send">): Promise<Decision<Answer<"knock:send">>> {
    return knock(this.keeper, by, ask);
  }

  async takeTicket(by: ConnectionId): Promise<Decision<Answer<"ticket:take">>> {
    return takeTicket(this.keeper, by);
  }

  async dropTicket(by: ConnectionId, ask: Ask<"ticket:drop">): Promise<Decision<object>> {
    return dropTicket(this.keeper, by, ask);
  }

  async commit(by: ConnectionId, ask: Ask<"commit:send">): Promise<Decision<Answer<"commit:send">>> {
    return commit(this.keeper, by, ask);
  }

  async reject(by: ConnectionId, ask: Ask<"commit:reject">): Promise<Decision<object>> {
    return reject(this.keeper, by, ask);
  }

  async updateGroupInfo(by: ConnectionId, ask: Ask<"gi:update">): Promise<Decision<object>> {
    return updateGroupInfo(this.keeper, by, ask);
  }

  async sendMessage(by: ConnectionId, ask: Ask<"message:send">): Promise<Decision<Answer<"message:send">>> {
    const passage = findPassage(this.keeper, by, ask.cid);
    if (!passage.ok) return passage;
    const { room } = passage.value;
    const seq = ++room.seq;
    this.keeper.outlet.tell(room.listeners(by), "message:received", { seq, cid: ask.cid, envelope: ask.envelope });
    return { ok: true, value: { seq } };
  }

  async sendSignal(by: ConnectionId, ask: Ask<"message:send">): Promise<Decision<object>> {
    const room = this.keeper.seating(by)?.room;
    if (room === undefined) return refuse("not_admitted");
    if (!room.ring.isRecent(ask.cid)) return refuse("stale_epoch", room.head);
    this.keeper.outlet.hint(room.listeners(by), "signal:received", ask);
    return done;
  }

  async resume(by: ConnectionId, ask: Ask<"room:resume">): Promise<Decision<Answer<"room:resume">>> {
    if (!this.#isStranger(by)) return refuse("malformed");
    const room = this.keeper.live(this.keeper.registry.find(ask.handle));
    const seat = findSeatByToken(room ?? (this.#nobody ??= nobodysRoom()), ask.resumeToken);
    if (room === undefined || seat === undefined) return refuse("not_admitted");
    // Whoever was called silent gets a new seat by rejoining, so that the receipt names nobody.
    const wasCalledSilent = seat.silence === "told";
    this.keeper.unseat(room, seat);
    Object.assign(seat, { connection: by, droppedAtMs: undefined, silence: "none" });
    this.keeper.seat(by, room, seat);
    this.keeper.arm(room);
    const missed = ask.cid === undefined || wasCalledSilent ? undefined : room.ring.after(ask.cid);
    const value = { mustRejoin: missed === undefined, missed: missed ?? [], ...room.facts(this.keeper.nowMs) };
    return { ok: true, value };
  }

  async offerRoom(by: ConnectionId, ask: Ask<"room:restore">): Promise<Decision<RestoreOffer>> {
    const decision = offerRoom(this.keeper, this.windows, by, ask);
    const window = decision.ok && decision.value.isFirst ? this.windows.find(handleOf(ask.record)) : undefined;
    if (window !== undefined) this.awaitEnd(window);
    return decision;
  }

  /** The window is judged at its time, whoever asks by then. */
  awaitEnd({ handle, endsAtMs }: RestoreWindow): void {
    this.#clock.setTimer(endsAtMs - this.keeper.nowMs, () => {
      const window = this.windows.find(handle);
      if (window !== undefined && window.endsAtMs <= this.keeper.nowMs) closeWindow(this.keeper, this.windows, window);
    });
  }

  async takeRestored(by: ConnectionId): Promise<Decision<Answer<"room:restore">>> {
    return takeRestored(this.keeper, this.windows, by);
  }

  async leave(by: ConnectionId): Promise<Decision<object>> {
    const standing = this.keeper.standing(by);
    if (standing === undefined) return refuse("not_admitted");
    if (standing.kind === "applicant") {
      this.keeper.forgetApplication(by);
      return done;
    }
    const { room, seat } = standing;
    room.removeSeat(seat);
    room.tickets.remove(by);
    this.keeper.standings.delete(by);
    this.keeper.outlet.tell(room.listeners(), "seat:gone", { seat: seat.id, reason: "left" });
    this.keeper.afterDeparture(room);
    return done;
  }

  async findOwner(by: ConnectionId): Promise<{ handle: Uint8Array; ownerKey: Uint8Array } | undefined> {
    const room = this.keeper.seating(by)?.room;
    return room === undefined ? undefined : { handle: room.handle, ownerKey: room.owner.key };
  }

  async carryOut(by: ConnectionId, request: OwnerRequest): Promise<Decision<object>> {
    const room = this.keeper.seating(by)?.room;
    return room === undefined ? refuse("not_admitted") : carryOut(this.keeper, room, request);
  }

  async disconnect(by: ConnectionId): Promise<void> {
    this.windows.withdraw(by);
    const standing = this.keeper.standing(by);
    if (standing === undefined) return;
    if (standing.kind === "applicant") return this.keeper.forgetApplication(by);
    const { room, seat } = standing;
    seat.connection = undefined;
    seat.droppedAtMs = this.keeper.nowMs;
    room.tickets.remove(by);
    this.keeper.standings.delete(by);
    room.noteConnections(this.keeper.nowMs);
    this.keeper.grant(room);
  }

  async size(): Promise<StoreSize> {
    const { tombstones, registry, standings, attempts, nowMs } = this.keeper;
    tombstones.sweep(nowMs);
    const rooms = [...registry.rooms()];
    return {
      rooms: registry.roomCount,
      invites: registry.inviteCount,
      seats: rooms.reduce((sum, room) => sum + room.seats.size, 0),
      connections: standings.size,
      tombstones: tombstones.size,
      knocks: rooms.reduce((sum, room) => sum + room.knocks.size, 0),
      windows: this.windows.size,
      attempts: attempts.size,
    };
  }

  async close(): Promise<void> {
    for (const room of this.keeper.registry.rooms()) room.timer?.cancel();
    this.keeper.registry.clear();
    this.keeper.standings.clear();
    this.keeper.attempts.clear();
    this.windows.clear();
  }
}

// The room store of many relays. Redis keeps the rooms and puts everything about one in order (room-view.ts); what is
// decided about a room is decided by the same code as in the memory of one process. Here is said which room is asked.
import type { Answer, Ask } from "../../../wire/events.ts";
import { handleOf } from "../keys.ts";
import type { ConnectionId } from "../keys.ts";
import type { MemoryStore } from "../memory-store.ts";
import { refuse } from "../room-store.ts";
import type { Decision, OwnerRequest, RestoreOffer, RoomStore, StoreSize } from "../room-store.ts";
import { tagOf } from "./key-names.ts";
import type { Tag } from "./key-names.ts";
import type { Place } from "./places.ts";
import type { RedisNode } from "./redis-node.ts";
import { countAll } from "./store-size.ts";

export class RedisStore implements RoomStore {
  readonly #node: RedisNode;

  constructor(node: RedisNode) {
    this.#node = node;
  }

  get isReady(): boolean {
    return this.#node.link.isReady;
  }

  async create(by: ConnectionId, ask: Ask<"room:create">): Promise<Decision<Answer<"room:create">>> {
    const tag = tagOf(handleOf(ask.record));
    if (this.#node.places.of(by) !== undefined || (await this.#hasEnded(tag))) return refuse("malformed");
    return this.#enter(by, { tag, as: "seat" }, (store, name) => store.create(name, ask));
  }

  async findInviteKey(inviteId: Uint8Array): Promise<Uint8Array | undefined> {
    return (await this.#node.invites.find(inviteId))?.authKey;
  }

  async takeAttempt(inviteId: Uint8Array): Promise<number> {
    return this.#attempt(inviteId, 1);
  }

  async returnAttempt(inviteId: Uint8Array): Promise<void> {
    await this.#attempt(inviteId, -1);
  }

  async noteFailure(inviteId: Uint8Array): Promise<void> {
    const invite = await this.#node.invites.find(inviteId);
    if (invite === undefined) return;
    await this.#step(invite.tag, async (store) => {
      await store.noteFailure(inviteId);
      return { ok: true, value: {} };
    });
  }

  async admit(by: ConnectionId, inviteId: Uint8Array): Promise<Decision<Answer<"invite:open">>> {
    const invite = await this.#node.invites.find(inviteId);
    const before = this.#node.places.of(by);
    if (invite === undefined || (before !== undefined && before.as !== "applicant")) return refuse("not_admitted");
    const { tag } = invite;
    const decision = await this.#enter(by, { tag, as: "applicant" }, (store, name) => store.admit(name, inviteId));
    if (decision.ok && before !== undefined && before.tag !== tag)
      await this.#step(before.tag, (store) => store.leave(this.#node.nameOf(by)));
    return decision;
  }

  async knock(by: ConnectionId, ask: Ask<"knock:send">): Promise<Decision<Answer<"knock:send">>> {
    return this.#ask(by, (store, name) => store.knock(name, ask));
  }

  async takeTicket(by: ConnectionId): Promise<Decision<Answer<"ticket:take">>> {
    return this.#ask(by, (store, name) => store.takeTicket(name));
  }

  async dropTicket(by: ConnectionId, ask: Ask<"ticket:drop">): Promise<Decision<object>> {
    return this.#ask(by, (store, name) => store.dropTicket(name, ask));
  }

  async commit(by: ConnectionId, ask: Ask<"commit:send">): Promise<Decision<Answer<"commit:send">>> {
    const decision = await this.#ask(by, (store, name) => store.commit(name, ask));
    if (decision.ok && decision.value.seat !== undefined) this.#nowHoldsSeat(by);
    return decision;
  }

  async reject(by: ConnectionId, ask: Ask<"commit:reject">): Promise<Decision<object>> {
    return this.#ask(by, (store, name) => store.reject(name, ask));
  }

  async updateGroupInfo(by: ConnectionId, ask: Ask<"gi:update">): Promise<Decision<object>> {
    return this.#ask(by, (store, name) => store.updateGroupInfo(name, ask));
  }

  async sendMessage(by: ConnectionId, ask: Ask<"message:send">): Promise<Decision<Answer<"message:send">>> {
    const place = this.#node.places.of(by);
    if (place === undefined) return refuse("not_admitted");
    return this.#node.use(place.tag, (view) => view.send(this.#node.nameOf(by), ask));
  }

  async sendSignal(by: ConnectionId, ask: Ask<"message:send">): Promise<Decision<object>> {
    const place = this.#node.places.of(by);
    if (place === undefined) return refuse("not_admitted");
    return this.#node.use(place.tag, (view) => view.signal(this.#node.nameOf(by), ask));
  }

  async resume(by: ConnectionId, ask: Ask<"room:resume">): Promise<Decision<Answer<"room:resume">>> {
    if (this.#node.places.of(by) !== undefined) return refuse("malformed");
    return this.#enter(by, { tag: tagOf(ask.handle), as: "seat" }, (store, name) => store.resume(name, ask));
  }

  async offerRoom(by: ConnectionId, ask: Ask<"room:restore">): Promise<Decision<RestoreOffer>> {
    if (this.#node.places.of(by) !== undefined) return refuse("malformed");
    const tag = tagOf(handleOf(ask.record));
    if (await this.#hasEnded(tag)) return refuse("expired");
    return this.#enter(by, { tag, as: "offerer" }, (store, name) => store.offerRoom(name, ask));
  }

  async takeRestored(by: ConnectionId): Promise<Decision<Answer<"room:restore">>> {
    const place = this.#node.places.of(by);
    const decision = await this.#ask(by, (store, name) => store.takeRestored(name));
    if (decision.ok && place !== undefined)
      this.#node.places.set(by, { ...place, as: decision.value.seat === undefined ? "applicant" : "seat" });
    return decision;
  }

  async leave(by: ConnectionId): Promise<Decision<object>> {
    const decision = await this.#ask(by, (store, name) => store.leave(name));
    if (decision.ok) this.#node.places.delete(by);
    return decision;
  }

  async findOwner(by: ConnectionId): Promise<{ handle: Uint8Array; ownerKey: Uint8Array } | undefined> {
    const place = this.#node.places.of(by);
    if (place === undefined) return undefined;
    return this.#node.use(place.tag, (view) =>
      view.ask(({ store }) => {
        const room = store.keeper.seating(this.#node.nameOf(by))?.room;
        return room === undefined ? undefined : { handle: room.handle, ownerKey: room.owner.key };
      }),
    );
  }

  async carryOut(by: ConnectionId, request: OwnerRequest): Promise<Decision<object>> {
    return this.#ask(by, (store, name) => store.carryOut(name, request));
  }

  async disconnect(by: ConnectionId): Promise<void> {
    await this.#node.depart(by);
  }

  async size(): Promise<StoreSize> {
    return countAll(this.#node);
  }

  async close(): Promise<void> {
    await this.#node.close();
  }

  #hasEnded(tag: Tag): Promise<boolean> {
    return this.#node.rooms.hasEnded(tag, this.#node.nowMs());
  }

  async #attempt(inviteId: Uint8Array, take: 1 | -1): Promise<number> {
    const { link, keys, options } = this.#node;
    const { burst, perSecond } = options.inviteAttempts;
    const key = keys.attempts(inviteId);
    return Number(await link.script("srAttempt", key, this.#node.nowMs(), burst, perSecond / 1000, take));
  }

  #step<T extends object>(tag: Tag, decide: (store: MemoryStore) => Promise<Decision<T>>): Promise<Decision<T>> {
    return this.#node.use(tag, (view) => view.step(decide));
  }

  /** A decision that may make the connection something to a room. */
  async #enter<T extends object>(
    by: ConnectionId,
    place: Place,
    decide: (store: MemoryStore, name: ConnectionId) => Promise<Decision<T>>,
  ): Promise<Decision<T>> {
    return this.#node.use(place.tag, async (view) => {
      const decision = await view.step((store) => decide(store, this.#node.nameOf(by)));
      if (decision.ok) this.#node.places.set(by, place);
      return decision;
    });
  }

  /** A decision of the room that the connection is in. */
  async #ask<T extends object>(
    by: ConnectionId,
    decide: (store: MemoryStore, name: ConnectionId) => Promise<Decision<T>>,
  ): Promise<Decision<T>> {
    const place = this.#node.places.of(by);
    if (place === undefined) return refuse("not_admitted");
    return this.#step(place.tag, (store) => decide(store, this.#node.nameOf(by)));
  }

  #nowHoldsSeat(by: ConnectionId): void {
    const place = this.#node.places.of(by);
    if (place !== undefined) this.#node.places.set(by, { ...place, as: "seat" });
  }
}

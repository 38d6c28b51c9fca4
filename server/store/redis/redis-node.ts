// This relay as one of those that share a Redis: the rooms it takes part in, what it delivers, and what it does about
// nodes that are gone, rooms that are lost and a Redis that was away.
import { randomBytes } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../log.ts";
import type { ConnectionId } from "../keys.ts";
import type { StoreOptions } from "../room-keeper.ts";
import { OutcomeUnknown, refuse, StoreAway } from "../room-store.ts";
import type { Decision, Outlet } from "../room-store.ts";
import { InviteIndex } from "./invite-index.ts";
import { KeyNames } from "./key-names.ts";
import type { Tag } from "./key-names.ts";
import { NodeClock } from "./node-clock.ts";
import { Places } from "./places.ts";
import { decodeBody, decodePublication } from "./publication.ts";
import type { Effect, Publication, StepPublication } from "./publication.ts";
import type { LinkListener, RedisLink } from "./redis-link.ts";
import { RoomList } from "./room-list.ts";
import { RoomView } from "./room-view.ts";
import type { RoomSurroundings } from "./room-view.ts";
import type { Universe } from "./universe.ts";

/** So many chances for a relay to say that a room goes on, and that it does itself. */
const CHANCES = 3;
/** How long after its time an empty room, or a window, may wait for a node to end it properly. */
const END_SLACK_MS = 5_000;

export interface NodeOptions extends StoreOptions {
  readonly nodeLifeMs: number;
  readonly leaseMs: number;
}

export interface RedisNodeParts {
  readonly options: NodeOptions;
  readonly clock: Clock;
  readonly outlet: Outlet;
  readonly link: RedisLink;
  readonly log: Logger;
}

interface OpenView {
  readonly view: RoomView;
  readonly opened: Promise<void>;
}

export class RedisNode implements RoomSurroundings, LinkListener {
  readonly link: RedisLink;
  readonly options: NodeOptions;
  readonly clock: NodeClock;
  readonly places = new Places();
  readonly invites: InviteIndex;
  readonly rooms: RoomList;
  readonly #outlet: Outlet;
  readonly #log: Logger;
  readonly #node = randomBytes(9).toString("base64url");
  readonly #views = new Map<Tag, OpenView>();
  readonly #timers = new Map<Tag, { readonly atMs: number; readonly cancel: () => void }>();
  /** Connections that are closed, and whose rooms do not know yet. */
  readonly #departed = new Map<Tag, { readonly who: Set<ConnectionId>; sent: Promise<void> | undefined }>();
  readonly #background = new Set<Promise<unknown>>();
  #keys = new KeyNames("");
  #versions = 0;

  constructor({ options, clock, outlet, link, log }: RedisNodeParts) {
    this.link = link;
    this.options = options;
    this.clock = new NodeClock(clock);
    this.#outlet = outlet;
    this.#log = log;
    this.invites = new InviteIndex(link, () => this.#keys);
    this.rooms = new RoomList(link, () => this.#keys, options);
  }

  get keys(): KeyNames {
    return this.#keys;
  }

  /** Throws when Redis cannot be reached. */
  async open(): Promise<void> {
    await this.link.open(this);
    this.link.every(this.options.nodeLifeMs / (CHANCES + 1), () => this.#beat());
    this.link.every(this.options.leaseMs, () => this.#renewLeases());
  }

  async close(): Promise<void> {
    for (const { cancel } of this.#timers.values()) cancel();
    await this.settled();
    if (this.link.isReady) await this.link.commands.del(this.#keys.node(this.#node)).catch(() => undefined);
    this.link.close();
    for (const { view } of this.#views.values()) view.close();
    this.#views.clear();
    this.places.clear();
  }

  /** How a connection of this node is called in Redis. */
  nameOf(by: ConnectionId): ConnectionId {
    return `${this.#node}~${by}` as ConnectionId;
  }

  /** Uses a room; it is told to this node what happens in it as long as somebody of this node is in it. */
  async use<T>(tag: Tag, task: (view: RoomView) => Promise<T>): Promise<T> {
    this.link.check();
    const { view, opened } = this.#view(tag);
    view.uses++;
    try {
      await opened;
      return await task(view);
    } finally {
      view.uses--;
      this.#closeIdle(view);
    }
  }

  /** Everything begun by now is done, and so is what followed from it. */
  async settled(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#background.size === 0) return;
      await Promise.allSettled(this.#background);
    }
  }

  /** The connection is closed. Resolves when its room knows, or cannot be told before Redis is back. */
  async depart(by: ConnectionId): Promise<void> {
    const place = this.places.of(by);
    if (place === undefined) return;
    const departed = this.#departed.get(place.tag) ?? { who: new Set(), sent: undefined };
    this.#departed.set(place.tag, departed);
    departed.who.add(by);
    await this.#sendOffSoon(place.tag);
  }

  // What rooms need (RoomSurroundings)

  nowMs(): number {
    return this.clock.nowMs();
  }

  roomKey(tag: Tag): string {
    return this.#keys.room(tag);
  }

  channel(tag: Tag): string {
    return this.#keys.channel(tag);
  }

  nextVersion(): string {
    return `${this.#node}.${++this.#versions}`;
  }

  lifeMs({ room, window }: Universe, nowMs: number): number {
    if (room === undefined) return (window?.endsAtMs ?? nowMs) - nowMs + END_SLACK_MS;
    const graceMs = this.options.emptyGraceS * 1000;
    const keptMs =
      room.emptySinceMs === undefined
        ? graceMs + CHANCES * this.options.leaseMs
        : room.emptySinceMs + graceMs - nowMs + END_SLACK_MS;
    return Math.min(keptMs, room.expiresAtMs - nowMs);
  }

  async prepare(tag: Tag, universe: Universe, isNew: boolean): Promise<Decision<object>> {
    const nowMs = this.nowMs();
    const lifeMs = this.lifeMs(universe, nowMs);
    if (isNew && !(await this.rooms.reserve(tag, nowMs, nowMs + lifeMs))) return refuse("try_later");
    const added = universe.newInvites();
    const isFree = await Promise.all(
      added.map((invite) => this.invites.add(tag, invite, Math.min(lifeMs, invite.expiresAtMs - nowMs))),
    );
    if (isFree.every(Boolean)) return { ok: true, value: {} };
    const taken = added.filter((_, at) => isFree[at]);
    await Promise.all(taken.map(({ record }) => this.invites.remove(record.inviteId)));
    if (isNew) await this.rooms.release(tag);
    return refuse("malformed");
  }

  async finish(tag: Tag, universe: Universe, endedBeforeMs: number | undefined): Promise<void> {
    const removed = universe.lostInvites();
    await Promise.all(removed.map((invite) => this.invites.remove(invite.record.inviteId)));
    if (universe.isEmpty) await this.rooms.release(tag);
    if (endedBeforeMs !== undefined) await this.rooms.bury(tag, this.nowMs(), endedBeforeMs);
  }

  deliver(view: RoomView, publication: Publication, seq: number): void {
    switch (publication.kind) {
      case "messages":
        this.#deliverMessages(view, publication.messages, seq);
        return;
      case "signal": {
        const { from, cid, envelope } = publication;
        this.#outlet.hint(this.#mine(view.listeners, from), "signal:received", { cid, envelope });
        return;
      }
      case "step":
        this.#deliverStep(view, publication);
        return;
      default:
        publication satisfies never;
    }
  }

  /** Its connections come back by themselves, and ask again for what they missed. */
  lost(view: RoomView): void {
    if (!this.#forget(view)) return;
    for (const by of this.places.in(view.tag)) this.#outlet.hangUp(by);
  }

  // What the link tells (LinkListener)

  async recovered(isSame: boolean): Promise<void> {
    if (!isSame) {
      this.clock.set(await this.link.timeMs());
      this.#keys = new KeyNames(this.link.run);
      for (const { view } of this.#views.values()) this.lost(view);
      // Whoever is called back finds an empty Redis; what was kept in the one before is not theirs any more.
      this.#departed.clear();
      await this.rooms.remember(this.nowMs());
    }
    await this.#beat();
    const open = [...this.#views.values()];
    await this.link.subscribe(...open.map(({ view }) => this.channel(view.tag)));
    await Promise.all(open.map(async ({ view }) => (await view.isUpToDate()) || this.lost(view)));
    for (const tag of this.#departed.keys()) setImmediate(() => void this.#sendOffSoon(tag));
  }

  published(channel: string, bytes: Uint8Array): void {
    const tag = this.#keys.tagOf(channel);
    const open = tag === undefined ? undefined : this.#views.get(tag);
    if (open === undefined) return;
    try {
      open.view.receive(decodePublication(bytes));
    } catch (error) {
      this.#log.error("a publication was not understood", error);
      this.lost(open.view);
    }
  }

  #view(tag: Tag): OpenView {
    const known = this.#views.get(tag);
    if (known !== undefined) return known;
    const view = new RoomView(tag, this);
    const opened = this.link
      .subscribe(this.channel(tag))
      .then(() => view.open())
      .then(() => this.#arm(view));
    const open = { view, opened };
    this.#views.set(tag, open);
    opened.catch(() => this.#forget(view));
    return open;
  }

  /** A node keeps an eye on a room in which it has somebody, and on one that everybody has left. */
  #closeIdle(view: RoomView): void {
    if (view.isClosed || !view.isIdle || this.places.in(view.tag).length > 0) return;
    if (view.exists && view.listeners.length + view.applicants.length === 0) return;
    this.#forget(view);
  }

  #forget(view: RoomView): boolean {
    if (this.#views.get(view.tag)?.view !== view) return false;
    this.#views.delete(view.tag);
    this.#timers.get(view.tag)?.cancel();
    this.#timers.delete(view.tag);
    view.close();
    if (this.link.isReady) void this.#inBackground(this.#unsubscribe(view.tag));
    return true;
  }

  async #unsubscribe(tag: Tag): Promise<void> {
    await this.link.unsubscribe(this.channel(tag));
    // Somebody may have come in between.
    if (this.#views.has(tag)) await this.link.subscribe(this.channel(tag));
  }

  #mine(names: readonly string[], except?: string): ConnectionId[] {
    const mine = `${this.#node}~`;
    return names
      .filter((name) => name.startsWith(mine) && name !== except)
      .map((name) => name.slice(mine.length) as ConnectionId);
  }

  #deliverMessages(
    view: RoomView,
    messages: Extract<Publication, { kind: "messages" }>["messages"],
    last: number,
  ): void {
    let seq = last - messages.length;
    for (const { from, cid, envelope } of messages)
      this.#outlet.tell(this.#mine(view.listeners, from), "message:received", { seq: ++seq, cid, envelope });
  }

  #deliverStep(view: RoomView, publication: StepPublication): void {
    for (const effect of publication.effects) this.#carryOut(effect, publication.connections);
    const present = new Set(this.#mine([...view.listeners, ...view.applicants]));
    for (const by of this.places.in(view.tag)) if (!present.has(by)) this.places.delete(by);
    if (publication.hasEnded) return void this.#forget(view);
    this.#arm(view);
    // The last of this node may have been taken out by somebody elsewhere.
    if (present.size === 0) setImmediate(() => this.#closeIdle(view));
  }

  #carryOut({ to, what, name, body }: Effect, connections: readonly string[]): void {
    const mine = this.#mine(to.flatMap((place) => connections[place] ?? []));
    if (mine.length === 0) return;
    if (what === "tell") this.#outlet.tell(mine, name, decodeBody(name, body));
    else if (what === "hint") this.#outlet.hint(mine, name, decodeBody(name, body));
    else if (what === "cut") for (const by of mine) this.#outlet.cut(by);
    else for (const by of mine) this.#outlet.hangUp(by);
  }

  /** One timer per room, for whatever is due next; every node that knows the room has one. */
  #arm(view: RoomView): void {
    const { tag, dueAtMs } = view;
    const known = this.#timers.get(tag);
    if (known?.atMs === dueAtMs) return;
    known?.cancel();
    this.#timers.delete(tag);
    if (dueAtMs === undefined) return;
    const cancel = this.clock.setTimer(dueAtMs, () => {
      this.#timers.delete(tag);
      void this.#inBackground(this.#tick(view));
    });
    this.#timers.set(tag, { atMs: dueAtMs, cancel });
  }

  async #tick(view: RoomView): Promise<void> {
    if (view.isClosed) return;
    await this.use(view.tag, () => view.step(async () => ({ ok: true, value: {} })));
    if (!view.isClosed) this.#arm(view);
  }

  /** Never rejects. */
  #inBackground(work: Promise<unknown>): Promise<void> {
    const done: Promise<void> = work
      .then(() => undefined)
      .catch((error: unknown) => {
        // While Redis is away that is no fault, and it is made up for when it is back.
        const isAway = error instanceof StoreAway || error instanceof OutcomeUnknown;
        if (!isAway) this.#log.error("a room was not cared for", error);
      })
      .finally(() => this.#background.delete(done));
    this.#background.add(done);
    return done;
  }

  /** All of a room that left in one turn leave in one step. */
  #sendOffSoon(tag: Tag): Promise<void> {
    const departed = this.#departed.get(tag);
    if (departed === undefined) return Promise.resolve();
    departed.sent ??= this.#inBackground(this.#sendOff(tag).finally(() => (departed.sent = undefined)));
    return departed.sent;
  }

  async #sendOff(tag: Tag): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const who = this.#departed.get(tag)?.who ?? new Set();
    for (let gone = [...who]; gone.length > 0; gone = [...who]) {
      await this.use(tag, (view) =>
        view.step(async (store) => {
          for (const by of gone) await store.disconnect(this.nameOf(by));
          return { ok: true, value: {} };
        }),
      );
      for (const by of gone) {
        who.delete(by);
        this.places.delete(by);
      }
    }
    this.#departed.delete(tag);
  }

  async #beat(): Promise<void> {
    await this.link.commands.set(this.#keys.node(this.#node), "", "PX", this.options.nodeLifeMs);
    await this.#sendOffDeadNodes();
  }

  async #sendOffDeadNodes(): Promise<void> {
    const nodes = new Map<string, RoomView[]>();
    for (const { view } of this.#views.values()) {
      const others = new Set([...view.listeners, ...view.applicants].map((name) => name.split("~", 1)[0] ?? ""));
      for (const node of others) if (node !== this.#node) nodes.set(node, [...(nodes.get(node) ?? []), view]);
    }
    await Promise.all(
      [...nodes].map(async ([node, views]) => {
        if ((await this.link.commands.exists(this.#keys.node(node))) === 1) return;
        await Promise.all(views.map((view) => this.use(view.tag, () => this.#sendOffNode(view, `${node}~`))));
      }),
    );
  }

  async #sendOffNode(view: RoomView, prefix: string): Promise<void> {
    await view.step(async (store) => {
      for (const by of [
        ...store.keeper.standings.keys(),
        ...store.windows.all().flatMap(({ offerers }) => [...offerers]),
      ]) {
        if (!by.startsWith(prefix)) continue;
        await store.disconnect(by);
        // Should the node be alive after all, its people come back.
        store.keeper.outlet.hangUp(by);
      }
      return { ok: true, value: {} };
    });
  }

  /** Redis keeps a room as long as some node has somebody in it. */
  async #renewLeases(): Promise<void> {
    for (const { view } of this.#views.values()) {
      if (this.places.in(view.tag).length === 0) continue;
      await this.use(view.tag, () => this.#renewLease(view)).catch(() => undefined);
    }
  }

  async #renewLease(view: RoomView): Promise<void> {
    const { lifeMs, invites } = await view.ask((universe) => ({
      lifeMs: Math.floor(this.lifeMs(universe, this.nowMs())),
      invites: universe.isEmpty ? [] : [...universe.invites.values()],
    }));
    if (!view.exists) return;
    const nowMs = this.nowMs();
    const isThere = await this.link.commands.pexpire(this.roomKey(view.tag), Math.max(1, lifeMs));
    if (isThere === 0) return this.lost(view);
    await this.rooms.reserve(view.tag, nowMs, nowMs + lifeMs);
    await Promise.all(
      invites.map(({ record, expiresAtMs }) =>
        this.invites.keep(record.inviteId, Math.min(lifeMs, expiresAtMs - nowMs)),
      ),
    );
  }
}

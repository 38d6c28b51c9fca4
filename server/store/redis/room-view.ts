// One room as this node takes part in it. Decisions go one after the other: the room is woken at the version that Redis
// is believed to have, decides, and Redis takes what came of it if it still has that version; if not, all over again.
// What is told to connections comes back from Redis, in the one order that all nodes see.
import { equalBytes } from "../../../codec/bytes.ts";
import type { Ask } from "../../../wire/events.ts";
import type { ConnectionId } from "../keys.ts";
import type { MemoryStore } from "../memory-store.ts";
import { findPassage } from "../ordering.ts";
import { refuse } from "../room-store.ts";
import type { Decision } from "../room-store.ts";
import type { StoreOptions } from "../room-keeper.ts";
import type { Tag } from "./key-names.ts";
import { noRoom, readRoom } from "./kept-room.ts";
import type { KeptRoom } from "./kept-room.ts";
import { encodeBody, encodePublication, MAX_BATCH, noPlace } from "./publication.ts";
import type { Effect, Placed, Publication, SealedFrom, StepPublication } from "./publication.ts";
import type { RedisLink } from "./redis-link.ts";
import { SerialQueue } from "./serial-queue.ts";
import type { StepReply } from "./scripts.ts";
import { wake, write } from "./snapshot.ts";
import type { PartName } from "./snapshot.ts";
import { Universe } from "./universe.ts";

const MAX_TRIES = 50;
const MAX_BATCH_BYTES = 1024 * 1024;

/** What a room needs of its node. */
export interface RoomSurroundings {
  readonly link: RedisLink;
  readonly options: StoreOptions;
  nowMs(): number;
  roomKey(tag: Tag): string;
  channel(tag: Tag): string;
  /** A version that no decision had before. */
  nextVersion(): string;
  /** How long Redis keeps the room unless somebody cares for it again. */
  lifeMs(universe: Universe, nowMs: number): number;
  /** Called before and after a decision is carried out; a refusal stops it. With the time that the room did not live to see. */
  prepare(tag: Tag, after: Universe, isNew: boolean): Promise<Decision<object>>;
  finish(tag: Tag, universe: Universe, endedBeforeMs: number | undefined): Promise<void>;
  /** What was published, in its order. */
  deliver(view: RoomView, publication: Publication, seq: number): void;
  /** The room is not what this node believed; its connections have to come back. */
  lost(view: RoomView): void;
}

interface Waiting {
  readonly by: ConnectionId;
  readonly ask: Ask<"message:send">;
  readonly settle: (decision: Decision<{ seq: number }>) => void;
  readonly fail: (error: unknown) => void;
}

export class RoomView {
  readonly tag: Tag;
  /** Operations under way; a view that is in use is not closed. */
  uses = 0;
  /** Everybody with a seat and a connection, on any node, and everybody on the way in. */
  listeners: readonly string[] = [];
  applicants: readonly string[] = [];
  dueAtMs: number | undefined;
  isClosed = false;
  readonly #around: RoomSurroundings;
  readonly #queue = new SerialQueue();
  #kept: KeptRoom | undefined;
  #universe: Universe | undefined;
  /** Parts never change, so those that were read once are not read again. */
  #parts = noRoom.parts;
  /** Of the room that Redis had when it was last asked. */
  #expiresAtMs: number | undefined;
  /** Of the last publication that was delivered here; `undefined` until the room is known. */
  #place: number | undefined;
  #early: Placed[] | undefined = [];
  #awaited: { readonly place: number; readonly wake: () => void }[] = [];
  #outbox: Waiting[] = [];

  constructor(tag: Tag, around: RoomSurroundings) {
    this.tag = tag;
    this.#around = around;
  }

  get #key(): string {
    return this.#around.roomKey(this.tag);
  }

  get #channel(): string {
    return this.#around.channel(this.tag);
  }

  get isIdle(): boolean {
    return this.uses === 0 && this.#queue.isIdle;
  }

  /** Whether Redis has the room, as far as is known here. */
  get exists(): boolean {
    return this.#kept === undefined || this.#kept.version !== "";
  }

  /** To be called when the channel is subscribed to, so that nothing is missed. */
  async open(): Promise<void> {
    const { kept, document } = await this.#read();
    this.#kept = kept;
    if (kept.version !== "") this.#place = kept.place;
    this.#expiresAtMs = document?.kind === "room" ? document.expiresAtMs : undefined;
    if (document?.kind === "room") {
      this.listeners = document.seats.flatMap(({ connection }) => connection ?? []);
      this.applicants = document.applicants.map(({ connection }) => connection);
    } else if (document !== undefined) this.applicants = document.offerers;
    this.#universe = this.#wake(kept, document);
    this.dueAtMs = this.#universe.clock.dueAtMs();
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const placed of early) this.receive(placed);
  }

  /** Whether nothing was published that was not delivered here. */
  async isUpToDate(): Promise<boolean> {
    const place = await this.#around.link.commands.hget(this.#key, "p");
    return (place === null ? undefined : Number(place)) === this.#place;
  }

  /** A decision, and everything that is due by now before it. */
  async step<T extends object>(decide: (store: MemoryStore) => Promise<Decision<T>>): Promise<Decision<T>> {
    const { decision, place } = await this.#queue.run(() => this.#decide(decide));
    await this.#reached(place);
    return decision;
  }

  /** Asks without deciding. */
  async ask<T>(question: (universe: Universe) => T): Promise<T> {
    return this.#queue.run(async () => question(await this.#awake()));
  }

  /** Messages of one turn of the event loop travel together. */
  send(by: ConnectionId, ask: Ask<"message:send">): Promise<Decision<{ seq: number }>> {
    return new Promise((settle, fail) => {
      this.#outbox.push({ by, ask, settle, fail });
      if (this.#outbox.length === 1) setImmediate(() => void this.#queue.run(() => this.#flush()));
    });
  }

  signal(by: ConnectionId, ask: Ask<"message:send">): Promise<Decision<object>> {
    return this.#queue.run(async () => {
      const { link } = this.#around;
      const passage = findPassage((await this.#awake()).store.keeper, by, ask.cid);
      if (!passage.ok && passage.code !== "read_only") return passage;
      const publication = encodePublication({ kind: "signal", from: by, ...ask });
      await link.publish(this.#channel, Buffer.concat([noPlace, publication]));
      return { ok: true, value: {} };
    });
  }

  receive(placed: Placed): void {
    if (this.#early !== undefined) this.#early.push(placed);
    else if (placed.place === 0) this.#around.deliver(this, placed.publication, placed.seq);
    else if (this.#place === undefined || placed.place === this.#place + 1) this.#advance(placed);
    else if (placed.place > this.#place) this.#around.lost(this);
  }

  /** Nothing is waited for any more. */
  close(): void {
    this.isClosed = true;
    for (const { wake: wakeUp } of this.#awaited) wakeUp();
    this.#awaited = [];
  }

  #advance(placed: Placed): void {
    const { place, seq, publication } = placed;
    this.#place = place;
    const kept = this.#kept;
    if (kept !== undefined && place > kept.place) {
      if (publication.kind === "messages" && kept.version !== "") {
        Object.assign(kept, { seq, place });
        if (this.#universe?.room !== undefined) this.#universe.room.seq = seq;
      } else this.#forget();
    }
    if (publication.kind === "step") this.#note(publication);
    this.#around.deliver(this, publication, seq);
    const ready = this.#awaited.filter((awaited) => awaited.place <= place);
    this.#awaited = this.#awaited.filter((awaited) => awaited.place > place);
    for (const { wake: wakeUp } of ready) wakeUp();
  }

  #note({ connections, listeners, applicants, dueAtMs }: StepPublication): void {
    this.listeners = listeners.flatMap((place) => connections[place] ?? []);
    this.applicants = applicants.flatMap((place) => connections[place] ?? []);
    this.dueAtMs = dueAtMs;
  }

  /** Redis lets a room go at its time, perhaps before anybody here has ended it. */
  #vanish(expiresAtMs: number): void {
    const isOver = expiresAtMs <= this.#around.nowMs();
    if (!isOver && this.listeners.length > 0) return this.#around.lost(this);
    const connections = [...this.listeners, ...this.applicants];
    const to = connections.map((_, place) => place);
    const body = encodeBody("room:ended", { reason: isOver ? "expired" : "empty", proof: undefined });
    const effects: Effect[] = [
      { to, what: "tell", name: "room:ended", body },
      { to, what: "cut", name: "room:ended", body },
    ];
    const nobody = { listeners: [], applicants: [], dueAtMs: undefined };
    const publication = { kind: "step", version: "", hasEnded: true, connections, effects, ...nobody } as const;
    this.#around.deliver(this, publication, 0);
  }

  #know(kept: KeptRoom, universe: Universe): void {
    this.#kept = kept;
    this.#universe = universe;
    this.#expiresAtMs = universe.room?.expiresAtMs;
  }

  #forget(): void {
    this.#kept = undefined;
    this.#universe = undefined;
  }

  #reached(place: number): Promise<void> {
    if (this.isClosed || place <= (this.#place ?? 0)) return Promise.resolve();
    return new Promise((wakeUp) => void this.#awaited.push({ place, wake: wakeUp }));
  }

  async #read(): ReturnType<typeof readRoom> {
    const read = await readRoom(this.#around.link, this.#key, this.#parts);
    this.#parts = read.kept.parts;
    return read;
  }

  /** The room as Redis has it, as far as is known. */
  async #awake(): Promise<Universe> {
    this.#around.link.check();
    if (this.#universe !== undefined) return this.#universe;
    const { kept, document } = await this.#read();
    if (document === undefined && this.#expiresAtMs !== undefined) this.#vanish(this.#expiresAtMs);
    this.#expiresAtMs = document?.kind === "room" ? document.expiresAtMs : undefined;
    this.#kept = kept;
    this.#universe = this.#wake(kept, document);
    return this.#universe;
  }

  #wake(kept: KeptRoom, document: Parameters<typeof wake>[0] | undefined): Universe {
    const { options } = this.#around;
    if (document === undefined) return new Universe(options, 1);
    const read = (name: PartName): Uint8Array => {
      const bytes = kept.parts.get(name);
      if (bytes === undefined) throw new Error("a part is missing");
      return bytes;
    };
    return wake(document, kept.seq, { read, options, nowMs: this.#around.nowMs() });
  }

  async #decide<T extends object>(
    decide: (store: MemoryStore) => Promise<Decision<T>>,
  ): Promise<{ decision: Decision<T>; place: number }> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const decided = await this.#tryToDecide(decide);
      if (decided !== undefined) return decided;
    }
    return { decision: refuse("try_later"), place: 0 };
  }

  /** `undefined` when the room has moved on. */
  async #tryToDecide<T extends object>(
    decide: (store: MemoryStore) => Promise<Decision<T>>,
  ): Promise<{ decision: Decision<T>; place: number } | undefined> {
    const universe = await this.#awake();
    const kept = this.#kept ?? noRoom;
    // From here on it is not what Redis has, until Redis has taken it.
    this.#forget();
    const expiresAtMs = universe.room?.expiresAtMs ?? 0;
    universe.clock.wake(this.#around.nowMs());
    const decision = await decide(universe.store);
    const written = write(universe, (name) => kept.parts.has(name));
    const { publication, isSilent } = universe.takeEffects(this.#around.nextVersion());
    if (isSilent && equalBytes(written?.state ?? noRoom.state, kept.state)) {
      this.#know(kept, universe);
      this.dueAtMs = universe.clock.dueAtMs();
      return { decision, place: 0 };
    }
    const prepared = await this.#around.prepare(this.tag, universe, kept.version === "");
    if (!prepared.ok) return { decision: prepared, place: 0 };
    const next = await this.#carryOut(kept, universe, written, publication);
    if (next === undefined) return undefined;
    // Somebody else may have moved it on already.
    if ((this.#place ?? 0) <= next.place) this.#know(next, universe);
    const isCutShort = universe.isEmpty && expiresAtMs > this.#around.nowMs();
    await this.#around.finish(this.tag, universe, isCutShort ? expiresAtMs : undefined);
    return { decision, place: next.place };
  }

  /** `undefined` when the room has moved on. */
  async #carryOut(
    kept: KeptRoom,
    universe: Universe,
    written: ReturnType<typeof write>,
    publication: StepPublication,
  ): Promise<KeptRoom | undefined> {
    const { link } = this.#around;
    const nowMs = this.#around.nowMs();
    const seq = universe.room?.seq ?? kept.seq;
    const gone = [...kept.parts.keys()].filter((name) => written?.names.has(name) !== true);
    const fresh = [...(written?.fresh ?? [])];
    const fields = fresh.flatMap(([name, bytes]) => [name, Buffer.from(bytes)]);
    const [outcome, place] = (await link.script(
      "srStep",
      this.#key,
      kept.version,
      kept.seq,
      publication.version,
      seq,
      written === undefined ? 0 : Math.max(1, Math.ceil(this.#around.lifeMs(universe, nowMs))),
      // Places only ever grow, also those of a room that comes back.
      nowMs * 1024,
      link.publishCommand,
      this.#channel,
      encodePublication(publication),
      gone.length,
      ...gone,
      "s",
      Buffer.from(written?.state ?? noRoom.state),
      ...fields,
    )) as StepReply;
    if (outcome === 0) return undefined;
    if (written === undefined) return { ...noRoom, place };
    const parts = new Map([...kept.parts].filter(([name]) => written.names.has(name)));
    for (const [name, bytes] of fresh) parts.set(name, bytes);
    this.#parts = parts;
    return { version: publication.version, seq, place, state: written.state, parts };
  }

  async #flush(): Promise<void> {
    const batch = this.#takeBatch();
    try {
      const settled = await this.#pass(batch);
      void this.#reached(settled.place).then(() =>
        batch.forEach(({ settle }, at) => settle(settled.decisions[at] ?? refuse("try_later"))),
      );
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
  }

  #takeBatch(): Waiting[] {
    let bytes = 0;
    const count = this.#outbox.findIndex(({ ask }) => (bytes += ask.envelope.length) > MAX_BATCH_BYTES);
    const batch = this.#outbox.splice(0, count <= 0 ? MAX_BATCH : Math.min(count, MAX_BATCH));
    if (this.#outbox.length > 0) void this.#queue.run(() => this.#flush());
    return batch;
  }

  async #pass(batch: readonly Waiting[]): Promise<{ decisions: Decision<{ seq: number }>[]; place: number }> {
    const { link } = this.#around;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      let universe = await this.#awake();
      if ((universe.clock.dueAtMs() ?? Infinity) <= this.#around.nowMs()) {
        await this.#decide(async () => refuse("try_later"));
        universe = await this.#awake();
      }
      const kept = this.#kept ?? noRoom;
      const passages = batch.map(({ by, ask }) => findPassage(universe.store.keeper, by, ask.cid));
      const messages: SealedFrom[] = [];
      batch.forEach(({ by, ask }, at) => passages[at]?.ok && messages.push({ from: by, ...ask }));
      if (messages.length === 0) return { decisions: passages.map((passage) => withSeq(passage, 0)), place: 0 };
      const publication: Publication = { kind: "messages", messages };
      const reply = (await link.script(
        "srPass",
        this.#key,
        kept.version,
        messages.length,
        link.publishCommand,
        this.#channel,
        encodePublication(publication),
      )) as StepReply;
      if (reply[0] === 0) {
        this.#forget();
        continue;
      }
      Object.assign(kept, { place: reply[1], seq: reply[2] });
      if (universe.room !== undefined) universe.room.seq = reply[2];
      let seq = reply[2] - messages.length;
      return { decisions: passages.map((passage) => withSeq(passage, passage.ok ? ++seq : 0)), place: reply[1] };
    }
    return { decisions: batch.map(() => refuse("try_later")), place: 0 };
  }
}

function withSeq(passage: Decision<object>, seq: number): Decision<{ seq: number }> {
  return passage.ok ? { ok: true, value: { seq } } : passage;
}

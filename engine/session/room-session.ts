// One room of this browser from the first connection to its end: owns the connection, the queue, and what is wiped when the
// room is over. Views see it through session/view.ts.
import type { EndReason, EngineFault } from "../../bridge/contract.ts";
import { EngineError } from "../../bridge/fault.ts";
import type { NoticeBody } from "../../wire/events.ts";
import { faultOf } from "../errors.ts";
import { backoffMs } from "../relay/backoff.ts";
import { RelayClient, RelayRefusal } from "../relay/relay-client.ts";
import type { Change, Opened } from "../workers/group-contract.ts";
import { CommitFlow } from "./commit-flow.ts";
import { Duties } from "./duties.ts";
import { createRoom, enterGroup, openInvite, relayOf, Tickets } from "./entry.ts";
import { Inbox } from "./inbox.ts";
import { Outbox, sealContent, sendNow } from "./outbox.ts";
import { limitLife, othersOf, selfIdOf } from "./room.ts";
import type { Room } from "./room.ts";

const GOODBYE_MS = 2_000;

export interface SessionEvents {
  /** Something that views see has changed. */
  changed(): void;
  /** What a restarted engine would need has changed. */
  saved(): void;
}

export class RoomSession {
  readonly room: Room;
  readonly #events: SessionEvents;
  readonly #tickets = new Tickets();
  readonly #commits: CommitFlow;
  readonly #duties: Duties;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  #attempt = 0;
  #cancelRetry: (() => void) | undefined;
  #cancelExpiry: (() => void) | undefined;
  #enteredEpoch = 0;
  #isComingBack = false;

  constructor(room: Room, events: SessionEvents) {
    this.room = room;
    this.#events = events;
    this.#commits = new CommitFlow(room, {
      entered: (change) => this.#entered(change),
      removed: (isLeave) => void this.finish(isLeave ? "left" : "removed"),
      lost: () => this.#loseWay(),
    });
    this.#duties = new Duties(room, this.#commits, () => this.#events.changed());
    this.#outbox = new Outbox(room, () => {
      this.#duties.sent();
      this.#events.changed();
    });
    this.#inbox = new Inbox(room, {
      changed: () => this.#changed(),
      heard: (opened) => this.#heard(opened),
      greeted: (helloId, memberId) => this.#duties.greeted(helloId, memberId),
      synced: (helloId) => this.#duties.synced(helloId),
      leaverKnown: () => this.#duties.leaverKnown(),
    });
  }

  /** Rejects with an {@link EngineError}; nothing is left behind then. */
  async create(options: { name: string; lifeS: number; maxMembers: number }): Promise<void> {
    await this.#enterFirst(async () => {
      await createRoom(this.room, options);
      await this.#greet();
    });
  }

  /** Rejects with an {@link EngineError}; nothing is left behind then. */
  async join(link: string): Promise<void> {
    await this.#enterFirst(async () => {
      await openInvite(this.room, link);
      await enterGroup(this.room, this.#tickets, this.#commits);
      await this.#greet();
    });
  }

  async #enterFirst(enter: () => Promise<void>): Promise<void> {
    try {
      await this.#connect();
      await this.room.queue.run(enter);
      this.#settleIn();
    } catch (error) {
      await this.finish("failed", faultOf(error));
      throw error instanceof EngineError ? error : new EngineError(faultOf(error), { cause: error });
    }
  }

  /** Comes back after a restart of the engine; keeps trying while the relay cannot be reached. */
  resume(credential: Uint8Array): void {
    const { room } = this;
    room.phase = "reconnecting";
    room.queue
      .run(async () => {
        const { link, ...facts } = await room.host.restore(room.id, credential);
        room.facts = facts;
        room.link = link;
      })
      .catch(() => this.finish("failed", "internal"));
    this.#armExpiry();
    this.#reconnect();
  }

  send(text: string): string {
    if (this.room.phase === "ended") throw new EngineError("room_ended");
    return this.#outbox.add(text).id;
  }

  retry(messageId: string): void {
    this.#outbox.retry(messageId);
  }

  reconnectNow(): void {
    if (!this.#cancelRetry) return;
    this.#cancelRetry();
    this.#attempt = 0;
    this.#reconnect();
  }

  async kick(memberId: string): Promise<void> {
    await this.room.queue.run(() => this.#commits.kick(memberId));
  }

  async renewKeys(): Promise<void> {
    await this.room.queue.run(() => this.#commits.renewKeys());
  }

  /** Owner only: the room ends for everybody. */
  async end(): Promise<void> {
    const { room } = this;
    if (room.facts?.ownerId !== selfIdOf(room)) throw new EngineError("not_allowed");
    try {
      const counter = room.ports.clock.wallMs();
      const options = { counter, operation: "end", argument: new Uint8Array() } as const;
      const signature = await room.host.proveOwner(room.id, options);
      await relayOf(room).request("room:end", { counter, signature });
    } catch (error) {
      throw new EngineError(faultOf(error), { cause: error });
    }
    await this.finish("destroyed");
  }

  /** Leaves on purpose. Never rejects: what cannot be said to the others in time is left unsaid. */
  async leave(): Promise<void> {
    const { room } = this;
    if (room.relay?.isConnected && room.standing) {
      const deadline = new Promise((resolve) => void room.ports.clock.setTimer(GOODBYE_MS, () => resolve(undefined)));
      await Promise.race([this.#sayGoodbye().catch(() => undefined), deadline]);
    }
    await this.finish("left");
  }

  async #sayGoodbye(): Promise<void> {
    const { room } = this;
    await room.queue.run(async () => {
      if (othersOf(room).length > 0) {
        const body = { kind: "leave", statement: new Uint8Array(64) } as const;
        const { cid, envelope } = await sealContent(room, { kind: "message", body, sequence: room.lastSequence + 1 });
        await relayOf(room).request("message:send", { cid, envelope }, GOODBYE_MS);
      }
      await relayOf(room).request("room:leave", {}, GOODBYE_MS);
    });
  }

  /** The room is over on this device: everything of it is dropped and its keys are overwritten. */
  async finish(reason: EndReason, fault?: EngineFault): Promise<void> {
    const { room } = this;
    if (room.phase === "ended") return;
    room.phase = "ended";
    room.end = { reason, fault };
    this.#tickets.lost();
    this.abandon();
    room.resumeToken = undefined;
    room.link = undefined;
    room.outgoing.length = 0;
    room.timeline = { entries: [], progress: new Map(), lamport: 0 };
    room.profiles.clear();
    this.#events.saved();
    this.#events.changed();
    await room.host.wipe(room.id);
  }

  /** Stops without a word to anybody: this engine goes away, the seat waits at the relay. */
  abandon(): void {
    const { room } = this;
    this.#cancelRetry?.();
    this.#cancelExpiry?.();
    this.#duties.close();
    this.#commits.close();
    this.#outbox.close();
    room.queue.close();
    const { relay } = room;
    room.relay = undefined;
    relay?.close();
  }

  async #connect(): Promise<void> {
    const { room } = this;
    room.relay?.close();
    const relay = new RelayClient(room.ports.openRelaySocket(room.relayOrigin), room.ports.clock);
    room.relay = relay;
    this.#listen(relay);
    await relay.connect();
    relay.onDisconnect(() => {
      if (room.relay === relay) this.#disconnected();
    });
  }

  #listen(relay: RelayClient): void {
    const { room } = this;
    relay.onNotices({
      "ticket:granted": ({ head }) => this.#tickets.granted(head),
      "commit:accepted": (entry) => this.#queue(() => this.#commits.handleCommit(entry)),
      "commit:rolled-back": (notice) => this.#queue(() => this.#commits.handleRollback(notice)),
      "message:received": (sealed) => this.#queue(() => this.#inbox.handle("message", sealed)),
      "signal:received": (sealed) => this.#queue(() => this.#inbox.handle("signal", sealed)),
      "gi:wanted": () => this.#queue(() => this.#offerGroupInfo()),
      "room:ended": (notice) => void this.#relayEnded(notice),
      "relay:draining": () => {
        relay.close();
        if (room.relay === relay) this.#disconnected();
      },
    });
  }

  #queue(task: () => Promise<void>): void {
    this.room.queue.run(task).catch(() => this.#loseWay());
  }

  async #offerGroupInfo(): Promise<void> {
    const { room } = this;
    const fresh = await room.host.groupInfo(room.id);
    await room.relay?.request("gi:update", fresh).catch(() => undefined);
  }

  async #relayEnded({ reason, proof }: NoticeBody<"room:ended">): Promise<void> {
    const { room } = this;
    if (reason === "expired") return this.finish("expired");
    if (reason === "empty") return this.finish("emptied");
    // Only the owner's signature makes it the owner's doing; a relay alone can merely stop serving.
    const isProven = proof !== undefined && (await room.host.isEndProven(room.id, proof).catch(() => false));
    return isProven ? this.finish("destroyed") : this.finish("failed", "room_ended");
  }

  #disconnected(): void {
    const { room } = this;
    this.#tickets.lost();
    if (room.phase === "ended" || (room.phase === "joining" && !room.resumeToken)) return;
    room.phase = "reconnecting";
    this.#events.changed();
    this.#retryLater();
  }

  #retryLater(): void {
    const { ports } = this.room;
    this.#cancelRetry?.();
    const delayMs = backoffMs(this.#attempt++, ports.jitter());
    this.#cancelRetry = ports.clock.setTimer(delayMs, () => this.#reconnect());
  }

  #reconnect(): void {
    this.#cancelRetry = undefined;
    const { room } = this;
    void this.#connect()
      .then(() => room.queue.run(() => this.#resumeSeat()))
      .then(() => this.#settleIn())
      .catch((error: unknown) => this.#resumeFailed(error));
  }

  #resumeFailed(error: unknown): void {
    const { room } = this;
    if (room.phase === "ended") return;
    const isFinal = error instanceof RelayRefusal && ["not_admitted", "expired"].includes(error.code);
    if (isFinal || (error instanceof EngineError && error.code === "room_unverified")) {
      void this.finish("failed", error instanceof RelayRefusal ? "not_admitted" : error.code);
      return;
    }
    room.relay?.close();
    this.#retryLater();
  }

  async #resumeSeat(): Promise<void> {
    const { room } = this;
    if (!room.facts || !room.resumeToken) throw new EngineError("internal");
    const { handle } = room.facts;
    const cid = room.standing?.cid;
    const answer = await relayOf(room).request("room:resume", { handle, resumeToken: room.resumeToken, cid });
    limitLife(room, answer.lifeMs);
    if (answer.mustRejoin || !room.standing) {
      await enterGroup(room, this.#tickets, this.#commits);
    } else {
      for (const entry of answer.missed) await this.#commits.handleCommit(entry);
      // Not among what was missed: it was never accepted.
      if (room.pendingCid) await room.host.settle(room.id, false);
      room.pendingCid = undefined;
    }
    await this.#greet();
  }

  /** Says who we are and asks to be told who is here. */
  async #greet(): Promise<void> {
    const { room } = this;
    await this.#sendProfile();
    this.#enteredEpoch = room.standing?.epoch ?? 0;
    room.enteredAtMs = room.ports.clock.monotonicMs();
    room.isVerified = othersOf(room).length === 0;
    if (!room.isVerified) await sendNow(room, "message", { kind: "hello" });
  }

  async #sendProfile(): Promise<void> {
    const { room } = this;
    const sealed = await sendNow(room, "message", { kind: "profile", name: room.displayName });
    if (sealed) {
      const { signed } = sealed;
      room.profiles.set(selfIdOf(room), { name: room.displayName, lamport: room.timeline.lamport + 1, signed });
    }
  }

  #settleIn(): void {
    this.#attempt = 0;
    this.#armExpiry();
    if (this.room.isVerified) this.#open();
    this.#events.saved();
    this.#changed();
  }

  #open(): void {
    const { room } = this;
    if (room.phase === "ended" || !room.relay?.isConnected) return;
    room.phase = "open";
    this.#duties.entered();
    this.#outbox.flush();
  }

  #heard(opened: Opened): void {
    const { room } = this;
    if (room.isVerified || opened.epoch < this.#enteredEpoch) return;
    room.isVerified = true;
    this.#open();
  }

  #entered(_change: Change): void {
    const { room } = this;
    if (othersOf(room).length === 0 && !room.isVerified && room.phase !== "joining") {
      room.isVerified = true;
      this.#open();
    }
    if (room.phase === "open") {
      this.#duties.entered();
      this.#outbox.flush();
    }
    this.#events.saved();
    this.#changed();
  }

  /** What we hold and what the relay holds no longer meet: come back through the door. */
  #loseWay(): void {
    const { room } = this;
    if (room.phase === "ended" || this.#isComingBack) return;
    this.#isComingBack = true;
    room.phase = "reconnecting";
    room.isVerified = false;
    this.#changed();
    void room.queue
      .run(async () => {
        await enterGroup(room, this.#tickets, this.#commits);
        await this.#greet();
      })
      .then(() => this.#settleIn())
      .catch((error: unknown) => this.#resumeFailed(error))
      .finally(() => {
        this.#isComingBack = false;
      });
  }

  #armExpiry(): void {
    const { room } = this;
    if (!Number.isFinite(room.endsAtMs) || room.phase === "ended") return;
    this.#cancelExpiry?.();
    const leftMs = Math.max(0, room.endsAtMs - room.ports.clock.monotonicMs());
    this.#cancelExpiry = room.ports.clock.setTimer(leftMs, () => void this.finish("expired"));
  }

  #changed(): void {
    this.#armExpiry();
    this.#events.changed();
  }
}

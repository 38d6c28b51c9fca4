// The network of a simulation. Each connection is two pipes that keep order and take time; it may be cut, so that one end
// learns of it late, or held up by a partition. Between relay and client sits a hostile layer that drops, doubles, delays
// and replays what it is told to.
import type { RelaySocket } from "../../../engine/ports.ts";
import { Decoder, Encoder } from "../../../wire/parser.ts";
import type { Packet } from "../../../wire/parser.ts";
import type { SeededRandom } from "./random.ts";
import type { RelayEnd, SimRelay } from "./relay.ts";
import type { Scheduler } from "./scheduler.ts";

const EVENT = 2;
const ACK = 3;
/** After so long without a ping both sides take a connection for dead (server/limits.ts). */
export const DEAD_AFTER_MS = 14_000;
/** So many notices of one person are kept for replaying. */
const RECORDED = 60;

export type Tampering = "drop" | "duplicate" | "delay";

/** One direction of a connection: keeps order, takes time, and holds back while it is paused. */
class Pipe {
  readonly #clock: Scheduler;
  readonly #latencyMs: () => number;
  readonly #queue: { atMs: number; readonly deliver: () => void }[] = [];
  #lastAtMs = 0;
  #isArmed = false;
  #isPaused = false;
  #isBroken = false;

  constructor(clock: Scheduler, latencyMs: () => number) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
  }

  put(deliver: () => void): void {
    if (this.#isBroken) return;
    this.#queue.push({ atMs: this.#dueMs(), deliver });
    this.#arm();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const entry of this.#queue) entry.atMs = Math.max(entry.atMs, this.#dueMs());
    this.#arm();
  }

  /** What is under way is lost. */
  break(): void {
    this.#isBroken = true;
    this.#queue.length = 0;
  }

  #dueMs(): number {
    this.#lastAtMs = Math.max(this.#lastAtMs, this.#clock.nowMs() + this.#latencyMs());
    return this.#lastAtMs;
  }

  #arm(): void {
    const [next] = this.#queue;
    if (next === undefined || this.#isArmed || this.#isPaused) return;
    this.#isArmed = true;
    this.#clock.setTimer(next.atMs - this.#clock.nowMs(), () => {
      this.#isArmed = false;
      if (this.#isPaused || this.#isBroken) return;
      this.#queue.shift()?.deliver();
      this.#arm();
    });
  }
}

/** The place of one person in the network. */
export class Line {
  readonly host: string;
  readonly #clock: Scheduler;
  readonly #random: SeededRandom;
  readonly #relay: SimRelay;
  readonly #latencyMs: number;
  readonly #links = new Set<Link>();
  readonly #tamperings: { how: Tampering; left: number }[] = [];
  readonly #recorded: Uint8Array[] = [];
  #healsAtMs = 0;

  constructor(parts: { clock: Scheduler; random: SeededRandom; relay: SimRelay; host: string }) {
    this.host = parts.host;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#relay = parts.relay;
    this.#latencyMs = this.#random.between(2, 120);
  }

  /** The port: a socket that is not connected yet. */
  openSocket(isAlive: () => boolean): RelaySocket {
    return new SimSocket((socket) => (isAlive() ? this.#connect(socket) : undefined));
  }

  /** The connection breaks; `lateEnd` learns of it only when no ping comes. */
  cut(lateEnd: "none" | "relay" | "client"): void {
    for (const link of this.#links) link.cut(lateEnd);
  }

  /** Nothing passes for so long; connections that are held up too long die. */
  partition(durationMs: number): void {
    const untilMs = this.#clock.nowMs() + durationMs;
    if (untilMs <= this.#healsAtMs) return;
    this.#healsAtMs = untilMs;
    for (const link of this.#links) link.pause();
    this.#clock.setTimer(DEAD_AFTER_MS, () => {
      if (this.#isPartitioned()) this.cut("none");
    });
    this.#clock.setTimer(durationMs, () => this.#heal());
  }

  /** The relay does this to the next `count` notices for this person. */
  tamper(how: Tampering, count: number): void {
    this.#tamperings.push({ how, left: count });
  }

  /** The relay says something again that it said before. */
  replay(count: number): void {
    for (let i = 0; i < count && this.#recorded.length > 0; i++) {
      const frame = this.#recorded[this.#random.between(0, this.#recorded.length - 1)];
      for (const link of this.#links) if (frame) link.send(frame);
    }
  }

  /** From now on everything works. */
  mend(): void {
    this.#tamperings.length = 0;
    this.#healsAtMs = 0;
    this.#heal();
  }

  #isPartitioned(): boolean {
    return this.#clock.nowMs() < this.#healsAtMs;
  }

  #heal(): void {
    if (this.#isPartitioned()) return;
    for (const link of this.#links) link.resume();
  }

  #connect(socket: SimSocket): Link {
    const latency = (): number => this.#latencyMs + this.#random.next() * 30;
    const link = new Link({
      socket,
      up: new Pipe(this.#clock, latency),
      down: new Pipe(this.#clock, latency),
      clock: this.#clock,
      tell: (frame) => this.#tell(link, frame),
      closed: () => this.#links.delete(link),
    });
    this.#links.add(link);
    // Packets that open a connection are not kept for it: an attempt during a partition is never answered.
    if (this.#isPartitioned()) link.cut("client");
    else link.reach(this.#relay, this.host);
    return link;
  }

  /** From the relay to the client, through hostile hands. */
  #tell(link: Link, frame: Uint8Array): void {
    if (frame[0] === EVENT) {
      this.#recorded.push(frame);
      if (this.#recorded.length > RECORDED) this.#recorded.shift();
      const [tampering] = this.#tamperings;
      if (tampering !== undefined) {
        if (--tampering.left <= 0) this.#tamperings.shift();
        this.#tamper(link, frame, tampering.how);
        return;
      }
    }
    link.send(frame);
  }

  #tamper(link: Link, frame: Uint8Array, how: Tampering): void {
    const laterMs = 20 + this.#random.next() ** 3 * 8_000;
    if (how !== "delay" && how !== "drop") link.send(frame);
    if (how !== "drop") this.#clock.setTimer(laterMs, () => link.send(frame));
  }
}

interface LinkParts {
  readonly socket: SimSocket;
  readonly up: Pipe;
  readonly down: Pipe;
  readonly clock: Scheduler;
  readonly tell: (frame: Uint8Array) => void;
  readonly closed: () => void;
}

/** One connection, from the attempt to the moment when both ends know that it is over. */
class Link {
  readonly #parts: LinkParts;
  #relayEnd: RelayEnd | undefined;
  #isOver = { client: false, relay: true };
  #isBroken = false;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  reach(relay: SimRelay, host: string): void {
    const { up, down, socket, tell } = this.#parts;
    const write = (frame: Uint8Array): void => tell(frame);
    up.put(() => {
      const end = relay.open(host, { write, close: () => this.#closeFromRelay() });
      if (end === undefined) {
        down.put(() => this.#endClient());
        return;
      }
      this.#relayEnd = end;
      this.#isOver.relay = false;
      down.put(() => socket.opened());
    });
  }

  ask(frame: Uint8Array): void {
    this.#parts.up.put(() => {
      if (!this.#isOver.relay) this.#relayEnd?.receive(frame);
    });
  }

  send(frame: Uint8Array): void {
    this.#parts.down.put(() => this.#parts.socket.receive(frame));
  }

  pause(): void {
    this.#parts.up.pause();
    this.#parts.down.pause();
  }

  resume(): void {
    this.#parts.up.resume();
    this.#parts.down.resume();
  }

  cut(lateEnd: "none" | "relay" | "client"): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    const { up, down, clock } = this.#parts;
    up.break();
    down.break();
    clock.setTimer(lateEnd === "client" ? DEAD_AFTER_MS : 0, () => this.#endClient());
    clock.setTimer(lateEnd === "relay" ? DEAD_AFTER_MS : 0, () => this.#endRelay());
  }

  /** The client hangs up. */
  hangUp(): void {
    if (this.#isOver.client) return;
    this.#isOver.client = true;
    const { up, clock } = this.#parts;
    if (this.#isBroken) return;
    up.put(() => this.#endRelay());
    clock.setTimer(DEAD_AFTER_MS, () => this.#endRelay());
  }

  #closeFromRelay(): void {
    this.#endRelay();
    this.#parts.down.put(() => this.#endClient());
  }

  #endRelay(): void {
    if (!this.#isOver.relay) {
      this.#isOver.relay = true;
      this.#relayEnd?.closed();
    }
    this.#forget();
  }

  #endClient(): void {
    if (!this.#isOver.client) {
      this.#isOver.client = true;
      this.#parts.socket.closed();
    }
    this.#forget();
  }

  #forget(): void {
    if (this.#isOver.client && this.#isOver.relay) this.#parts.closed();
  }
}

type Listener = (value: unknown) => void;

/** What the engine holds: a Socket.IO client's surface over a link. */
class SimSocket implements RelaySocket {
  connected = false;
  readonly volatile = { emit: (name: string, payload: Uint8Array): void => this.#say({ data: [name, payload] }) };
  readonly #open: (socket: SimSocket) => Link | undefined;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #answers = new Map<number, (reply: unknown) => void>();
  readonly #decoder = new Decoder().on("decoded", (packet) => this.#take(packet));
  #link: Link | undefined;
  #lastId = 0;

  constructor(open: (socket: SimSocket) => Link | undefined) {
    this.#open = open;
  }

  connect(): void {
    this.#link = this.#open(this);
  }

  disconnect(): void {
    this.#link?.hangUp();
    this.#link = undefined;
    this.closed();
  }

  emit(name: string, payload: Uint8Array, answered: (reply: unknown) => void): void {
    const id = ++this.#lastId;
    this.#answers.set(id, answered);
    this.#say({ id, data: [name, payload] });
  }

  on(event: string, listener: Listener): void {
    const all = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, all.add(listener));
  }

  once(event: string, listener: Listener): void {
    const once: Listener = (value) => {
      this.off(event, once);
      listener(value);
    };
    this.on(event, once);
  }

  off(event?: string, listener?: Listener): void {
    if (event === undefined) this.#listeners.clear();
    else if (listener === undefined) this.#listeners.delete(event);
    else this.#listeners.get(event)?.delete(listener);
  }

  opened(): void {
    if (this.#link === undefined) return;
    this.connected = true;
    this.#fire("connect", undefined);
  }

  receive(frame: Uint8Array): void {
    // A copy: in a real network nobody shares memory with the next receiver.
    if (this.connected) this.#decoder.add(frame.slice());
  }

  /** The connection is over, or never came to be. */
  closed(): void {
    const wasConnected = this.connected;
    this.connected = false;
    this.#answers.clear();
    if (wasConnected) this.#fire("disconnect", "transport close");
    else if (this.#link !== undefined) this.#fire("connect_error", new Error("transport"));
    this.#link = undefined;
  }

  #say(packet: Pick<Packet, "id" | "data">): void {
    const [frame] = new Encoder().encode({ type: EVENT, nsp: "/", ...packet });
    if (this.connected && typeof frame !== "string") this.#link?.ask(frame);
  }

  #take({ type, id, data }: Packet): void {
    const [first, second] = data as unknown[];
    if (type === EVENT) this.#fire(String(first), second);
    if (type !== ACK || id === undefined) return;
    const answered = this.#answers.get(id);
    this.#answers.delete(id);
    answered?.(first);
  }

  #fire(event: string, value: unknown): void {
    for (const listener of Array.from(this.#listeners.get(event) ?? [])) listener(value);
  }
}

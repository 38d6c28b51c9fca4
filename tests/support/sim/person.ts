// One person of a simulation: the real engine with its ports on the simulated clock and network, and what it did and saw.
import type { EngineEvent, RoomSnapshot, TimelineItem } from "../../../bridge/contract.ts";
import { toHex } from "../../../codec/bytes.ts";
import { Engine } from "../../../engine/engine.ts";
import type { EnginePorts } from "../../../engine/ports.ts";
import type { GroupHost, Sealed, SealRequest, Standing } from "../../../engine/workers/group-contract.ts";
import type { Line } from "./network.ts";
import type { SeededRandom } from "./random.ts";
import { RELAY_ORIGIN } from "./relay.ts";
import type { Scheduler } from "./scheduler.ts";
import { watchHost } from "./watched-host.ts";

/** One life of an engine: what it shows begins anew with each. */
export interface Life {
  readonly engine: Engine;
  /** The room; empty until it is entered, and again when a restart came before it was saved. */
  roomId: string;
  /** Its keys, which are kept beyond its end. */
  readonly keys: GroupHost;
  /** Commit ids of the epochs it stood in, in order, hexadecimal. */
  readonly cids: string[];
  standing: Standing | undefined;
  /** Resolves when the engine is taken away; what it was asked for may never be answered then. */
  readonly over: Promise<void>;
  readonly end: () => void;
  /** Members whose word that they leave has arrived. */
  readonly goodbyes: Set<string>;
  /** By author and run: the last number that was known when it was first heard. */
  readonly firstHeard: Map<string, number>;
  /** Texts it has ever shown, by message id. */
  readonly shown: Set<string>;
}

/** What people do with their keys, for the chronicle. */
export interface PersonWatch {
  sealed(author: string, request: SealRequest, sealed: Sealed): void;
  kicked(memberId: string, standing: Standing): void;
}

export interface PersonParts {
  readonly name: string;
  readonly clock: Scheduler;
  readonly random: SeededRandom;
  readonly line: Line;
  readonly watch: PersonWatch;
}

export class Person {
  readonly name: string;
  readonly line: Line;
  readonly #parts: PersonParts;
  /** Nobody's clock is right. */
  readonly #wallSkewMs: number;
  readonly #memory = { vault: "[]" };
  memberId = "";
  life: Life | undefined;
  /** All lives, for what their keys can still read. */
  readonly lives: Life[] = [];
  /** Of the contents it seals; grows with each start of the engine. */
  run = 0;
  hasLeft = false;
  /** It never came in, or forgot that it was: the group may hold a leaf for it all the same. */
  isLost = false;
  /** Why the room ended here, if it has. */
  end: RoomSnapshot["end"];

  constructor(parts: PersonParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.line = parts.line;
    this.#wallSkewMs = parts.random.between(-300_000, 300_000);
  }

  async start(): Promise<Life> {
    const { host, keys } = watchHost({
      named: (memberId) => {
        this.memberId = memberId;
      },
      sealed: (request, sealed) => {
        this.run = request.run;
        this.#parts.watch.sealed(this.memberId, request, sealed);
      },
      opened: ({ body, memberId, run, sequence }) => {
        if (body.kind === "leave") life.goodbyes.add(memberId);
        const author = `${memberId}-${run}`;
        // A number of its own, or what a volatile content says was the last.
        const before = body.kind === "text" || body.kind === "leave" ? sequence - 1 : sequence;
        if (!life.firstHeard.has(author)) life.firstHeard.set(author, before);
      },
      stood: (standing) => {
        life.cids.push(toHex(standing.cid));
        life.standing = standing;
      },
      kicked: (memberId, standing) => this.#parts.watch.kicked(memberId, standing),
    });
    const engine = new Engine(this.#ports(host, () => this.life === life));
    const seen = { cids: [], goodbyes: new Set<string>(), shown: new Set<string>(), firstHeard: new Map() };
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const life: Life = { engine, roomId: "", keys, standing: undefined, over, end, ...seen };
    this.life = life;
    this.lives.push(life);
    engine.subscribe((event) => this.#noted(life, event));
    await engine.start();
    life.roomId = engine.snapshot().rooms[0]?.room.id ?? "";
    return life;
  }

  #noted(life: Life, event: EngineEvent): void {
    if (event.kind === "room" && event.room.id === life.roomId) this.end = event.room.end;
    if (event.kind !== "timeline") return;
    for (const item of event.items) if (item.kind === "message") life.shown.add(item.id);
  }

  /** The browser takes the engine away; only its session memory stays. */
  stop(): void {
    const { life } = this;
    this.life = undefined;
    life?.engine.close();
    life?.end();
  }

  get roomId(): string {
    return this.life?.roomId ?? "";
  }

  room(): RoomSnapshot | undefined {
    return this.#view()?.room;
  }

  timeline(): readonly TimelineItem[] {
    return this.#view()?.timeline ?? [];
  }

  /** Takes part, as far as this person knows. */
  isInside(): boolean {
    return this.life !== undefined && this.roomId !== "" && this.end === undefined && !this.hasLeft && !this.isLost;
  }

  #view() {
    return this.life?.engine.snapshot().rooms.find(({ room }) => room.id === this.roomId);
  }

  /** A page that is gone has no timers, no connections, and writes nothing. */
  #ports(host: GroupHost, isAlive: () => boolean): EnginePorts {
    const { clock, random, line } = this.#parts;
    const startedAtMs = clock.nowMs();
    return {
      clock: {
        wallMs: () => clock.wallMs() + this.#wallSkewMs,
        monotonicMs: () => clock.nowMs() - startedAtMs,
        setTimer: (delayMs, callback) => clock.setTimer(delayMs, () => void (isAlive() && callback())),
      },
      vault: {
        load: async () => this.#memory.vault,
        save: async (text) => {
          if (isAlive()) this.#memory.vault = text;
        },
      },
      settings: { load: async () => undefined, save: async () => undefined },
      defaultRelay: RELAY_ORIGIN,
      keepAlive: () => undefined,
      openGroupHost: () => host,
      openRelaySocket: () => line.openSocket(isAlive),
      jitter: () => random.next(),
    };
  }
}

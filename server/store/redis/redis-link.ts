// The way to Redis. Says when it can be used; until then every decision is refused at once, because one that waits in a
// queue would be carried out when nobody waits for it any more.
import { ReplyError } from "ioredis";
import type { Cluster, Redis } from "ioredis";
import type { Logger } from "../../log.ts";
import { OutcomeUnknown, StoreAway } from "../room-store.ts";
import { openWire } from "./redis-wire.ts";
import type { RedisWire } from "./redis-wire.ts";
import { scripts } from "./scripts.ts";
import type { ScriptName } from "./scripts.ts";

const PING_MS = 1_000;
const RETRY_MS = 200;

export interface LinkListener {
  /**
   * Redis is there, or is there again. Everything is lost when it is not the one of before.
   * To resolve when the store has caught up; the link counts as ready after that.
   */
  recovered(isSame: boolean): Promise<void>;
  published(channel: string, bytes: Uint8Array): void;
}

export class RedisLink {
  readonly #wire: RedisWire;
  readonly #log: Logger;
  readonly #timers = new Set<NodeJS.Timeout>();
  #listener: LinkListener | undefined;
  #run: string | undefined;
  #isReady = false;
  #isClosed = false;
  #recovering: Promise<void> | undefined;

  constructor(urls: readonly string[], log: Logger) {
    this.#log = log;
    this.#wire = openWire(urls);
    for (const [name, lua] of Object.entries(scripts)) this.commands.defineCommand(name, { lua, numberOfKeys: 1 });
    this.#wire.listen({
      ready: () => void this.#recover(),
      away: () => this.#away(),
      published: (channel, bytes) => this.#listener?.published(channel, bytes),
    });
  }

  get commands(): Redis | Cluster {
    return this.#wire.commands;
  }

  /** Every Redis that keeps rooms. */
  masters(): readonly Redis[] {
    return this.#wire.masters();
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Names this life of this Redis: another one knows nothing of what this one was told. */
  get run(): string {
    return this.#run ?? "";
  }

  get publishCommand(): string {
    return this.#wire.publishCommand;
  }

  /** Connects; throws when there is no Redis. */
  async open(listener: LinkListener): Promise<void> {
    this.#listener = listener;
    try {
      await this.#wire.connect();
    } catch (error) {
      this.close();
      throw error;
    }
    await this.#recover();
    this.#every(PING_MS, () => this.#ping());
  }

  /** Throws {@link StoreAway} when nothing would be sent. */
  check(): void {
    if (!this.#isReady) throw new StoreAway("no redis");
  }

  async script(name: ScriptName, key: string, ...values: readonly (string | number | Uint8Array)[]): Promise<unknown> {
    const call = this.commands as unknown as Record<ScriptName, (...all: unknown[]) => Promise<unknown>>;
    try {
      return await call[name](key, ...values);
    } catch (error) {
      // A reply that says no comes from a Redis that did nothing: a replica, or one that is full or still loading.
      if (error instanceof ReplyError) throw new StoreAway("redis refuses");
      throw new OutcomeUnknown("redis did not answer");
    }
  }

  publish(channel: string, bytes: Buffer): Promise<void> {
    return this.#wire.publish(channel, bytes);
  }

  subscribe(...channels: readonly string[]): Promise<void> {
    return this.#wire.subscribe(channels);
  }

  unsubscribe(channel: string): Promise<void> {
    return this.#wire.unsubscribe(channel);
  }

  /** Milliseconds of Redis's clock, as near as one round trip tells. */
  async timeMs(): Promise<number> {
    const [seconds = 0, micros = 0] = await this.commands.time();
    return seconds * 1000 + Math.floor(micros / 1000);
  }

  /** Again and again while Redis is there; a round that fails is followed by the next. */
  every(ms: number, round: () => Promise<void>): void {
    this.#every(ms, () => (this.#isReady ? round() : Promise.resolve()));
  }

  close(): void {
    this.#isClosed = true;
    this.#isReady = false;
    for (const timer of this.#timers) clearInterval(timer);
    this.#wire.close();
  }

  #every(ms: number, round: () => Promise<void>): void {
    let isBusy = false;
    const timer = setInterval(() => {
      if (isBusy) return;
      isBusy = true;
      void round()
        .catch(() => undefined)
        .finally(() => (isBusy = false));
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }

  /** A Redis that hangs keeps its connections open, and one that takes over may be behind the same ones. */
  async #ping(): Promise<void> {
    if (!this.#wire.isConnected) return;
    try {
      if ((await this.#wire.identify()) !== this.#run) this.#away();
    } catch {
      this.#away();
      return;
    }
    if (!this.#isReady) await this.#recover();
  }

  #away(): void {
    if (this.#isReady && !this.#isClosed) this.#log.warn("redis is away");
    this.#isReady = false;
  }

  #recover(): Promise<void> {
    this.#recovering ??= this.#catchUp().finally(() => (this.#recovering = undefined));
    return this.#recovering;
  }

  async #catchUp(): Promise<void> {
    while (!this.#isReady && !this.#isClosed && this.#wire.isConnected) {
      try {
        const run = await this.#wire.identify();
        const isSame = run === this.#run;
        this.#run = run;
        await this.#listener?.recovered(isSame);
        this.#isReady = this.#wire.isConnected;
        if (this.#isReady) this.#log.info("redis is ready");
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}

// The way to Redis: one connection for commands, one that listens. Says when both can be used; until then every decision
// is refused at once, because one that waits in a queue would be carried out when nobody waits for it any more.
import { Redis, ReplyError } from "ioredis";
import type { Logger } from "../../log.ts";
import { OutcomeUnknown, StoreAway } from "../room-store.ts";
import { scripts } from "./scripts.ts";
import type { ScriptName } from "./scripts.ts";

const PING_MS = 1_000;
const COMMAND_MS = 2_000;
const RETRY_MS = 200;

export interface LinkListener {
  /**
   * Both connections are there again. Everything is lost when it is not the same Redis as before.
   * To resolve when the store has caught up; the link counts as ready after that.
   */
  recovered(isSame: boolean): Promise<void>;
  published(channel: string, bytes: Uint8Array): void;
}

const common = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: COMMAND_MS,
  commandTimeout: COMMAND_MS,
  retryStrategy: (times: number) => Math.min(50 * times, 500),
  // A subscriber can be asked who it is, too.
  protocol: 3,
  // A master that has become a replica: the address leads to the new one by now, or soon.
  reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
} as const;

export class RedisLink {
  readonly commands: Redis;
  readonly #subscriber: Redis;
  readonly #log: Logger;
  readonly #timers = new Set<NodeJS.Timeout>();
  #listener: LinkListener | undefined;
  #run: string | undefined;
  #isReady = false;
  #isClosed = false;
  #recovering: Promise<void> | undefined;

  constructor(url: string, log: Logger) {
    this.#log = log;
    this.commands = new Redis(url, { ...common, enableAutoPipelining: true });
    this.#subscriber = new Redis(url, common);
    for (const [name, lua] of Object.entries(scripts)) this.commands.defineCommand(name, { lua, numberOfKeys: 1 });
    for (const connection of [this.commands, this.#subscriber]) {
      connection.on("error", () => undefined);
      connection.on("close", () => this.#away());
      connection.on("ready", () => void this.#recover());
    }
    this.#subscriber.on("messageBuffer", (channel: Buffer, bytes: Buffer) =>
      this.#listener?.published(channel.toString(), bytes),
    );
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Names this life of this Redis: another one knows nothing of what this one was told. */
  get run(): string {
    return this.#run ?? "";
  }

  /** Connects; throws when there is no Redis. */
  async open(listener: LinkListener): Promise<void> {
    this.#listener = listener;
    await Promise.all([this.commands.connect(), this.#subscriber.connect()]);
    await this.#recover();
    this.#every(PING_MS, () => this.#ping());
  }

  /** Throws {@link StoreAway} when nothing would be sent. */
  check(): void {
    if (!this.#isReady) throw new StoreAway("no redis");
  }

  async script(name: ScriptName, key: string, ...values: readonly (string | number | Uint8Array)[]): Promise<unknown> {
    const call = this.commands as unknown as Record<ScriptName, (...all: unknown[]) => Promise<unknown>>;
    this.check();
    try {
      return await call[name](key, ...values);
    } catch (error) {
      // A reply that says no comes from a Redis that did nothing: a replica, or one that is full or still loading.
      if (error instanceof ReplyError) throw new StoreAway("redis refuses");
      throw new OutcomeUnknown("redis did not answer");
    }
  }

  async subscribe(...channels: readonly string[]): Promise<void> {
    if (channels.length > 0) await this.#subscriber.subscribe(...channels);
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.#subscriber.unsubscribe(channel);
  }

  /** Milliseconds of Redis's clock, as near as one round trip tells. */
  async timeMs(): Promise<number> {
    const [seconds = 0, micros = 0] = await this.commands.time();
    return seconds * 1000 + Math.floor(micros / 1000);
  }

  every(ms: number, round: () => Promise<void>): void {
    this.#every(ms, () => (this.#isReady ? round() : Promise.resolve()));
  }

  close(): void {
    this.#isClosed = true;
    this.#isReady = false;
    for (const timer of this.#timers) clearInterval(timer);
    this.commands.disconnect();
    this.#subscriber.disconnect();
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

  /** A Redis that hangs keeps its connections open. */
  async #ping(): Promise<void> {
    if (this.commands.status !== "ready" || this.#subscriber.status !== "ready") return;
    try {
      await this.commands.ping();
    } catch {
      this.#away();
      return;
    }
    if (!this.#isReady) await this.#recover();
  }

  #away(): void {
    if (this.#isReady) this.#log.warn("redis is away");
    this.#isReady = false;
  }

  #recover(): Promise<void> {
    this.#recovering ??= this.#catchUp().finally(() => (this.#recovering = undefined));
    return this.#recovering;
  }

  async #catchUp(): Promise<void> {
    while (!this.#isReady && !this.#isClosed && this.#areConnected()) {
      try {
        const [run, heard] = await Promise.all([runOf(this.commands), runOf(this.#subscriber)]);
        if (run !== heard) throw new StoreAway("two of them");
        const isSame = run === this.#run;
        this.#run = run;
        await this.#listener?.recovered(isSame);
        this.#isReady = this.#areConnected();
        if (this.#isReady) this.#log.info("redis is ready");
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #areConnected(): boolean {
    return this.commands.status === "ready" && this.#subscriber.status === "ready";
  }
}

async function runOf(redis: Redis): Promise<string> {
  const run = /run_id:(\w+)/.exec(await redis.info("server"))?.[1];
  if (run === undefined) throw new StoreAway("no run id");
  return run.slice(0, 12);
}

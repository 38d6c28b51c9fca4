// The connections to one Redis, or to one Redis Cluster: what differs between the two and nothing else.
import { hash } from "node:crypto";
import { Cluster, Redis } from "ioredis";
import { StoreAway } from "../room-store.ts";

export const COMMAND_MS = 2_000;

const common = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: COMMAND_MS,
  commandTimeout: COMMAND_MS,
  // A subscriber can be asked who it is, too.
  protocol: 3,
  retryStrategy: (times: number) => Math.min(50 * times, 500),
  // A master that has become a replica: the address leads to the new one by now, or soon.
  reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
} as const;

export interface WireEvents {
  ready(): void;
  away(): void;
  published(channel: string, bytes: Uint8Array): void;
}

export interface RedisWire {
  readonly commands: Redis | Cluster;
  /** With which scripts publish. */
  readonly publishCommand: "PUBLISH" | "SPUBLISH";
  readonly isConnected: boolean;
  /** Every Redis that keeps rooms. */
  masters(): readonly Redis[];
  listen(events: WireEvents): void;
  connect(): Promise<void>;
  /** Names this life of whoever keeps the rooms. Throws while it is not clear. */
  identify(): Promise<string>;
  publish(channel: string, bytes: Buffer): Promise<void>;
  subscribe(channels: readonly string[]): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  close(): void;
}

/** @param urls one of a Redis, or several of the nodes of a Cluster */
export function openWire(urls: readonly string[]): RedisWire {
  return urls.length === 1 ? new SingleWire(urls[0] ?? "") : new ClusterWire(urls);
}

class SingleWire implements RedisWire {
  readonly publishCommand = "PUBLISH";
  readonly commands: Redis;
  readonly #subscriber: Redis;

  constructor(url: string) {
    this.commands = new Redis(url, { ...common, enableAutoPipelining: true });
    this.#subscriber = new Redis(url, common);
  }

  get isConnected(): boolean {
    return this.commands.status === "ready" && this.#subscriber.status === "ready";
  }

  masters(): readonly Redis[] {
    return [this.commands];
  }

  listen(events: WireEvents): void {
    for (const connection of [this.commands, this.#subscriber]) {
      connection.on("error", () => undefined);
      connection.on("close", () => events.away());
      connection.on("ready", () => events.ready());
    }
    this.#subscriber.on("messageBuffer", (channel: Buffer, bytes: Buffer) =>
      events.published(channel.toString(), bytes),
    );
  }

  async connect(): Promise<void> {
    await Promise.all([this.commands.connect(), this.#subscriber.connect()]);
  }

  async identify(): Promise<string> {
    const [run, heard] = await Promise.all([runOf(this.commands), runOf(this.#subscriber)]);
    if (run !== heard) throw new StoreAway("two of them");
    return run.slice(0, 12);
  }

  async publish(channel: string, bytes: Buffer): Promise<void> {
    await this.commands.publish(channel, bytes);
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    if (channels.length > 0) await this.#subscriber.subscribe(...channels);
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.#subscriber.unsubscribe(channel);
  }

  close(): void {
    this.commands.disconnect();
    this.#subscriber.disconnect();
  }
}

class ClusterWire implements RedisWire {
  readonly publishCommand = "SPUBLISH";
  readonly commands: Cluster;

  constructor(urls: readonly string[]) {
    this.commands = new Cluster([...urls], {
      lazyConnect: true,
      enableOfflineQueue: false,
      enableAutoPipelining: true,
      shardedSubscribers: true,
      slotsRefreshTimeout: COMMAND_MS,
      redisOptions: {
        connectTimeout: COMMAND_MS,
        commandTimeout: COMMAND_MS,
        autoResendUnfulfilledCommands: false,
        tls: urls.some((url) => url.startsWith("rediss:")) ? {} : undefined,
      },
    });
  }

  get isConnected(): boolean {
    return this.commands.status === "ready";
  }

  masters(): readonly Redis[] {
    return this.commands.nodes("master");
  }

  listen(events: WireEvents): void {
    this.commands.on("error", () => undefined);
    for (const name of ["close", "-node", "node error"]) this.commands.on(name, () => events.away());
    for (const name of ["ready", "+node"]) this.commands.on(name, () => events.ready());
    this.commands.on("smessageBuffer", (channel: Buffer, bytes: Buffer) => events.published(channel.toString(), bytes));
  }

  async connect(): Promise<void> {
    await this.commands.connect();
  }

  /** Of all masters: when one is another than before, what it kept is gone. */
  async identify(): Promise<string> {
    const runs = await Promise.all(this.masters().map((master) => runOf(master)));
    if (runs.length === 0) throw new StoreAway("no masters");
    return hash("sha256", runs.toSorted().join(" "), "hex").slice(0, 12);
  }

  async publish(channel: string, bytes: Buffer): Promise<void> {
    await this.commands.spublish(channel, bytes);
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    for (const channel of channels) await this.commands.ssubscribe(channel);
  }

  async unsubscribe(channel: string): Promise<void> {
    await this.commands.sunsubscribe(channel);
  }

  close(): void {
    this.commands.disconnect();
  }
}

async function runOf(redis: Redis): Promise<string> {
  const run = /run_id:(\w+)/.exec(await redis.info("server"))?.[1];
  if (run === undefined) throw new StoreAway("no run id");
  return run;
}

// What one address may use of the relay. Addresses are keys in memory while they are in use; they are never logged. Whose
// address a request has is decided in proxies.ts.
import { isIPv6 } from "node:net";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Quota, RelayLimits } from "../limits.ts";
import { TokenBucket } from "../token-bucket.ts";

/** One host: the address itself, or the /64 of an IPv6 address, which belongs to one subscriber. */
export function hostOf(address: string | undefined): string {
  if (address === undefined) return "";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.toLowerCase().split("%", 1)[0]?.split("::") ?? [];
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...front, ...Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => "0"), ...back];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}

/** Counts what happened to a key within a window of time. */
export class QuotaBook {
  readonly #limiter: RateLimiterMemory;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(quota: Quota) {
    this.#limiter = new RateLimiterMemory({ points: quota.points, duration: quota.windowS });
  }

  /** Takes one; returns 0, or the milliseconds to wait when nothing is left. */
  async take(key: string): Promise<number> {
    return (await this.count(key)).waitMs;
  }

  /** Like {@link take}, and says how many were taken before. One at a time, so that no refusal shows another's. */
  count(key: string): Promise<{ waitMs: number; taken: number }> {
    const turn = this.#turn.then(() => this.#consume(key));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #consume(key: string): Promise<{ waitMs: number; taken: number }> {
    try {
      const { consumedPoints } = await this.#limiter.consume(key);
      return { waitMs: 0, taken: consumedPoints - 1 };
    } catch (left) {
      if (!(left instanceof RateLimiterRes)) throw left;
      // The limiter has counted what it refuses.
      await this.#limiter.reward(key);
      return { waitMs: Math.max(1, left.msBeforeNext), taken: left.consumedPoints - 1 };
    }
  }

  async giveBack(key: string): Promise<void> {
    await this.#limiter.reward(key);
  }
}

interface Entry {
  connections: number;
  readonly frames: TokenBucket;
}

export class AddressBook {
  readonly roomsOpened: QuotaBook;
  readonly failedAdmissions: QuotaBook;
  readonly #limits: RelayLimits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: RelayLimits) {
    this.#limits = limits;
    this.roomsOpened = new QuotaBook(limits.roomsPerAddress);
    this.failedAdmissions = new QuotaBook(limits.failedAdmissionsPerAddress);
  }

  /** Counts one more connection; `false` when the address has too many. Undone by {@link release}. */
  acquire(host: string, nowMs: number): boolean {
    const entry = this.#entries.get(host) ?? {
      connections: 0,
      frames: new TokenBucket(this.#limits.addressFrames, nowMs),
    };
    if (entry.connections >= this.#limits.connectionsPerAddress) return false;
    entry.connections++;
    this.#entries.set(host, entry);
    return true;
  }

  release(host: string): void {
    const entry = this.#entries.get(host);
    if (entry !== undefined && --entry.connections <= 0) this.#entries.delete(host);
  }

  /** Takes one frame from the address's bucket; returns the milliseconds to wait, 0 for none. */
  takeFrame(host: string, nowMs: number): number {
    return this.#entries.get(host)?.frames.take(nowMs) ?? 0;
  }
}

// How fast a seat may send, whichever connection holds it: who reconnects goes on with what was left.
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { RelayLimits } from "../limits.ts";
import type { Connection } from "./connection.ts";

interface Entry {
  readonly buckets: Connection["buckets"];
  connections: number;
}

export class SeatRates {
  readonly #clock: Clock;
  /** After this long without a connection every bucket is full again. */
  readonly #memoryMs: number;
  readonly #entries = new Map<string, Entry>();
  readonly #keys = new WeakMap<Connection, string>();

  constructor({ messages, signals, commits, control }: RelayLimits, clock: Clock) {
    this.#clock = clock;
    const refillS = [messages, signals, commits, control].map(({ burst, perSecond }) => burst / perSecond);
    this.#memoryMs = Math.max(...refillS) * 1_000;
  }

  /** The connection holds the seat with this token, of which only a hash is kept. */
  hold(by: Connection, resumeToken: Uint8Array): void {
    this.release(by);
    if (!by.isOpen) return;
    const key = createHash("sha256").update(resumeToken).digest("base64");
    const entry = this.#entries.get(key) ?? { buckets: by.buckets, connections: 0 };
    this.#entries.set(key, entry);
    this.#keys.set(by, key);
    entry.connections++;
    by.buckets = entry.buckets;
  }

  /** The connection is over, or takes another seat. */
  release(by: Connection): void {
    const key = this.#keys.get(by);
    const entry = this.#entries.get(key ?? "");
    if (key === undefined || entry === undefined) return;
    this.#keys.delete(by);
    if (--entry.connections > 0) return;
    this.#clock.setTimer(this.#memoryMs, () => {
      if (entry.connections === 0) this.#entries.delete(key);
    });
  }
}

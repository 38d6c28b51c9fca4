// The time that all nodes of one Redis share: this process's own clock, set once by Redis's. Whole milliseconds.
import type { Clock } from "../../clock.ts";

export class NodeClock {
  readonly #clock: Clock;
  #offsetMs = 0;
  #lastMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Asked for once for each life of a Redis: a clock that is set again later must not move anybody's room. */
  set(redisMs: number): void {
    this.#offsetMs = redisMs - this.#clock.nowMs();
    this.#lastMs = 0;
  }

  nowMs(): number {
    this.#lastMs = Math.max(this.#lastMs, Math.floor(this.#clock.nowMs() + this.#offsetMs));
    return this.#lastMs;
  }

  /** Calls back at `atMs` or a moment later; returns the function that cancels it. */
  setTimer(atMs: number, callback: () => void): () => void {
    return this.#clock.setTimer(atMs - this.nowMs(), callback);
  }
}

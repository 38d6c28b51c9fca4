// Gives everything the same time to finish. One timer for all, because a timer per message costs more than the message:
// what began first is late first, so only the oldest has to be looked at.
import type { Clock } from "../clock.ts";

interface Waiting {
  readonly atMs: number;
  readonly expire: () => void;
}

export class Deadlines {
  readonly #clock: Clock;
  readonly #delayMs: number;
  /** In the order in which they began. */
  readonly #waiting = new Set<Waiting>();
  #isArmed = false;

  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  /** Settles like `work`, or with `late` when that takes too long; what `work` becomes later is dropped. */
  hold<T>(work: Promise<T>, late: T): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = { atMs: this.#clock.nowMs() + this.#delayMs, expire: () => resolve(late) };
      this.#waiting.add(waiting);
      if (!this.#isArmed) this.#arm(this.#delayMs);
      const settle =
        <V>(how: (value: V) => void) =>
        (value: V): void => {
          this.#waiting.delete(waiting);
          how(value);
        };
      work.then(settle(resolve), settle(reject));
    });
  }

  #arm(delayMs: number): void {
    this.#isArmed = true;
    this.#clock.setTimer(delayMs, () => this.#check());
  }

  #check(): void {
    const now = this.#clock.nowMs();
    this.#isArmed = false;
    for (const waiting of this.#waiting) {
      if (waiting.atMs > now) return this.#arm(waiting.atMs - now);
      this.#waiting.delete(waiting);
      waiting.expire();
    }
  }
}

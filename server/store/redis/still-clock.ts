// The clock of a room that is only awake during a decision: it stands at the moment of the decision, and what falls due
// in between happens first, in its order.
import type { Clock } from "../../clock.ts";

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

export class StillClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  nowMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** When the next timer is due; `undefined` when there is none. */
  dueAtMs(): number | undefined {
    let next: number | undefined;
    for (const { atMs } of this.#timers) next = Math.min(next ?? Infinity, atMs);
    return next;
  }

  /** Goes to `nowMs`; returns whether a timer was due by then. */
  wake(nowMs: number): boolean {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    let wasDue = false;
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= this.#nowMs).toSorted((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) return wasDue;
      wasDue = true;
      this.#timers.delete(due);
      due.callback();
    }
  }
}

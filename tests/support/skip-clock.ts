// Real time from which a test can skip a part: what would have happened by then happens at once, in its order. Serves engines
// and the relay alike, and is no faster than real time otherwise.
import type { Clock as RelayClock } from "../../server/clock.ts";
import type { Clock } from "../../engine/ports.ts";

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
  handle: NodeJS.Timeout | undefined;
}

export class SkipClock implements Clock, RelayClock {
  #skippedMs = 0;
  readonly #timers = new Set<Timer>();

  nowMs(): number {
    return performance.now() + this.#skippedMs;
  }

  monotonicMs(): number {
    return this.nowMs();
  }

  wallMs(): number {
    return Date.now() + this.#skippedMs;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { atMs: this.nowMs() + Math.max(0, delayMs), callback, handle: undefined };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => this.#drop(timer);
  }

  skip(byMs: number): void {
    this.#skippedMs += byMs;
    const nowMs = this.nowMs();
    const due = [...this.#timers].filter(({ atMs }) => atMs <= nowMs).toSorted((a, b) => a.atMs - b.atMs);
    for (const timer of due) this.#fire(timer);
    for (const timer of this.#timers) this.#arm(timer);
  }

  #arm(timer: Timer): void {
    clearTimeout(timer.handle);
    const leftMs = Math.ceil(timer.atMs - this.nowMs());
    timer.handle = setTimeout(() => this.#check(timer), Math.min(Math.max(0, leftMs), 2 ** 31 - 1));
    timer.handle.unref();
  }

  /** Node's timers may be a part of a millisecond early. */
  #check(timer: Timer): void {
    if (timer.atMs > this.nowMs()) this.#arm(timer);
    else this.#fire(timer);
  }

  #fire(timer: Timer): void {
    if (!this.#timers.has(timer)) return;
    this.#drop(timer);
    timer.callback();
  }

  #drop(timer: Timer): void {
    clearTimeout(timer.handle);
    this.#timers.delete(timer);
  }
}

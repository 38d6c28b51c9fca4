// The relay's only source of time. Never the wall clock: a room's life must not move when somebody sets the clock.

export interface Clock {
  /** Milliseconds that only ever grow. */
  nowMs(): number;
  /** Calls back once after `delayMs`, however long that is, and not before; returns the function that cancels it. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** Node fires timers beyond 2^31 - 1 ms at once, so longer ones are chained. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Real time. Its timers keep no process alive, and are never early: Node's may be, by a part of a millisecond. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  setTimer: (delayMs, callback) => {
    const atMs = performance.now() + Math.max(0, delayMs);
    let timer: NodeJS.Timeout | undefined;
    const arm = (leftMs: number): void => {
      timer = setTimeout(check, Math.min(Math.ceil(leftMs), LONGEST_TIMER_MS));
      timer.unref();
    };
    const check = (): void => {
      const leftMs = atMs - performance.now();
      if (leftMs > 0) arm(leftMs);
      else callback();
    };
    arm(atMs - performance.now());
    return () => clearTimeout(timer);
  },
};

// The relay's only source of time. Never the wall clock: a room's life must not move when somebody sets the clock.

export interface Clock {
  /** Milliseconds that only ever grow. */
  nowMs(): number;
  /** Calls back once after `delayMs`, however long that is; returns the function that cancels it. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** Node fires timers beyond 2^31 - 1 ms at once, so longer ones are chained. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Real time. Its timers keep no process alive. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  setTimer: (delayMs, callback) => {
    let left = Math.max(0, delayMs);
    let timer: NodeJS.Timeout | undefined;
    const arm = (): void => {
      const step = Math.min(left, LONGEST_TIMER_MS);
      left -= step;
      timer = setTimeout(left > 0 ? arm : callback, step);
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};

// The clock port on a browser's (or Node's) own clock and timers.
import type { Clock } from "../engine/ports.ts";

/** Browsers keep delays in 32 bits: a longer one would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

export function createClock(): Clock {
  return { wallMs: () => Date.now(), monotonicMs: () => performance.now(), setTimer };
}

function setTimer(delayMs: number, callback: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const arm = (leftMs: number): void => {
    const stepMs = Math.min(Math.max(leftMs, 0), LONGEST_TIMER_MS);
    timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : callback()), stepMs);
  };
  arm(delayMs);
  return () => clearTimeout(timer);
}

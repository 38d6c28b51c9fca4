// Delays between attempts: they double up to a cap and are spread, so that a relay that comes back is not stormed.

export const FIRST_DELAY_MS = 250;
export const LAST_DELAY_MS = 15_000;

/** Delay before attempt number `attempt` (from 0); `random` in [0, 1) spreads it between half and the whole. */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempt, 16), LAST_DELAY_MS);
  return full * (0.5 + random / 2);
}

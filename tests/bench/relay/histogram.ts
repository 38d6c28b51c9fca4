// Latencies in steps of a tenth of a millisecond: what can be counted half a million times a second.

const STEPS_PER_MS = 10;
const STEPS = 20_000;

export class Histogram {
  readonly #counts = new Uint32Array(STEPS + 1);
  #total = 0;

  add(ms: number): void {
    const step = Math.min(STEPS, Math.max(0, Math.floor(ms * STEPS_PER_MS)));
    this.#counts[step] = (this.#counts[step] ?? 0) + 1;
    this.#total++;
  }

  /** Milliseconds below which a share of all lies; `Infinity` when that is off the scale (2 s). */
  quantile(share: number): number {
    let left = Math.ceil(this.#total * share);
    for (let step = 0; step < STEPS; step++) {
      left -= this.#counts[step] ?? 0;
      if (left <= 0) return (step + 1) / STEPS_PER_MS;
    }
    return Infinity;
  }
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

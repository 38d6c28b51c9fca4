// Virtual time. Nothing happens in it but what was scheduled: the run takes the next event, and goes on when nothing that the
// event set off is left to do. That holds as long as no promise waits for the real world, which a simulation must not.

interface Event {
  readonly atMs: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

/** Where wall clocks stand when a simulation begins. */
const WALL_START_MS = Date.UTC(2030, 0, 1);

/** Resolves after every promise that could settle by itself has. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

export class Scheduler {
  readonly #heap: Event[] = [];
  #nowMs = 1_000;
  #order = 0;
  /** Events that have happened. */
  count = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return WALL_START_MS + Math.floor(this.#nowMs);
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    const event: Event = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#push(event);
    return () => {
      event.callback = undefined;
    };
  }

  /** Runs on until `untilMs`, or until `isDone`, which is asked after each event. */
  async run(untilMs: number, isDone: () => boolean = () => false): Promise<void> {
    await settled();
    while (!isDone()) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return;
      }
      this.#pop();
      const { callback } = next;
      if (callback === undefined) continue;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.count++;
      callback();
      await settled();
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || isBefore(parent, event)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      if (a === undefined) break;
      const least = b !== undefined && isBefore(b, a) ? b : a;
      if (isBefore(last, least)) break;
      heap[at] = least;
      at = least === a ? left : left + 1;
    }
    heap[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

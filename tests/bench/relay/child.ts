// What every server of the bench tells the process that started it: where it listens, what it used, what it holds.

export interface Ready {
  readonly port: number;
  /** The origin that proofs name; servers that check none leave it out. */
  readonly origin?: string;
  /** What keeps the rooms, so that a setting that this build ignores is not measured as if it held. */
  readonly store?: string;
}

export interface Memory {
  /** Bytes after garbage collection: JavaScript's heap with what hangs on it, and the whole process. */
  readonly heap: number;
  readonly rss: number;
}

export type Question = "usage" | "memory";

function settledMemory(): Memory {
  // Twice: what the first collection finalises is free after the second.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

/** Says that this server is ready and answers its parent until that goes away. */
export function answerParent(ready: Ready): void {
  process.on("message", (question: Question) => {
    const { user, system } = process.cpuUsage();
    process.send?.(question === "usage" ? (user + system) / 1e6 : settledMemory());
  });
  process.once("disconnect", () => process.exit(0));
  process.send?.(ready);
}

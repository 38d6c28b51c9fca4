// Runs random schedules on simulated rooms, with seeded secrets and clocks, so that a run that fails can be run again.
import * as fc from "fast-check";
import { createFastSubtle } from "./fast-subtle.ts";
import { seededRandom } from "./random.ts";
import { describeSchedule, schedule } from "./schedule.ts";
import type { Schedule } from "./schedule.ts";
import { Simulation } from "./simulation.ts";

/** Web Crypto of this process becomes fast and follows from the seed; returns what undoes it. */
function seedCrypto(seed: number): () => void {
  const random = seededRandom(seed);
  Object.defineProperty(crypto, "subtle", {
    configurable: true,
    value: createFastSubtle(random.fillBytes),
  });
  Object.defineProperty(crypto, "getRandomValues", {
    configurable: true,
    value: <T extends ArrayBufferView>(view: T): T => {
      random.fillBytes(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
      return view;
    },
  });
  return () => {
    Reflect.deleteProperty(crypto, "subtle");
    Reflect.deleteProperty(crypto, "getRandomValues");
  };
}

export async function runSchedule(plan: Schedule): Promise<void> {
  const restoreCrypto = seedCrypto(plan.seed);
  const simulation = new Simulation(plan.seed);
  try {
    await simulation.run(plan);
  } finally {
    await simulation.close();
    restoreCrypto();
  }
}

/** Rejects with the smallest failing schedule that was found. */
export async function checkSchedules(options: { numRuns: number; seed?: number }): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      schedule.map((plan) => Object.assign(plan, { toString: () => describeSchedule(plan) })),
      runSchedule,
    ),
    { ...options, endOnFailure: false },
  );
}

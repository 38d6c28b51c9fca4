// Runs random schedules on simulated rooms, with seeded secrets and clocks, so that a run that fails can be run again.
import * as fc from "fast-check";
import { FUZZ_TIMEOUT_MS, fuzzSeed, isFullFuzz } from "../fuzz-runs.ts";
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

/** In the small, always the same ones, so that a run says something about the code; SEED makes a run again. */
export const scheduleSeed = process.env["SEED"] === undefined && !isFullFuzz ? 20_300_101 : fuzzSeed;
export const SCHEDULES_TIMEOUT_MS = isFullFuzz ? FUZZ_TIMEOUT_MS : 15 * 60_000;
/** Making a failing schedule smaller may take long. */
const SHRINK_MS = 120_000;

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

/** Runs them until one fails; throws what the smallest failing schedule found says, with the schedule. */
export async function checkSchedules(options: { numRuns: number; seed: number }): Promise<fc.RunDetails<[Schedule]>> {
  let failedAtMs: number | undefined;
  const property = fc.asyncProperty(schedule, async (plan) => {
    // Whatever is tried once the time for making it smaller is up counts as fine, so the best one so far stays.
    if (failedAtMs !== undefined && performance.now() - failedAtMs > SHRINK_MS) return;
    try {
      await runSchedule(plan);
    } catch (error) {
      failedAtMs ??= performance.now();
      throw error;
    }
  });
  const details = await fc.check(property, options);
  if (details.counterexample !== null) {
    const [plan] = details.counterexample;
    throw new Error(`run ${details.numRuns} of SEED=${details.seed}\n${describeSchedule(plan)}`, {
      cause: details.errorInstance,
    });
  }
  return details;
}

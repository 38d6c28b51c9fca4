// The other half of the random schedules of first.test.ts.
import { expect, test } from "vitest";
import { fuzzRuns } from "../support/fuzz-runs.ts";
import { checkSchedules, SCHEDULES_TIMEOUT_MS, scheduleSeed } from "../support/sim/run-schedules.ts";

test(
  "whatever else happens, people agree, see everything once or marked, and the removed read nothing",
  async () => {
    const checked = await checkSchedules({ numRuns: Math.floor(fuzzRuns.schedules / 2), seed: scheduleSeed + 1 });
    expect(checked.counterexample).toBeNull();
  },
  SCHEDULES_TIMEOUT_MS,
);

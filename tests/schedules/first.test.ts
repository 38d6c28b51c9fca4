// Random schedules of what people, networks and a lying relay do to a room; this file and second.test.ts share the work, so
// that two processors can do it.
import { expect, test } from "vitest";
import { fuzzRuns } from "../support/fuzz-runs.ts";
import { checkSchedules, SCHEDULES_TIMEOUT_MS, scheduleSeed } from "../support/sim/run-schedules.ts";

test(
  "whatever happens, people agree, see everything once or marked, and the removed read nothing",
  async () => {
    const checked = await checkSchedules({ numRuns: Math.ceil(fuzzRuns.schedules / 2), seed: scheduleSeed });
    expect(checked.counterexample).toBeNull();
  },
  SCHEDULES_TIMEOUT_MS,
);

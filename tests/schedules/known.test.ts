// Schedules that once showed a fault, each by what it was. A step is kind, who, amount and the wait after it.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runSchedule } from "../support/sim/run-schedules.ts";
import type { Schedule, Step, StepKind } from "../support/sim/schedule.ts";

interface Known {
  readonly seed: number;
  readonly members: number;
  readonly steps: readonly string[];
}

function stepOf(text: string): Step {
  const [kind, who, amount, waitMs] = text.split(" ");
  return { kind: kind as StepKind, who: Number(who), amount: Number(amount), waitMs: Number(waitMs) };
}

const file = new URL("known.json", import.meta.url);
const known = JSON.parse(readFileSync(file, "utf8")) as Record<string, Known>;
const plans = Object.entries(known).map(([name, { steps, ...rest }]): [string, Schedule] => [
  name,
  { ...rest, steps: steps.map(stepOf) },
]);

test.each(plans)("%s", { timeout: 60_000 }, async (_name, plan) => {
  await expect(runSchedule(plan)).resolves.toBeUndefined();
});

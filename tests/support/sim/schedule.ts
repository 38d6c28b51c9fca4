// What happens to a room in one run of the simulation: so many members, and steps at random. Steps name people by number,
// counted among those who are there, so that every list of steps is a possible one and can be shrunk.
import * as fc from "fast-check";

export type StepKind =
  | "wait"
  | "send"
  | "join"
  | "leave"
  | "kick"
  | "drop"
  | "duplicate"
  | "reorder"
  | "replay"
  | "cut"
  | "partition"
  | "restart";

export interface Step {
  readonly kind: StepKind;
  readonly who: number;
  /** What it means depends on the kind: how many, how long. */
  readonly amount: number;
  /** Time before the next step. */
  readonly waitMs: number;
}

export interface Schedule {
  readonly seed: number;
  readonly members: number;
  readonly steps: readonly Step[];
}

export const MOST_MEMBERS = 12;
const STEPS = 50;

/** How often each kind comes; the first is what the others shrink to. */
const weights: Record<StepKind, number> = {
  wait: 4,
  send: 16,
  join: 3,
  leave: 3,
  kick: 2,
  drop: 4,
  duplicate: 3,
  reorder: 4,
  replay: 3,
  cut: 3,
  partition: 3,
  restart: 2,
};

const kind: fc.Arbitrary<StepKind> = fc.oneof(
  ...Object.entries(weights).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name as StepKind) })),
);

const waitMs = fc.oneof(
  { weight: 6, arbitrary: fc.nat(200) },
  { weight: 3, arbitrary: fc.nat(1_000) },
  { weight: 1, arbitrary: fc.nat(6_000) },
);

const step: fc.Arbitrary<Step> = fc.record({ kind, who: fc.nat(MOST_MEMBERS - 1), amount: fc.nat(99), waitMs });

/** Most rooms are small; a large one costs what many small ones do. */
const members = fc.oneof(
  { weight: 24, arbitrary: fc.integer({ min: 2, max: 3 }) },
  { weight: 5, arbitrary: fc.integer({ min: 4, max: 6 }) },
  { weight: 1, arbitrary: fc.integer({ min: 7, max: MOST_MEMBERS }) },
);

export const schedule: fc.Arbitrary<Schedule> = fc.record({
  seed: fc.nat(2 ** 31 - 1),
  members,
  steps: fc.array(step, { minLength: STEPS, maxLength: STEPS }),
});

/** One line per step that does something; what a failing test prints. */
export function describeSchedule({ seed, members: count, steps }: Schedule): string {
  const lines = steps.map(({ kind: name, who, amount, waitMs: pause }) =>
    name === "wait" ? `wait ${pause}` : `${name} who=${who} amount=${amount} wait ${pause}`,
  );
  return [`seed ${seed}, ${count} members`, ...lines.filter((line) => line !== "wait 0")].join("\n");
}

// How long a new room may live. Pure.

export type LifetimeChoice = "hour" | "day" | "week" | "custom";
export type LifetimeUnit = "minutes" | "hours" | "days";

const choiceS = { hour: 3_600, day: 86_400, week: 604_800 } as const;
const unitS = { minutes: 60, hours: 3_600, days: 86_400 } as const;

export interface Lifetime {
  readonly choice: LifetimeChoice;
  readonly amount: number;
  readonly unit: LifetimeUnit;
}

export function lifetimeSeconds({ choice, amount, unit }: Lifetime): number {
  return choice === "custom" ? Math.round(amount * unitS[unit]) : choiceS[choice];
}

export function lifetimeFault(lifetime: Lifetime, maxS: number): "tooShort" | "tooLong" | undefined {
  const seconds = lifetimeSeconds(lifetime);
  if (!Number.isFinite(seconds) || seconds < unitS.minutes) return "tooShort";
  return seconds > maxS ? "tooLong" : undefined;
}

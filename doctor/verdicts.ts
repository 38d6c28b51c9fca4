// How a check is made: what was looked at, and what it says.
import type { Check } from "./check.ts";

export function pass(name: string, says: string): Check {
  return { name, verdict: "pass", says };
}

export function warn(name: string, says: string): Check {
  return { name, verdict: "warn", says };
}

export function fail(name: string, says: string): Check {
  return { name, verdict: "fail", says };
}

/** `pass` when the claim holds, else `fail`. */
export function holds(name: string, claim: boolean, [good, bad]: readonly [good: string, bad: string]): Check {
  return claim ? pass(name, good) : fail(name, bad);
}

/** What may be printed of a failure: its code where it has one. Addresses and secrets stay out. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown reason";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name === "Error" ? error.message : error.name;
}

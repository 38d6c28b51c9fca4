// Looks at every connection once a second: closes those who prove nothing, those who wait for nothing, and readers that
// take nothing.
import type { Clock } from "../clock.ts";
import type { RelayLimits } from "../limits.ts";
import type { Connection } from "./connection.ts";
import type { Hub } from "./hub.ts";

const PATROL_MS = 1_000;

function hasOverstayed(connection: Connection, limits: RelayLimits, nowMs: number): boolean {
  const idleMs = nowMs - connection.standingSinceMs;
  switch (connection.standing) {
    case "stranger":
      return idleMs >= limits.strangerLifeMs;
    case "applicant":
      return idleMs >= limits.applicantLifeMs;
    case "knocking":
      return idleMs >= limits.knockLifeMs;
    case "seated":
      return false;
    default:
      return connection.standing satisfies never;
  }
}

/** Starts the rounds; returns the function that ends them. */
export function startPatrol(hub: Hub, limits: RelayLimits, clock: Clock): () => void {
  let cancel: () => void;
  const round = (): void => {
    const now = clock.nowMs();
    for (const connection of hub.all()) {
      if (connection.isStalled(now, limits.stallMs)) connection.cut();
      else if (hasOverstayed(connection, limits, now)) connection.hangUp();
    }
    cancel = clock.setTimer(PATROL_MS, round);
  };
  cancel = clock.setTimer(PATROL_MS, round);
  return () => cancel();
}

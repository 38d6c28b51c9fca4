// The ports every engine in a browser shares; what differs per browser comes in.
import type { EnginePorts } from "../engine/ports.ts";
import { createClock } from "./clock.ts";
import { relayOfBuild } from "./relay-of-build.ts";

export function createEnginePorts(
  ofBrowser: Pick<EnginePorts, "vault" | "settings" | "keepAlive" | "openGroupHost" | "openRelaySocket">,
): EnginePorts {
  return { ...ofBrowser, clock: createClock(), defaultRelay: relayOfBuild, jitter: () => Math.random() };
}

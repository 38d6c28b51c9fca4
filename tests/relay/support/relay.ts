// Starts a real relay in this process, on a free port, quiet, with whatever a test wants to differ.
import { onTestFinished } from "vitest";
import { createRelay } from "../../../server/app.ts";
import type { Relay, RelayDeps } from "../../../server/app.ts";
import { readConfig } from "../../../server/config.ts";
import { createLogger } from "../../../server/log.ts";

export interface RunningRelay extends Relay {
  readonly url: string;
  readonly port: number;
  readonly origin: string;
  readonly metricsPort: number | undefined;
}

/** Closed when the test is over. */
export async function startRelay(
  environment: Record<string, string> = {},
  deps: Partial<RelayDeps> = {},
): Promise<RunningRelay> {
  const read = readConfig({ PORT: "0", LOG_LEVEL: "silent", ...environment });
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join(" "));
  const relay = createRelay(read.config, { log: createLogger("silent"), ...deps });
  const { port, origin, metricsPort } = await relay.listen();
  onTestFinished(() => relay.close());
  return { ...relay, port, origin, metricsPort, url: `http://127.0.0.1:${port}` };
}

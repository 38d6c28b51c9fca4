// A real relay in this process, on a port of its own, with the memory store.
import { readConfig } from "../../server/config.ts";
import { createRelay } from "../../server/app.ts";
import type { Relay, RelayDeps } from "../../server/app.ts";

export interface TestRelay {
  readonly relay: Relay;
  /** What clients name in their proofs: PUBLIC_URL where it is set. */
  readonly origin: string;
  readonly port: number;
  /** Where it can be reached in any case. */
  readonly direct: string;
  close(): Promise<void>;
}

export async function startRelay(env: Record<string, string> = {}, deps: Partial<RelayDeps> = {}): Promise<TestRelay> {
  const read = readConfig({ PORT: "0", LOG_LEVEL: "silent", ...env });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const relay = createRelay(read.config, deps);
  const { origin, port } = await relay.listen();
  return { relay, origin, port, direct: `http://127.0.0.1:${port}`, close: () => relay.close() };
}

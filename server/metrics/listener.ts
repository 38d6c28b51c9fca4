// Serves the metrics on a port of their own, never on the one that people reach.
import type { RelayConfig } from "../config.ts";
import { listen, openHttpServer } from "../http/http-server.ts";
import type { RelayLimits } from "../limits.ts";
import { openRegistry } from "./registry.ts";
import type { MetricFacts } from "./registry.ts";
import { createMetricsRoutes } from "./routes.ts";

export interface MetricsListener {
  /** Resolves with the port. */
  listen(): Promise<number>;
  close(): Promise<void>;
}

export function serveMetrics(
  config: RelayConfig["metrics"],
  limits: RelayLimits,
  facts: MetricFacts,
): MetricsListener | undefined {
  if (config === undefined) return undefined;
  const { registry, close } = openRegistry(facts);
  const http = openHttpServer(createMetricsRoutes(registry, config.token), limits);
  return {
    listen: () => listen(http, config),
    close: async () => {
      close();
      const closed = new Promise<void>((resolve) => void http.close(() => resolve()));
      http.closeAllConnections();
      await closed;
    },
  };
}

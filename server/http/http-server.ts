// An HTTP server that nobody can hold up, for the public side of a relay and for its metrics.
import type { Server as HttpServer } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import type { RelayLimits } from "../limits.ts";

/** Time-outs close what sends nothing, or one byte now and then. */
export function openHttpServer(routes: Hono, limits: RelayLimits): HttpServer {
  const http = createAdaptorServer({
    fetch: routes.fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      maxHeaderSize: 16 * 1024,
      headersTimeout: limits.handshakeMs,
      requestTimeout: limits.handshakeMs,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 5_000,
    },
  }) as HttpServer;
  http.maxConnections = limits.connections;
  http.maxRequestsPerSocket = 100;
  return http;
}

/** Resolves with the port, also when 0 asked for a free one. */
export function listen(http: HttpServer, { port, host }: { port: number; host: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen({ port, host, backlog: 4_096 }, () => {
      http.off("error", reject);
      const address = http.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

// Puts one relay together: HTTP routes, sockets, store. Nothing global, so that many relays can live in one process.
import type { Server as HttpServer } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { systemClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import type { RelayConfig } from "./config.ts";
import { describeRelay } from "./http/about.ts";
import { createRoutes } from "./http/routes.ts";
import { defaultLimits } from "./limits.ts";
import type { RelayLimits } from "./limits.ts";
import { createLogger } from "./log.ts";
import type { Logger } from "./log.ts";
import { AddressBook, hostOf } from "./sockets/address-book.ts";
import { Admission } from "./sockets/admission.ts";
import { openGateway } from "./sockets/gateway.ts";
import { Guard } from "./sockets/guard.ts";
import { createHandlers } from "./sockets/handlers.ts";
import { encodeNotice, Hub } from "./sockets/hub.ts";
import { startPatrol } from "./sockets/patrol.ts";
import { chooseStore } from "./store/open-store.ts";
import type { ChosenStore } from "./store/open-store.ts";
import type { Outlet, RoomStore } from "./store/room-store.ts";

/** What a test or another composition root may replace. */
export interface RelayDeps {
  readonly clock: Clock;
  readonly limits: Partial<RelayLimits>;
  readonly log: Logger;
  readonly openStore: (outlet: Outlet, clock: Clock) => RoomStore;
}

export interface Relay {
  readonly store: RoomStore;
  /** Resolves once connections are taken, and throws when the store cannot be used; `origin` is the one clients name in their proofs. */
  listen(): Promise<{ port: number; origin: string }>;
  /** Open Socket.IO connections. */
  connectionCount(): number;
  /** Tells clients that the relay goes away, stops listening, lets the last bytes leave and closes everything. */
  close(): Promise<void>;
}

export function createRelay(config: RelayConfig, deps: Partial<RelayDeps> = {}): Relay {
  const clock = deps.clock ?? systemClock;
  const log = deps.log ?? createLogger(config.logLevel);
  const limits: RelayLimits = { ...defaultLimits, ...deps.limits };
  const hub = new Hub();
  const chosen: ChosenStore =
    deps.openStore === undefined
      ? chooseStore(config, limits, { clock, outlet: hub, log })
      : { store: deps.openStore(hub, clock), open: () => Promise.resolve() };
  const { store } = chosen;
  const addresses = new AddressBook(limits);
  let isDraining = false;
  let origin = config.publicOrigin ?? "";
  const routes = createRoutes({
    about: describeRelay(config, limits),
    readiness: () => (isDraining ? "draining" : store.isReady ? "ready" : "no_store"),
    origin: () => origin,
  });
  const http = openHttpServer(routes, limits);
  const open = trackConnections(http, addresses, clock);
  const admission = new Admission({ store, addresses, clock, limits, origin: () => origin });
  const handlers = createHandlers({ store, admission, addresses, clock });
  const guard = new Guard({ handlers, store, addresses, clock, limits, log });
  const io = openGateway(http, { store, hub, guard, clock, limits, log, isDraining: () => isDraining });
  const endPatrol = startPatrol(hub, limits, clock);
  const drain = async (): Promise<void> => {
    isDraining = true;
    log.info({ connections: hub.size }, "draining");
    endPatrol();
    const closed = new Promise<void>((resolve) => void http.close(() => resolve()));
    for (const connection of hub.all()) {
      connection.write(encodeNotice("relay:draining", {}));
      connection.hangUp();
    }
    http.closeIdleConnections();
    const cancel = clock.setTimer(limits.drainMs, () => open.forEach((socket) => socket.destroy()));
    await closed;
    cancel();
    await io.close();
    await store.close();
    log.info("closed");
  };
  let closing: Promise<void> | undefined;
  return {
    store,
    connectionCount: () => hub.size,
    listen: async () => {
      await chosen.open();
      const port = await listen(http, config);
      origin = config.publicOrigin ?? originOf(config.host, port);
      log.info("listening");
      return { port, origin };
    },
    close: () => {
      closing ??= drain();
      return closing;
    },
  };
}

/** Time-outs close what sends nothing, or one byte now and then. */
function openHttpServer(routes: Hono, limits: RelayLimits): HttpServer {
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

/** Holds every address to its share; returns the set of open connections. */
function trackConnections(http: HttpServer, addresses: AddressBook, clock: Clock): ReadonlySet<TcpSocket> {
  const open = new Set<TcpSocket>();
  http.on("connection", (socket: TcpSocket) => {
    const host = hostOf(socket.remoteAddress);
    if (!addresses.acquire(host, clock.nowMs())) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      addresses.release(host);
    });
  });
  return open;
}

function listen(http: HttpServer, { port, host }: RelayConfig): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => {
      http.off("error", reject);
      const address = http.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function originOf(host: string, port: number): string {
  return new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}`).origin;
}

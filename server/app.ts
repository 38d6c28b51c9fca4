// Puts one relay together: HTTP routes, sockets, store. Nothing global, so that many relays can live in one process.
import type { Server as HttpServer } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import { systemClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import type { RelayConfig } from "./config.ts";
import { describeRelay } from "./http/about.ts";
import { listen, openHttpServer } from "./http/http-server.ts";
import { createRoutes } from "./http/routes.ts";
import { defaultLimits } from "./limits.ts";
import type { RelayLimits } from "./limits.ts";
import { createLogger } from "./log.ts";
import type { Logger } from "./log.ts";
import { serveMetrics } from "./metrics/listener.ts";
import { Tally } from "./metrics/tally.ts";
import type { Readiness } from "./readiness.ts";
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
  /** Resolves once connections are taken, and throws when the store cannot be used; `origin` is the one clients name in proofs. */
  listen(): Promise<{ port: number; origin: string; metricsPort: number | undefined }>;
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
  const readiness = (): Readiness => (isDraining ? "draining" : store.isReady ? "ready" : "no_store");
  const about = describeRelay(config, limits);
  const http = openHttpServer(createRoutes({ about, readiness, origin: () => origin }), limits);
  const tally = new Tally();
  const open = trackConnections(http, { addresses, clock, tally });
  const admission = new Admission({ store, addresses, clock, limits, origin: () => origin });
  const handlers = createHandlers({ store, admission, addresses, clock });
  const guard = new Guard({ handlers, store, addresses, clock, limits, log, tally });
  const io = openGateway(http, { store, hub, guard, clock, limits, log, tally, isDraining: () => isDraining });
  const metrics = serveMetrics(config.metrics, limits, { tally, hub, open, store, readiness, version: about.version });
  const endPatrol = startPatrol(hub, limits, clock);
  const drain = async (): Promise<void> => {
    isDraining = true;
    log.info("draining", { connections: hub.size });
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
    await metrics?.close();
    log.info("closed");
  };
  let closing: Promise<void> | undefined;
  return {
    store,
    connectionCount: () => hub.size,
    listen: async () => {
      await chosen.open();
      const metricsPort = await metrics?.listen();
      const port = await listen(http, config);
      origin = config.publicOrigin ?? originOf(config.host, port);
      log.info("listening");
      return { port, origin, metricsPort };
    },
    close: () => {
      closing ??= drain();
      return closing;
    },
  };
}

interface Doorkeeping {
  readonly addresses: AddressBook;
  readonly clock: Clock;
  readonly tally: Tally;
}

/** Holds every address to its share; returns the set of open connections. */
function trackConnections(http: HttpServer, { addresses, clock, tally }: Doorkeeping): ReadonlySet<TcpSocket> {
  const open = new Set<TcpSocket>();
  http.on("drop", () => tally.refused("relay_limit"));
  http.on("connection", (socket: TcpSocket) => {
    const host = hostOf(socket.remoteAddress);
    if (!addresses.acquire(host, clock.nowMs())) {
      tally.refused("address_limit");
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      addresses.release(host);
      tally.sentBytes += socket.bytesWritten;
      tally.receivedBytes += socket.bytesRead;
    });
  });
  return open;
}

function originOf(host: string, port: number): string {
  return new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}`).origin;
}

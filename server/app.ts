// Puts one relay together: HTTP routes, sockets, store. Nothing global, so that many relays can live in one process.
import { systemClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import type { RelayConfig } from "./config.ts";
import { drain } from "./drain.ts";
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
import { AddressBook } from "./sockets/address-book.ts";
import { Admission } from "./sockets/admission.ts";
import { openGateway } from "./sockets/gateway.ts";
import { Guard } from "./sockets/guard.ts";
import { createHandlers } from "./sockets/handlers.ts";
import { Hub } from "./sockets/hub.ts";
import { startPatrol } from "./sockets/patrol.ts";
import { Proxies } from "./sockets/proxies.ts";
import { SeatRates } from "./sockets/seat-rates.ts";
import { Shares } from "./sockets/shares.ts";
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
  const tally = new Tally();
  let isDraining = false;
  let origin = config.publicOrigin ?? "";
  const readiness = (): Readiness => (isDraining ? "draining" : store.isReady ? "ready" : "no_store");
  const about = describeRelay(config, limits);
  const http = openHttpServer(createRoutes({ about, readiness, origin: () => origin }), limits);
  const shares = new Shares({ addresses, proxies: new Proxies(config.trustedProxies), clock, tally });
  shares.watch(http);
  const seatRates = new SeatRates(limits, clock);
  const { allowedOrigins } = config;
  const parts = { store, addresses, seatRates, clock, limits, log, tally, isDraining: () => isDraining };
  const admission = new Admission({ ...parts, origin: () => origin });
  const handlers = createHandlers({ ...parts, admission, turn: config.turn });
  const guard = new Guard({ ...parts, handlers });
  const io = openGateway(http, { ...parts, hub, guard, shares, allowedOrigins });
  const facts = { tally, hub, open: shares.open, store, readiness, version: about.version };
  const metrics = serveMetrics(config.metrics, limits, facts);
  const endPatrol = startPatrol(hub, limits, clock);
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
      isDraining = true;
      endPatrol();
      closing ??= drain({ http, io, hub, shares, store, metrics, clock, limits, log });
      return closing;
    },
  };
}

function originOf(host: string, port: number): string {
  return new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}`).origin;
}

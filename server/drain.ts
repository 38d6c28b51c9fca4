// How a relay goes away: clients are told to go elsewhere, their last bytes leave, then everything is closed.
import type { Server as HttpServer } from "node:http";
import type { Server } from "socket.io";
import type { Clock } from "./clock.ts";
import type { RelayLimits } from "./limits.ts";
import type { Logger } from "./log.ts";
import { frameNotice } from "./sockets/hub.ts";
import type { Hub } from "./sockets/hub.ts";
import type { Shares } from "./sockets/shares.ts";
import type { RoomStore } from "./store/room-store.ts";

export interface DrainParts {
  readonly http: HttpServer;
  readonly io: Server;
  readonly hub: Hub;
  readonly shares: Shares;
  readonly store: RoomStore;
  readonly metrics: { close(): Promise<void> } | undefined;
  readonly clock: Clock;
  readonly limits: RelayLimits;
  readonly log: Logger;
}

export async function drain({ http, io, hub, shares, store, metrics, clock, limits, log }: DrainParts): Promise<void> {
  log.info("draining", { connections: hub.size });
  const closed = new Promise<void>((resolve) => void http.close(() => resolve()));
  for (const connection of hub.all()) {
    connection.write(frameNotice("relay:draining", {}));
    connection.hangUp();
  }
  http.closeIdleConnections();
  const cancel = clock.setTimer(limits.drainMs, () => shares.destroyAll());
  await closed;
  cancel();
  await io.close();
  await store.close();
  await metrics?.close();
  log.info("closed");
}

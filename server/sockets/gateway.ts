// The Socket.IO end of the relay: who may open a connection, and the life of one from handshake to close.
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import { Server } from "socket.io";
import type { Socket } from "socket.io";
import { routes } from "../../wire/http.ts";
import { MAX_TRANSPORT_BYTES, PROTOCOL_VERSION } from "../../wire/limits.ts";
import type { RelayCode } from "../../wire/errors.ts";
import type { Clock } from "../clock.ts";
import { always } from "../http/security-headers.ts";
import type { RelayLimits } from "../limits.ts";
import type { Logger } from "../log.ts";
import type { Tally } from "../metrics/tally.ts";
import type { RoomStore } from "../store/room-store.ts";
import { Connection } from "./connection.ts";
import { limitFrames } from "./frame-server.ts";
import type { Guard } from "./guard.ts";
import type { Hub } from "./hub.ts";
import * as relayParser from "./relay-parser.ts";
import type { SeatRates } from "./seat-rates.ts";
import type { Shares } from "./shares.ts";
import { Turn } from "./turn.ts";

export interface GatewayParts {
  readonly store: RoomStore;
  readonly hub: Hub;
  readonly guard: Guard;
  readonly shares: Shares;
  readonly seatRates: SeatRates;
  readonly clock: Clock;
  readonly limits: RelayLimits;
  readonly log: Logger;
  readonly tally: Tally;
  readonly isDraining: () => boolean;
  /** Of web pages that may connect. */
  readonly allowedOrigins: readonly string[];
}

/** Extensions may connect, and programs that are no browser; a web page has no business here unless the operator says so. */
export function isAllowedOrigin(origin: string | undefined, allowed: readonly string[]): boolean {
  return origin === undefined || /^(chrome|moz)-extension:\/\/[\w-]+$/.test(origin) || allowed.includes(origin);
}

/** Engine.IO's word for an origin that may not connect; all its others are about the handshake itself. */
const FORBIDDEN = 4;

function refusal(code: RelayCode): Error {
  return Object.assign(new Error(code), { data: { code } });
}

/** Puts the Socket.IO server on `http`, which does not listen yet. */
export function openGateway(http: HttpServer, parts: GatewayParts): Server {
  const { limits, shares, allowedOrigins, tally } = parts;
  const io = new Server(http, {
    path: routes.socket,
    transports: ["websocket"],
    parser: relayParser,
    maxHttpBufferSize: MAX_TRANSPORT_BYTES,
    perMessageDeflate: false,
    httpCompression: false,
    serveClient: false,
    allowEIO3: false,
    allowUpgrades: false,
    cleanupEmptyChildNamespaces: true,
    connectTimeout: limits.handshakeMs,
    pingInterval: limits.pingIntervalMs,
    pingTimeout: limits.pingTimeoutMs,
    destroyUpgradeTimeout: 100,
    allowRequest: (request, decide) =>
      decide(null, isAllowedOrigin(request.headers.origin, allowedOrigins) && shares.claim(request)),
  });
  limitFrames(io, limits, parts.clock);
  // Nobody comes back to an old transport here, so a session id in the URL is only ever somebody else's.
  const upgrades = new WeakMap<IncomingMessage, object>();
  io.engine.use((request: IncomingMessage, response: ServerResponse, next: (error?: Error) => void) => {
    upgrades.set(request, response);
    if (request.headers.upgrade === undefined)
      for (const [name, value] of Object.entries(always)) response.setHeader(name, value);
    next(/[?&]sid=/.test(request.url ?? "") ? refusal("malformed") : undefined);
  });
  io.engine.on("connection_error", ({ code }: { code: number }) => {
    tally.refused(code === FORBIDDEN ? "origin" : "handshake");
  });
  const known = new WeakSet();
  io.use((socket, next) => {
    if (known.has(socket.conn)) socket.conn.close();
    known.add(socket.conn);
    const isOld = socket.handshake.auth["v"] !== PROTOCOL_VERSION;
    if (!isOld && !parts.isDraining()) return next();
    tally.refused(isOld ? "version" : "draining");
    next(refusal(isOld ? "unsupported_version" : "try_later"));
  });
  const turn = new Turn();
  io.on("connection", (socket) => {
    const response = upgrades.get(socket.request);
    attach(socket, turn, parts);
    forgetHandshake(socket, response);
  });
  return io;
}

function attach(socket: Socket, turn: Turn, parts: GatewayParts): void {
  const { store, hub, guard, clock, limits, log } = parts;
  const host = parts.shares.hostOf(socket.request);
  const connection = new Connection({ socket, host, turn, limits, clock });
  hub.add(connection);
  takeEvents(socket, (frame) => void guard.receive(connection, relayParser.decodeEvent(frame)));
  // A frame that the parser refuses; Socket.IO closes the connection itself.
  socket.on("error", () => undefined);
  socket.on("disconnect", () => {
    hub.remove(connection);
    parts.seatRates.release(connection);
    socket.conn.close();
    store.disconnect(connection.id).catch((error: unknown) => log.error("a connection was not forgotten", error));
  });
}

/**
 * Drops headers and addresses of the upgrade request: a third of a connection's memory, and nothing we want to hold.
 * Engine.IO's stand-in for a response to it lives as long as the connection.
 */
function forgetHandshake(socket: Socket, response: object | undefined): void {
  Object.assign(socket.conn, { request: undefined });
  Object.assign(socket, { handshake: undefined });
  if (response !== undefined) Object.assign(response, { req: undefined });
}

/**
 * From here on Socket.IO reads only its own packets, which are text. Events go straight from the transport to `take`: on the path of
 * every message, its packets, ticks and emitters would cost more than the rest of the work.
 */
function takeEvents({ conn }: Socket, take: (frame: Uint8Array) => void): void {
  const [readText] = conn.listeners("data");
  conn.removeAllListeners("data");
  // Hostile: a packet of Engine.IO may be empty too.
  conn.on("data", (frame: unknown) => {
    if (frame instanceof Uint8Array) take(frame);
    else readText?.call(conn, frame);
  });
}

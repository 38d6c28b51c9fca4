// The relay socket port on Socket.IO: what composition roots hand to the engine. Time-outs
// are the relay client's, which go by the engine's clock and end before Socket.IO's own.
import { io } from "socket.io-client";
import { routes } from "../../wire/http.ts";
import { PROTOCOL_VERSION } from "../../wire/limits.ts";
import * as parser from "../../wire/parser.ts";
import type { RelaySocket } from "../ports.ts";

export function openRelaySocket(origin: string): RelaySocket {
  return io(origin, {
    path: routes.socket,
    transports: ["websocket"],
    parser,
    auth: { v: PROTOCOL_VERSION },
    autoConnect: false,
    reconnection: false,
    forceNew: true,
  });
}

// Who can connect to a relay: extensions, over one WebSocket; no web page, no other transport, no old protocol, and no
// collector of metrics.
import { routes } from "../wire/http.ts";
import { MAX_TRANSPORT_BYTES } from "../wire/limits.ts";
import { ask, askForSocket } from "./ask.ts";
import type { Answer, Target } from "./ask.ts";
import type { Check } from "./check.ts";
import { fail, holds, pass } from "./verdicts.ts";

const EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";
const WEB_PAGE = "https://doctor.invalid";

function socketPath(protocol: number, transport: string): string {
  return `${routes.socket}/?EIO=${protocol}&transport=${transport}`;
}

/** The relay itself may grant the upgrade and close at once, so what counts is its first packet. */
function isConnected({ status, body }: Answer): boolean {
  return status === 101 && body.startsWith("0{");
}

export async function checkDoors(target: Target): Promise<Check[]> {
  const [extension, page, old, polling, metrics] = await Promise.all([
    askForSocket(target, socketPath(4, "websocket"), EXTENSION),
    askForSocket(target, socketPath(4, "websocket"), WEB_PAGE),
    askForSocket(target, socketPath(3, "websocket"), EXTENSION),
    ask(target, socketPath(4, "polling")),
    ask(target, "/metrics"),
  ]);
  return [
    ...checkSocket(extension),
    holds("relay web pages", !isConnected(page), [
      "a web page may not connect",
      "any web page can connect with the addresses of its visitors",
    ]),
    holds("relay transports", polling.status !== 200 && !isConnected(old), [
      "only WebSocket, only the present protocol",
      "long polling or an old protocol is answered: something other than the relay stands there",
    ]),
    holds("relay metrics", metrics.status !== 200, ["are not public", "/metrics is open to everybody"]),
  ];
}

function checkSocket(answer: Answer): Check[] {
  if (!isConnected(answer))
    return [fail("relay websocket", `an extension gets ${answer.status} instead: does the proxy pass WebSocket on?`)];
  const maxPayload = readMaxPayload(answer.body);
  return [
    pass("relay websocket", "an extension can connect"),
    holds("relay compression", answer.headers["sec-websocket-extensions"] === undefined, [
      "is off",
      "is on, which tells lengths through the padding",
    ]),
    holds("relay frame limit", maxPayload === MAX_TRANSPORT_BYTES, [
      `${MAX_TRANSPORT_BYTES} bytes`,
      `takes frames of ${maxPayload ?? "unknown"} bytes instead of ${MAX_TRANSPORT_BYTES}`,
    ]),
  ];
}

/** From Engine.IO's first packet: 0 and JSON. */
function readMaxPayload(packet: string): number | undefined {
  try {
    const opening: unknown = JSON.parse(packet.slice(1));
    if (typeof opening !== "object" || opening === null || !("maxPayload" in opening)) return undefined;
    return typeof opening.maxPayload === "number" ? opening.maxPayload : undefined;
  } catch {
    return undefined;
  }
}

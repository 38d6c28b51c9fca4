// One way to a TURN server: UDP, TCP or TLS, whole STUN messages in both directions.
import { createSocket } from "node:dgram";
import { connect as connectTcp, isIP } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { lookup } from "node:dns/promises";
import { messageBytes } from "./stun.ts";

export interface TurnTarget {
  readonly host: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls";
  /** A certificate authority to believe, PEM; those of Node without it. */
  readonly ca?: string | undefined;
}

export interface TurnWire {
  /** Nothing repeats what is lost on this way. */
  readonly isLossy: boolean;
  send(message: Uint8Array): void;
  close(): void;
}

const CONNECT_MS = 5_000;
/** More than any answer has. */
const MAX_PENDING_BYTES = 64 * 1024;

/** Reads `turn:host:port?transport=udp` and its kin (RFC 7065); `undefined` for DTLS, which is not spoken here, and for no address. */
export function readTurnUrl(url: string): TurnTarget | undefined {
  const match = /^(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/.exec(url);
  if (match === null) return undefined;
  const [, scheme, host = "", port, transport] = match;
  const isSecure = scheme === "turns";
  if (isSecure && transport === "udp") return undefined;
  return {
    host: host.replace(/^\[|\]$/g, ""),
    port: Number(port ?? (isSecure ? 5349 : 3478)),
    transport: isSecure ? "tls" : (transport ?? "udp") === "udp" ? "udp" : "tcp",
  };
}

/** Opens the way; rejects when nobody takes the connection, which with UDP is never known. */
export function openTurnWire(target: TurnTarget, receive: (message: Uint8Array) => void): Promise<TurnWire> {
  return target.transport === "udp" ? openUdp(target, receive) : openStream(target, receive);
}

async function openUdp({ host, port }: TurnTarget, receive: (message: Uint8Array) => void): Promise<TurnWire> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  socket.on("message", receive);
  // A port that nobody listens on is reported late or never: whoever waits for an answer gives up by itself.
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    socket.connect(port, address, resolve);
  });
  return { isLossy: true, send: (message) => socket.send(message), close: () => socket.close() };
}

async function openStream(target: TurnTarget, receive: (message: Uint8Array) => void): Promise<TurnWire> {
  const { host, port, transport, ca } = target;
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = transport === "tls" ? connectTls({ host, port, ca, ...servername }) : connectTcp({ host, port });
  await untilOpen(socket, transport === "tls" ? "secureConnect" : "connect");
  socket.on("error", () => socket.destroy());
  let pending: Uint8Array = new Uint8Array(0);
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let length = messageBytes(pending); length > 0 && length <= pending.length; length = messageBytes(pending)) {
      receive(pending.subarray(0, length));
      pending = pending.subarray(length);
    }
    if (pending.length > MAX_PENDING_BYTES) socket.destroy();
  });
  return { isLossy: false, send: (message) => void socket.write(message), close: () => socket.destroy() };
}

function untilOpen(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(CONNECT_MS, () => fail(new Error("no connection in time")));
    socket.once("error", fail);
    socket.once(event, () => {
      socket.setTimeout(0);
      socket.off("error", fail);
      resolve();
    });
  });
}

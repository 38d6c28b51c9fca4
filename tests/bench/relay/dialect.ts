// How a client speaks to each kind of server: the way into a room, and the bytes of a message. What comes back is told apart
// by its size and first letters, so that it can be counted where it lies.
import { randomBytes } from "node:crypto";
import { routes } from "../../../wire/http.ts";
import { BINARY, maskedFrame, TEXT } from "./link.ts";
import type { Guest } from "./guest.ts";

export const ENVELOPE_BYTES = 512;
const SOCKET_IO = `${routes.socket}/?EIO=4&transport=websocket`;

export interface Dialect {
  /** Where connections begin. */
  readonly path: string;
  /** From an open WebSocket to one that may enter a room. */
  connect(guest: Guest): Promise<void>;
  /** All frames of a message; the envelope is the end of the last one. */
  message(cid: Uint8Array): Buffer;
  /** How the text of an acknowledgement begins; without it an acknowledgement is a short binary message. */
  readonly ackText?: string;
}

function sealed(cid: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(ENVELOPE_BYTES);
  return Buffer.concat([cid, length, randomBytes(ENVELOPE_BYTES)]);
}

function event(name: string, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([2, 1, 0, 0, 0, 7, name.length]), Buffer.from(name), payload]);
}

async function enterSocketIo(guest: Guest, auth: string): Promise<void> {
  await guest.text((text) => text.startsWith("0"));
  guest.say(`40${auth}`);
  await guest.text((text) => text.startsWith("40"));
}

/** Ours: one binary frame (wire/parser.ts). */
export const relayDialect: Dialect = {
  path: SOCKET_IO,
  connect: (guest) => enterSocketIo(guest, '{"v":1}'),
  message: (cid) => maskedFrame(BINARY, event("message:send", sealed(cid))),
};

/** The relay's frame without Socket.IO around the connection. */
export const rawDialect: Dialect = {
  path: "/",
  connect: async () => undefined,
  message: (cid) => maskedFrame(BINARY, event("message:send", sealed(cid))),
};

/** Socket.IO's default parser: a text that announces, then the bytes. */
export const socketIoDialect: Dialect = {
  path: SOCKET_IO,
  connect: (guest) => enterSocketIo(guest, ""),
  message: (cid) =>
    Buffer.concat([
      maskedFrame(TEXT, Buffer.from('451-7["message:send",{"_placeholder":true,"num":0}]')),
      maskedFrame(BINARY, sealed(cid)),
    ]),
  ackText: "43",
};

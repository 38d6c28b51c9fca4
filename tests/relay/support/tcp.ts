// WebSocket connections by the byte, cheap enough for thousands: what no WebSocket library would send, or leave out.
import { connect } from "node:net";
import type { Socket } from "node:net";
import { onTestFinished } from "vitest";

export const TEXT = 1;
export const BINARY = 2;
export const PING = 9;

/** A client's frame; the mask is zero, so that the payload stays as it is. `isLast` is false for all but the last part. */
export function clientFrame(opcode: number, payload: Uint8Array | string, isLast = true): Buffer {
  const body = Buffer.from(payload);
  if (body.length > 125) throw new RangeError("a short frame");
  return Buffer.concat([Buffer.of((isLast ? 0x80 : 0) | opcode, 0x80 | body.length, 0, 0, 0, 0), body]);
}

export const upgrade = [
  "GET /socket/?EIO=4&transport=websocket HTTP/1.1",
  "Host: a",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "",
  "",
].join("\r\n");

export const hello = clientFrame(TEXT, '40{"v":1}');

/** Open, or already closed again by the relay; ended when the test is over. */
export function openTcp(port: number, localAddress: string): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  onTestFinished(() => void socket.destroy());
  return new Promise((resolve) => {
    // Some are answered with a reset.
    socket.on("error", () => resolve(socket));
    socket.once("connect", () => resolve(socket));
  });
}

/** Resolves with the last bytes that came, once the relay has closed. */
export function untilClosed(socket: Socket): Promise<Buffer> {
  let last: Buffer = Buffer.alloc(0);
  socket.on("data", (bytes: Buffer) => (last = bytes));
  return new Promise((resolve) => {
    if (socket.destroyed) resolve(last);
    socket.once("close", () => resolve(last));
  });
}

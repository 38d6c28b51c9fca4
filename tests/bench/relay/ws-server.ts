// The baseline: a raw `ws` server that does the relay's work and nothing else. It numbers each message, sends it to every
// other member of the room, one send each, and acknowledges it. Frames have the relay's layout and size.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { encodeAck } from "../../../wire/parser.ts";
import { answerParent } from "./child.ts";

const PAYLOAD_AT = 7 + "message:send".length;
const label = Buffer.from("message:received");
const rooms = new Map<string, Set<WebSocket>>();
let seq = 0;

function received(payload: Buffer): Buffer {
  const frame = Buffer.alloc(7 + label.length + 8 + payload.length);
  frame[0] = 2;
  frame[6] = label.length;
  frame.set(label, 7);
  frame.writeBigUInt64BE(BigInt(seq), 7 + label.length);
  frame.set(payload, 15 + label.length);
  return frame;
}

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on("connection", (socket) => {
  let room = new Set<WebSocket>();
  socket.on("message", (data: Buffer, isBinary) => {
    if (!isBinary) {
      const name = data.toString();
      room = rooms.get(name) ?? new Set();
      rooms.set(name, room.add(socket));
      socket.send("joined");
      return;
    }
    seq++;
    const frame = received(data.subarray(PAYLOAD_AT));
    for (const member of room) if (member !== socket) member.send(frame);
    const answer = new Uint8Array(9);
    answer[8] = seq & 255;
    socket.send(encodeAck(data.readUInt32BE(2), answer));
  });
  socket.on("close", () => room.delete(socket));
});
http.listen(0, "127.0.0.1", () => answerParent({ port: (http.address() as AddressInfo).port }));

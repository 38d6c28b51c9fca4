// Socket.IO as its manual shows it, with its default parser, over WebSocket: what the relay would cost without its own way
// of writing.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { routes } from "../../../wire/http.ts";
import { answerParent } from "./child.ts";

const http = createServer();
const io = new Server(http, {
  path: routes.socket,
  transports: ["websocket"],
  perMessageDeflate: false,
  pingTimeout: 60_000,
});
let seq = 0;
io.on("connection", (socket) => {
  let room = "";
  socket.on("join", (name: string, done: (isIn: true) => void) => {
    room = name;
    void socket.join(room);
    done(true);
  });
  socket.on("message:send", (payload: Buffer, done: (seq: number) => void) => {
    socket.to(room).emit("message:received", payload);
    done(++seq);
  });
});
http.listen(0, "127.0.0.1", () => answerParent({ port: (http.address() as AddressInfo).port }));

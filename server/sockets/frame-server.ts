// The WebSocket server under Engine.IO, with the limits that Engine.IO has no options for: how long a closing handshake may
// take, into how many fragments a message may be cut, how fast frames are read, and pings that cannot fill our memory.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Server } from "socket.io";
import type { Clock } from "../clock.ts";
import type { RelayLimits } from "../limits.ts";
import { TokenBucket } from "../token-bucket.ts";

/** What is used of a WebSocket of the `ws` package, which comes with Engine.IO. */
interface FrameSocket {
  readonly bufferedAmount: number;
  on(event: "message" | "ping", listener: (data: Uint8Array) => void): void;
  on(event: "error", listener: (error: Error & { code?: string }) => void): void;
  terminate(): void;
  pong(data: Uint8Array): void;
  pause(): void;
  resume(): void;
}

type Opened = (socket: FrameSocket) => void;

interface FrameServer {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, opened: Opened): void;
}

type FrameServerClass = new (options: object) => FrameServer;

/** Applies to the connections that are opened after this. */
export function limitFrames({ engine }: Server, limits: RelayLimits, clock: Clock): void {
  const Plain = engine.opts.wsEngine as FrameServerClass;
  engine.opts.wsEngine = class extends Plain {
    constructor(options: object) {
      const { closingMs: closeTimeout, fragments: maxFragments } = limits;
      super({ ...options, closeTimeout, maxFragments, autoPong: false });
    }

    override handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, opened: Opened): void {
      super.handleUpgrade(request, socket, head, (frames) => {
        slowDown(frames, limits, clock);
        cutFragments(frames);
        opened(frames);
      });
    }
  };
}

/** Nobody cuts messages into so many pieces by mistake: no closing handshake, during which the rest would be read. */
function cutFragments(socket: FrameSocket): void {
  socket.on("error", ({ code }) => {
    if (code === "WS_ERR_TOO_MANY_BUFFERED_PARTS") socket.terminate();
  });
}

/** Whoever sends too fast is read more slowly: its own network holds it up, and nothing of it is lost. */
function slowDown(socket: FrameSocket, limits: RelayLimits, clock: Clock): void {
  const bucket = new TokenBucket(limits.frames, clock.nowMs());
  let isPaused = false;
  const count = (): void => {
    if (bucket.take(clock.nowMs()) === 0 || isPaused) return;
    isPaused = true;
    socket.pause();
    clock.setTimer(limits.framePauseMs, () => {
      isPaused = false;
      socket.resume();
    });
  };
  socket.on("message", count);
  socket.on("ping", (data) => {
    count();
    // A reader that is behind gets none, or its pongs would pile up here.
    if (socket.bufferedAmount === 0) socket.pong(data);
  });
}

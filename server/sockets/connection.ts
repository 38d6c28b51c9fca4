// One client connection: writes frames in the order of decisions, those of one turn in one piece, knows how far its reader
// is behind, and closes it.
import type { Socket } from "socket.io";
import type { Clock } from "../clock.ts";
import type { RelayLimits } from "../limits.ts";
import { connectionId } from "../store/keys.ts";
import type { ConnectionId } from "../store/keys.ts";
import { TokenBucket } from "../token-bucket.ts";
import type { Turn } from "./turn.ts";
import type { WebSocketFrame } from "./websocket-frame.ts";

/** What the connection has shown so far; decides how long it may stay idle. */
export type Standing = "stranger" | "applicant" | "knocking" | "seated";

export interface Challenge {
  readonly nonce: Uint8Array;
  readonly atMs: number;
}

export interface ConnectionParts {
  readonly socket: Socket;
  readonly host: string;
  readonly turn: Turn;
  readonly limits: RelayLimits;
  readonly clock: Clock;
}

export class Connection {
  readonly id: ConnectionId;
  readonly host: string;
  /** The seat's, once it holds one (seat-rates.ts). */
  buckets: Readonly<Record<"messages" | "signals" | "commits" | "control" | "minting", TokenBucket>>;
  /** Open challenges by invite; each is used once. */
  readonly challenges = new Map<string, Challenge>();
  standing: Standing = "stranger";
  standingSinceMs: number;
  strikes = 0;
  isOpen = true;
  readonly #socket: Socket;
  /** The TCP socket, for readers that do not even take a closing frame. */
  readonly #tcp: { destroy(): unknown };
  readonly #turn: Turn;
  readonly #backlogBytes: number;
  #holds = 0;
  #held: WebSocketFrame[] = [];
  #isClosing = false;
  /** What leaves at the end of this turn. */
  #leaving: WebSocketFrame[] = [];
  #leavingBytes = 0;
  /** Handed to Socket.IO, which keeps it until what it sent before has left. */
  #queuedBytes = 0;
  #inFlightBytes = 0;
  #flushes = 0;
  #flushesSeen = 0;
  #stalledSinceMs: number | undefined;

  constructor({ socket, host, turn, limits, clock }: ConnectionParts) {
    const now = clock.nowMs();
    this.id = connectionId(socket.id);
    this.host = host;
    this.buckets = {
      messages: new TokenBucket(limits.messages, now),
      signals: new TokenBucket(limits.signals, now),
      commits: new TokenBucket(limits.commits, now),
      control: new TokenBucket(limits.control, now),
      minting: new TokenBucket(limits.minting, now),
    };
    this.standingSinceMs = now;
    this.#backlogBytes = limits.backlogBytes;
    this.#socket = socket;
    this.#turn = turn;
    this.#tcp = socket.request.socket;
    // Everything that is sent passes here, Socket.IO's own packets too.
    socket.conn.on("packetCreate", (packet: { data?: { length: number } }) => {
      this.#queuedBytes += packet.data?.length ?? 0;
    });
    // A flush hands everything queued to the socket, after what was handed before has left.
    socket.conn.on("flush", () => {
      this.#inFlightBytes = this.#queuedBytes;
      this.#queuedBytes = 0;
      this.#flushes++;
    });
  }

  /** Sends the frame of a notice at the end of this turn; kept back while a request is being answered. */
  write(frame: WebSocketFrame): void {
    if (this.#holds > 0) this.#held.push(frame);
    else this.#push(frame);
  }

  /** Like {@link write}, but only if it can leave at once. */
  writeVolatile(frame: WebSocketFrame): void {
    if (this.#holds === 0 && this.#socket.conn.transport.writable) this.#push(frame);
  }

  /** Sends the frame of an answer, which nothing keeps back. */
  answer(frame: WebSocketFrame): void {
    this.#push(frame);
  }

  /** From here to {@link release} nothing leaves but the answer, so that it never comes after what it caused. */
  hold(): void {
    this.#holds++;
  }

  release(): void {
    if (--this.#holds > 0) return;
    const held = this.#held;
    this.#held = [];
    for (const frame of held) this.#push(frame);
    if (this.#isClosing) this.close();
  }

  /** Moves to another standing and starts its clock. */
  become(standing: Standing, nowMs: number): void {
    this.standing = standing;
    this.standingSinceMs = nowMs;
  }

  /** Closes for good after what was written has left; the client does not come back by itself. */
  close(): void {
    this.#isClosing = true;
    if (this.#holds > 0) return;
    this.flush();
    this.#socket.disconnect(true);
  }

  /** Closes like a network would, so that the client comes back. */
  hangUp(): void {
    this.flush();
    this.#socket.conn.close();
  }

  /** Closes at once, whatever is still unsent. */
  cut(): void {
    this.#tcp.destroy();
  }

  /** Whether the reader has taken nothing for too long. To be asked regularly. */
  isStalled(nowMs: number, stallMs: number): boolean {
    const hasMoved = this.#flushes !== this.#flushesSeen;
    this.#flushesSeen = this.#flushes;
    if (this.#socket.conn.transport.writable || hasMoved) this.#stalledSinceMs = undefined;
    else this.#stalledSinceMs ??= nowMs;
    return this.#stalledSinceMs !== undefined && nowMs - this.#stalledSinceMs >= stallMs;
  }

  /** Hands over what was written in this turn as one packet of Socket.IO, so that nothing of its own comes in between. */
  flush(): void {
    if (this.#leaving.length === 0) return;
    const whole = this.#turn.join(this.#leaving);
    this.#leaving = [];
    this.#leavingBytes = 0;
    this.#socket.conn.write(whole, { wsPreEncodedFrame: [whole] } as object);
  }

  #unsentBytes(): number {
    const { writable } = this.#socket.conn.transport;
    return this.#leavingBytes + this.#queuedBytes + (writable ? 0 : this.#inFlightBytes);
  }

  #push(frame: WebSocketFrame): void {
    if (!this.isOpen) return;
    if (this.#unsentBytes() > this.#backlogBytes) this.cut();
    this.#leavingBytes += frame.length;
    if (this.#leaving.push(frame) === 1) this.#turn.add(this);
  }
}

// A WebSocket client that costs next to nothing: a plain TCP socket with one buffer to read into, and frames looked at
// where they lie. Text, binary and closing frames only; the servers of the bench send nothing else.
import { createConnection } from "node:net";
import type { Socket } from "node:net";

export const TEXT = 1;
export const BINARY = 2;
const CLOSE = 8;
const MASK = Buffer.from([0x5a, 0xc3, 0x17, 0x8e]);

/** A message inside `bytes`, from `start` to `end`; only valid during the call. */
export type Listener = (opcode: number, bytes: Buffer, start: number, end: number) => void;

/** A client's frame around `message`, masked as the protocol demands. */
export function maskedFrame(opcode: number, message: Uint8Array): Buffer {
  const head = message.length < 126 ? 2 : message.length < 65_536 ? 4 : 10;
  const frame = Buffer.alloc(head + 4 + message.length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (head === 2 ? message.length : head === 4 ? 126 : 127);
  if (head === 4) frame.writeUInt16BE(message.length, 2);
  if (head === 10) frame.writeBigUInt64BE(BigInt(message.length), 2);
  frame.set(MASK, head);
  frame.set(message, head + 4);
  maskFrom(frame, frame.length - message.length, head + 4);
  return frame;
}

/** Masks what stands from `at` to the end of a frame whose message begins at `start`. */
function maskFrom(frame: Buffer, at: number, start: number): void {
  for (let i = at; i < frame.length; i++) frame[i] = (frame[i] ?? 0) ^ (MASK[(i - start) & 3] ?? 0);
}

/** Copies the last frame in `template` with `timeMs` at `fromEnd` bytes before its end. */
export function stamped(template: Buffer, fromEnd: number, phase: number, timeMs: number): Buffer {
  const frame = Buffer.from(template);
  const at = frame.length - fromEnd;
  frame.writeDoubleBE(timeMs, at);
  for (let i = 0; i < 8; i++) frame[at + i] = (frame[at + i] ?? 0) ^ (MASK[(phase + i) & 3] ?? 0);
  return frame;
}

export interface Where {
  readonly port: number;
  readonly path: string;
  /** Loopback address to come from. */
  readonly from: string;
}

export class Link {
  onMessage: Listener = () => undefined;
  onChunk: () => void = () => undefined;
  onClose: () => void = () => undefined;
  isOpen = true;
  readonly #tcp: Socket;
  #rest: Buffer | undefined;
  #isUpgraded: (() => void) | undefined;

  private constructor({ port, from }: Where, buffer: Buffer) {
    const callback = (count: number): boolean => {
      this.#take(buffer.subarray(0, count));
      return true;
    };
    this.#tcp = createConnection({ port, host: "127.0.0.1", localAddress: from, onread: { buffer, callback } });
    this.#tcp.setNoDelay(true);
    this.#tcp.on("error", () => undefined);
    this.#tcp.on("close", () => {
      this.isOpen = false;
      this.onClose();
    });
  }

  /** All links may read into one `buffer`, as what they read is used up at once. Rejects when the server refuses. */
  static open(where: Where, buffer: Buffer, onMessage: Listener): Promise<Link> {
    return new Promise((resolve, reject) => {
      const link = new Link(where, buffer);
      link.onMessage = onMessage;
      link.onClose = () => reject(new Error("the server closed a connection"));
      link.#isUpgraded = () => {
        link.onClose = () => undefined;
        resolve(link);
      };
      const head = [`GET ${where.path} HTTP/1.1`, "Host: 127.0.0.1", "Upgrade: websocket", "Connection: Upgrade"];
      const key = ["Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==", "Sec-WebSocket-Version: 13"];
      link.write(Buffer.from(`${[...head, ...key].join("\r\n")}\r\n\r\n`));
    });
  }

  write(bytes: Buffer): void {
    this.#tcp.write(bytes);
  }

  close(): void {
    this.#tcp.destroy();
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const used = this.#isUpgraded === undefined ? this.#scan(bytes, 0) : this.#upgrade(bytes);
    this.#rest = used < bytes.length ? Buffer.from(bytes.subarray(used)) : undefined;
    this.onChunk();
  }

  #upgrade(bytes: Buffer): number {
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) return 0;
    if (!bytes.subarray(0, end).toString("latin1").startsWith("HTTP/1.1 101")) {
      this.close();
      return bytes.length;
    }
    this.#isUpgraded?.();
    this.#isUpgraded = undefined;
    return this.#scan(bytes, end + 4);
  }

  #scan(bytes: Buffer, from: number): number {
    let at = from;
    while (bytes.length - at >= 2) {
      const short = bytes[at + 1] ?? 0;
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length - at < head) break;
      const length =
        head === 2 ? short : head === 4 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
      const end = at + head + length;
      if (end > bytes.length) break;
      const opcode = (bytes[at] ?? 0) & 15;
      if (opcode === CLOSE) this.close();
      else this.onMessage(opcode, bytes, at + head, end);
      at = end;
    }
    return at;
  }
}

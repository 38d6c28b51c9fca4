// A WebSocket that sends whatever a test wants, below everything that a well-behaved client does.
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { ClientOptions } from "ws";

export class RawSocket {
  readonly ws: WebSocket;
  readonly frames: (string | Uint8Array)[] = [];
  readonly #watchers = new Set<() => void>();
  #code = 1006;

  /** With `keepsFrames: false` only the greeting is kept, so that what comes back does not fill the memory of a test. */
  constructor(port: number, options: ClientOptions & { query?: string; keepsFrames?: boolean } = {}) {
    const query = options.query ?? "EIO=4&transport=websocket";
    this.ws = new WebSocket(`ws://127.0.0.1:${port}/socket/?${query}`, options);
    this.ws.on("message", (data, isBinary) => {
      const frame = data as Buffer;
      if (!isBinary && frame.toString() === "2") return this.ws.send("3");
      if (options.keepsFrames === false && this.frames.length > 1) return;
      this.frames.push(isBinary ? new Uint8Array(frame) : frame.toString());
      this.#changed();
    });
    this.ws.on("error", () => this.#changed());
    this.ws.on("close", (code) => {
      this.#code = code;
      this.#changed();
    });
    onTestFinished(() => this.ws.terminate());
  }

  send(frame: string | Uint8Array): void {
    if (this.ws.readyState === WebSocket.OPEN) this.ws.send(frame);
  }

  /** Opens the Socket.IO connection too. */
  async enter(): Promise<this> {
    await this.next((frame) => typeof frame === "string" && frame.startsWith("0"));
    this.send('40{"v":1}');
    await this.next((frame) => typeof frame === "string" && frame.startsWith("40"));
    return this;
  }

  next(matches: (frame: string | Uint8Array) => boolean): Promise<string | Uint8Array> {
    return this.#when("a frame", () => this.frames.find(matches));
  }

  /** The close code; 1006 when there was none. */
  closed(): Promise<number> {
    return this.#when("the end", () => (this.ws.readyState === WebSocket.CLOSED ? this.#code : undefined));
  }

  #changed(): void {
    for (const watch of this.#watchers) watch();
  }

  #when<T>(what: string, find: () => T | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what} did not come in time`)), 10_000);
      const watch = (): void => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#watchers.delete(watch);
        resolve(found);
      };
      this.#watchers.add(watch);
      watch();
    });
  }
}

/** An event frame as wire/parser.ts lays it out; without an id nobody asks for an answer. */
export function eventFrame(name: string, payload: Uint8Array, id?: number): Uint8Array {
  const label = new TextEncoder().encode(name);
  const frame = new Uint8Array(7 + label.length + payload.length);
  frame.set([2, id === undefined ? 0 : 1]);
  new DataView(frame.buffer).setUint32(2, id ?? 0);
  frame[6] = label.length;
  frame.set(label, 7);
  frame.set(payload, 7 + label.length);
  return frame;
}

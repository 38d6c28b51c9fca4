// What leaves in one turn of the event loop leaves together: one write per connection instead of one per frame. The busier
// the relay, the more there is in a turn, and the less each frame costs. No timers: a lone frame waits for nothing.
import type { WebSocketFrame } from "./websocket-frame.ts";

interface Leaver {
  /** Lets everything written so far leave. */
  flush(): void;
}

export class Turn {
  readonly #atEnd: (callback: () => void) => void;
  #leavers: Leaver[] = [];
  #lastParts: readonly WebSocketFrame[] = [];
  #lastWhole: WebSocketFrame | undefined;

  /** `atEnd` calls back when the turn is over. */
  constructor(atEnd: (callback: () => void) => void = (callback) => void setImmediate(callback)) {
    this.#atEnd = atEnd;
  }

  /** Flushes once, after everything that can be read in this turn was read and answered. */
  add(leaver: Leaver): void {
    this.#leavers.push(leaver);
    if (this.#leavers.length === 1) this.#atEnd(() => this.#end());
  }

  /** The frames in one piece. Members of a room who wrote nothing get the same ones: those are joined once. */
  join(parts: readonly WebSocketFrame[]): WebSocketFrame {
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    if (this.#lastWhole === undefined || !isSame(parts, this.#lastParts)) {
      this.#lastParts = parts;
      this.#lastWhole = Buffer.concat(parts) as WebSocketFrame;
    }
    return this.#lastWhole;
  }

  #end(): void {
    const leavers = this.#leavers;
    this.#leavers = [];
    for (const leaver of leavers) leaver.flush();
    this.#lastParts = [];
    this.#lastWhole = undefined;
  }
}

function isSame(a: readonly WebSocketFrame[], b: readonly WebSocketFrame[]): boolean {
  return a.length === b.length && a.every((frame, index) => frame === b[index]);
}

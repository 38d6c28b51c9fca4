// The engine's end of the bridge: one view per channel gets a snapshot, then numbered events, and runs commands. What
// arrives is a claim of code that may be wrong or old: frames and options are decoded, and only fault codes go back.
import type { Channel } from "./channel.ts";
import type { CommandName, EngineFault, EngineHost } from "./contract.ts";
import { EngineError } from "./fault.ts";
import { decodeCallFrame, isCommandName } from "./frames.ts";
import type { CallFrame, HostFrame } from "./frames.ts";
import { decodeOptions } from "./options.ts";

/** Calls of one view that may run at a time; more are refused with `queue_full`. */
export const MAX_PENDING_CALLS = 256;

/** Serves one view until its channel closes. The channel must come from one of our own pages: see sender.ts. */
export function serveView(engine: EngineHost, channel: Channel): void {
  const view = new View(engine, channel);
  view.start();
}

class View {
  readonly #engine: EngineHost;
  readonly #channel: Channel;
  #unsubscribe: () => void = () => {};
  #seq = 0;
  #pending = 0;
  #isClosed = false;

  constructor(engine: EngineHost, channel: Channel) {
    this.#engine = engine;
    this.#channel = channel;
  }

  start(): void {
    this.#channel.onClose(() => this.#stop());
    this.#channel.onMessage((message) => this.#receive(message));
    // In one turn, so that no event falls between the snapshot and the subscription.
    this.#post({ kind: "snapshot", seq: this.#seq, snapshot: this.#engine.snapshot() });
    if (this.#isClosed) return;
    this.#unsubscribe = this.#engine.subscribe((event) => {
      this.#seq += 1;
      this.#post({ kind: "event", seq: this.#seq, event });
    });
  }

  #receive(message: unknown): void {
    if (this.#isClosed) return;
    const frame = decodeCallFrame(message);
    if (frame === undefined) {
      this.#stop();
      this.#channel.close();
      return;
    }
    void this.#answer(frame);
  }

  async #answer({ id, name, options }: CallFrame): Promise<void> {
    if (this.#pending >= MAX_PENDING_CALLS) {
      this.#post({ kind: "fault", id, code: "queue_full" });
      return;
    }
    this.#pending += 1;
    try {
      if (!isCommandName(name)) throw new EngineError("malformed");
      const value = await run(this.#engine, name, options);
      this.#post({ kind: "ok", id, value });
    } catch (error) {
      this.#post({ kind: "fault", id, code: faultOf(error) });
    } finally {
      this.#pending -= 1;
    }
  }

  #post(frame: HostFrame): void {
    if (this.#isClosed) return;
    try {
      this.#channel.post(frame);
    } catch {
      this.#stop();
      this.#channel.close();
    }
  }

  #stop(): void {
    this.#isClosed = true;
    this.#unsubscribe();
  }
}

async function run(engine: EngineHost, name: CommandName, options: unknown): Promise<unknown> {
  // The table of decoders and the interface share their keys, which the compiler cannot follow through a generic call.
  const command = engine[name].bind(engine) as (decoded: unknown) => Promise<unknown>;
  return await command(decodeOptions(name, options));
}

function faultOf(error: unknown): EngineFault {
  return error instanceof EngineError ? error.code : "internal";
}

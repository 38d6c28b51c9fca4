// The view's end of the bridge: commands as promises, one snapshot per connection, then events in order. It trusts the
// engine's words but not the wire: a bad frame or a missing number ends the connection and the next one starts afresh.
import type { Channel } from "./channel.ts";
import type { CommandName, EngineApi, EngineEvent, EngineFault, EngineSnapshot } from "./contract.ts";
import { commandNames } from "./contract.ts";
import { EngineError } from "./fault.ts";
import { decodeHostFrame } from "./frames.ts";
import type { CallFrame, HostFrame } from "./frames.ts";
import { decodeOptions } from "./options.ts";

export type EngineClientState = "connecting" | "connected";

export interface EngineClient extends EngineApi {
  state(): EngineClientState;
  /** Called at each change. Returns the function that ends the subscription, as do all three. */
  onState(listener: (state: EngineClientState) => void): () => void;
  /** Called once per connection, before its events: what views know so far is to be replaced. Subscribe in the same turn
   * that creates the client, or the first one is missed. */
  onSnapshot(listener: (snapshot: EngineSnapshot) => void): () => void;
  onEvent(listener: (event: EngineEvent) => void): () => void;
  /** Ends the client for good; commands that wait are rejected with `engine_lost`. */
  close(): void;
}

export const CALL_TIMEOUT_MS = 60_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
const SNAPSHOT_TIMEOUT_MS = 10_000;

interface Call {
  readonly frame: CallFrame;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: EngineError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export function createEngineClient(openChannel: () => Promise<Channel>): EngineClient {
  const connection = new Connection(openChannel);
  const commands = Object.fromEntries(
    commandNames.map((name) => [name, (options: unknown) => connection.call(name, options)]),
  ) as unknown as EngineApi;
  connection.start();
  return {
    ...commands,
    state: () => connection.state,
    onState: (listener) => connection.states.add(listener),
    onSnapshot: (listener) => connection.snapshots.add(listener),
    onEvent: (listener) => connection.events.add(listener),
    close: () => connection.close(),
  };
}

class Listeners<T> {
  readonly #all = new Set<(value: T) => void>();

  add(listener: (value: T) => void): () => void {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  tell(value: T): void {
    for (const listener of this.#all) listener(value);
  }
}

class Connection {
  readonly states = new Listeners<EngineClientState>();
  readonly snapshots = new Listeners<EngineSnapshot>();
  readonly events = new Listeners<EngineEvent>();
  state: EngineClientState = "connecting";

  readonly #open: () => Promise<Channel>;
  /** Sent on the present channel, or waiting for the next one: a call moves only from waiting to sent. */
  readonly #waiting = new Map<number, Call>();
  readonly #sent = new Map<number, Call>();
  #channel: Channel | undefined;
  #seq = 0;
  #lastId = 0;
  #retryMs = FIRST_RETRY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(open: () => Promise<Channel>) {
    this.#open = open;
  }

  start(): void {
    void this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#channel?.close();
    this.#channel = undefined;
    this.#rejectAll(this.#sent, "engine_lost");
    this.#rejectAll(this.#waiting, "engine_lost");
    this.#setState("connecting");
  }

  async call(name: CommandName, options: unknown): Promise<unknown> {
    if (this.#isClosed) throw new EngineError("engine_lost");
    this.#lastId += 1;
    const frame: CallFrame = { kind: "call", id: this.#lastId, name, options: decodeOptions(name, options) };
    return await new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(frame.id)?.reject(new EngineError("timed_out")), CALL_TIMEOUT_MS);
      this.#waiting.set(frame.id, { frame, resolve, reject, timer });
      if (this.state === "connected") this.#flush();
    });
  }

  async #connect(): Promise<void> {
    let channel: Channel;
    try {
      channel = await this.#open();
    } catch {
      this.#retry();
      return;
    }
    if (this.#isClosed) {
      channel.close();
      return;
    }
    this.#channel = channel;
    channel.onMessage((message) => {
      if (this.#channel === channel) this.#receive(message);
    });
    channel.onClose(() => this.#lose(channel));
    this.#timer = setTimeout(() => this.#lose(channel), SNAPSHOT_TIMEOUT_MS);
  }

  #receive(message: unknown): void {
    const frame = decodeHostFrame(message);
    if (frame === undefined || !this.#accept(frame)) this.#lose(this.#channel);
  }

  /** False when the frame does not fit what came before it. */
  #accept(frame: HostFrame): boolean {
    switch (frame.kind) {
      case "snapshot":
        clearTimeout(this.#timer);
        this.#retryMs = FIRST_RETRY_MS;
        this.#seq = frame.seq;
        this.snapshots.tell(frame.snapshot);
        this.#setState("connected");
        this.#flush();
        break;
      case "event":
        if (this.state !== "connected" || frame.seq !== this.#seq + 1) return false;
        this.#seq = frame.seq;
        this.events.tell(frame.event);
        break;
      case "ok":
        this.#settle(frame.id)?.resolve(frame.value);
        break;
      case "fault":
        this.#settle(frame.id)?.reject(new EngineError(frame.code));
    }
    return true;
  }

  #flush(): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    for (const [id, call] of this.#waiting) {
      this.#waiting.delete(id);
      this.#sent.set(id, call);
      try {
        channel.post(call.frame);
      } catch {
        this.#lose(channel);
        return;
      }
    }
  }

  #settle(id: number): Call | undefined {
    const call = this.#sent.get(id) ?? this.#waiting.get(id);
    this.#sent.delete(id);
    this.#waiting.delete(id);
    clearTimeout(call?.timer);
    return call;
  }

  #lose(channel: Channel | undefined): void {
    if (channel === undefined || this.#channel !== channel) return;
    this.#channel = undefined;
    clearTimeout(this.#timer);
    channel.close();
    this.#setState("connecting");
    // What was sent may or may not have been carried out: only the person can decide to repeat it.
    this.#rejectAll(this.#sent, "engine_lost");
    this.#retry();
  }

  #retry(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#connect(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #rejectAll(calls: Map<number, Call>, code: EngineFault): void {
    for (const id of calls.keys()) this.#settle(id)?.reject(new EngineError(code));
  }

  #setState(state: EngineClientState): void {
    if (this.state === state) return;
    this.state = state;
    this.states.tell(state);
  }
}

// One connection to a relay: typed requests with answers or refusals, notices decoded before anybody sees them. What the
// relay says is hostile until decoded; whether it is true is for the room's group to judge.
import { decode, encode } from "../../codec/codec.ts";
import type { Codec } from "../../codec/codec.ts";
import { DecodeError } from "../../codec/reader.ts";
import { decodeOutcome } from "../../wire/acknowledgement.ts";
import type { RelayCode } from "../../wire/errors.ts";
import { notices, requests, signals } from "../../wire/events.ts";
import type {
  Answer,
  Ask,
  Head,
  NoticeBody,
  NoticeName,
  RequestName,
  SignalBody,
  SignalName,
} from "../../wire/events.ts";
import type { Clock, RelaySocket } from "../ports.ts";

/** The relay understood and will not. */
export class RelayRefusal extends Error {
  override readonly name = "RelayRefusal";
  readonly code: RelayCode;
  readonly retryAfterMs: number;
  /** With `stale_epoch`: where the room stands. */
  readonly head: Head | undefined;

  constructor(refusal: { code: RelayCode; retryAfterMs: number; head: Head | undefined }) {
    super(refusal.code);
    this.code = refusal.code;
    this.retryAfterMs = refusal.retryAfterMs;
    this.head = refusal.head;
  }
}

/** No answer: the connection broke or took too long. Whether the request was carried out is unknown. */
export class RelayLost extends Error {
  override readonly name = "RelayLost";
}

/** The other end does not speak our protocol. */
export class RelayForeign extends Error {
  override readonly name = "RelayForeign";
}

export type NoticeHandlers = { [N in NoticeName]?: (body: NoticeBody<N>) => void };

const CONNECT_TIMEOUT_MS = 8_000;
const REQUEST_TIMEOUT_MS = 10_000;

/** Refused by the relay before anything was asked; its code, if it gave one. */
function refusedCode(error: unknown): unknown {
  const data: unknown = error instanceof Error && "data" in error ? error.data : undefined;
  return typeof data === "object" && data !== null && "code" in data ? data.code : undefined;
}

export class RelayClient {
  readonly #socket: RelaySocket;
  readonly #clock: Clock;
  /** Ends what waits for the relay: the attempt to connect, and requests without an answer. */
  readonly #waiting = new Set<(error: Error) => void>();
  /** Notices that did not decode. */
  malformed = 0;

  constructor(socket: RelaySocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on("disconnect", () => this.#giveUp());
  }

  get isConnected(): boolean {
    return this.#socket.connected;
  }

  /** Resolves when connected. Rejects with {@link RelayLost} or {@link RelayForeign}. */
  async connect(): Promise<void> {
    const socket = this.#socket;
    try {
      await this.#within<unknown>(CONNECT_TIMEOUT_MS, (resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("connect_error", (error) => {
          const isForeign = refusedCode(error) === "unsupported_version";
          reject(isForeign ? new RelayForeign("version") : new RelayLost("cannot connect"));
        });
        socket.connect();
      });
    } catch (error) {
      socket.disconnect();
      throw error;
    }
  }

  onDisconnect(listener: () => void): void {
    this.#socket.on("disconnect", listener);
  }

  /** Registers what handles each notice; others are ignored. Handlers must not throw. */
  onNotices(handlers: NoticeHandlers): void {
    for (const name of Object.keys(handlers) as NoticeName[]) {
      this.#socket.on(name, (bytes: unknown) => {
        const body = this.#decodeNotice(name, bytes);
        if (body !== undefined) (handlers[name] as (body: unknown) => void)(body);
      });
    }
  }

  #decodeNotice(name: NoticeName, bytes: unknown): unknown {
    try {
      if (!(bytes instanceof Uint8Array)) throw new DecodeError("not binary");
      const codec: Codec<unknown> = notices[name];
      return decode(codec, bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.malformed++;
      return undefined;
    }
  }

  /** Rejects with {@link RelayRefusal}, {@link RelayLost} or {@link RelayForeign}. */
  async request<N extends RequestName>(name: N, ask: Ask<N>, timeoutMs = REQUEST_TIMEOUT_MS): Promise<Answer<N>> {
    if (!this.isConnected) throw new RelayLost("not connected");
    const payload = encode<Ask<N>>(requests[name].ask as never, ask);
    const reply = await this.#within<unknown>(timeoutMs, (resolve) => this.#socket.emit(name, payload, resolve));
    try {
      if (!(reply instanceof Uint8Array)) throw new DecodeError("not binary");
      const outcome = decodeOutcome(name, reply);
      if (outcome.ok) return outcome.answer;
      throw new RelayRefusal(outcome.refusal);
    } catch (error) {
      throw error instanceof DecodeError ? new RelayForeign("answer", { cause: error }) : error;
    }
  }

  /** Sent if the connection can take it now, else dropped. */
  signal<N extends SignalName>(name: N, body: SignalBody<N>): void {
    if (!this.isConnected) return;
    this.#socket.volatile.emit(name, encode<SignalBody<N>>(signals[name] as never, body));
  }

  close(): void {
    this.#socket.off();
    this.#socket.disconnect();
    this.#giveUp();
  }

  #giveUp(): void {
    for (const end of this.#waiting) end(new RelayLost("connection lost"));
  }

  /** As `start` decides, but no later than `timeoutMs` from now and not beyond the connection. */
  async #within<T>(
    timeoutMs: number,
    start: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const cancel = this.#clock.setTimer(timeoutMs, () => reject(new RelayLost("no answer")));
    this.#waiting.add(reject);
    try {
      start(resolve, reject);
      return await promise;
    } finally {
      cancel();
      this.#waiting.delete(reject);
    }
  }
}

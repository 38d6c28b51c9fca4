// One connection to a relay: typed requests with answers or refusals, notices decoded before anybody sees them. What the
// relay says is hostile until decoded; whether it is true is for the room's group to judge.
import { io } from "socket.io-client";
import type { Socket } from "socket.io-client";
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
import { routes } from "../../wire/http.ts";
import { PROTOCOL_VERSION } from "../../wire/limits.ts";
import * as parser from "../../wire/parser.ts";

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

export class RelayClient {
  readonly #socket: Socket;
  /** Notices that did not decode. */
  malformed = 0;

  constructor(origin: string) {
    this.#socket = io(origin, {
      path: routes.socket,
      transports: ["websocket"],
      parser,
      auth: { v: PROTOCOL_VERSION },
      autoConnect: false,
      reconnection: false,
      forceNew: true,
      timeout: CONNECT_TIMEOUT_MS,
    });
  }

  get isConnected(): boolean {
    return this.#socket.connected;
  }

  /** Resolves when connected. Rejects with {@link RelayLost} or {@link RelayForeign}. */
  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket;
      const onConnect = () => {
        socket.off("connect_error", onError);
        resolve();
      };
      const onError = (error: Error & { data?: unknown }) => {
        socket.off("connect", onConnect);
        socket.disconnect();
        const code = typeof error.data === "object" && error.data !== null && "code" in error.data && error.data.code;
        reject(code === "unsupported_version" ? new RelayForeign("version") : new RelayLost("cannot connect"));
      };
      socket.once("connect", onConnect);
      socket.once("connect_error", onError);
      socket.connect();
    });
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
    const reply = await new Promise<unknown>((resolve, reject) => {
      this.#socket.timeout(timeoutMs).emit(name, payload, (error: Error | null, bytes: unknown) => {
        if (error) reject(new RelayLost("no answer"));
        else resolve(bytes);
      });
    });
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
  }
}

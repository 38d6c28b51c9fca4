// Stands before every handler: size, limits, strict decoding, a time-out, and one answer whatever happens. Input is hostile.
import { decode } from "../../codec/codec.ts";
import { encodeAnswer, encodeRefusal } from "../../wire/acknowledgement.ts";
import type { RelayCode } from "../../wire/errors.ts";
import { requests, signals } from "../../wire/events.ts";
import type { Answer, Ask, Head, RequestName } from "../../wire/events.ts";
import { MAX_FRAME_BYTES, MAX_GROUP_INFO_BYTES, MAX_ROTATION_BYTES, MAX_TRANSPORT_BYTES } from "../../wire/limits.ts";
import { encodeAck } from "../../wire/parser.ts";
import { DecodeError } from "../../codec/reader.ts";
import type { Clock } from "../clock.ts";
import type { RelayLimits } from "../limits.ts";
import type { Logger } from "../log.ts";
import type { CountedName, Tally } from "../metrics/tally.ts";
import { OutcomeUnknown, StoreAway } from "../store/room-store.ts";
import type { RoomStore } from "../store/room-store.ts";
import type { AddressBook } from "./address-book.ts";
import type { Connection } from "./connection.ts";
import type { Handled } from "./handled.ts";
import type { Handlers } from "./handlers.ts";
import { Deadlines } from "./deadlines.ts";
import { frameNotice } from "./hub.ts";
import type { Event } from "./relay-parser.ts";
import { frameOf } from "./websocket-frame.ts";
import type { WebSocketFrame } from "./websocket-frame.ts";

export interface GuardParts {
  readonly handlers: Handlers;
  readonly store: RoomStore;
  readonly addresses: AddressBook;
  readonly clock: Clock;
  readonly limits: RelayLimits;
  readonly log: Logger;
  readonly tally: Tally;
}

interface Refused {
  readonly code: RelayCode;
  readonly retryAfterMs?: number;
  readonly head?: Head;
}

const maxBytes = new Map<string, number>([
  ["room:create", MAX_TRANSPORT_BYTES],
  ["room:restore", MAX_TRANSPORT_BYTES],
  ["commit:send", MAX_FRAME_BYTES + MAX_GROUP_INFO_BYTES + MAX_ROTATION_BYTES],
  ["gi:update", MAX_FRAME_BYTES + MAX_GROUP_INFO_BYTES],
]);

const bucketOf = new Map<string, keyof Connection["buckets"]>([
  ["message:send", "messages"],
  ["signal:send", "signals"],
  ["commit:send", "commits"],
  ["commit:reject", "commits"],
  ["gi:update", "commits"],
  ["ice:get", "minting"],
]);

/** Requests whose answer says nothing about order; they are answered late on purpose, and nothing waits for them. */
const unordered = new Set<string>(["invite:challenge", "invite:open"]);

function isRequest(name: string): name is RequestName {
  return Object.hasOwn(requests, name);
}

function encodeRefused({ code, retryAfterMs = 0, head }: Refused): Uint8Array {
  return encodeRefusal({ code, retryAfterMs, head });
}

function answerTo(id: number, outcome: Uint8Array): WebSocketFrame {
  return frameOf(encodeAck(id, outcome));
}

const late = { ok: false, code: "try_later" } as const;

export class Guard {
  readonly #parts: GuardParts;
  readonly #deadlines: Deadlines;

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#deadlines = new Deadlines(parts.clock, parts.limits.handlerTimeoutMs);
  }

  /** Takes whatever a client sent. Never throws and never rejects. */
  async receive(from: Connection, { name, payload, id }: Event): Promise<void> {
    if (Object.hasOwn(signals, name) && id === undefined) return this.#signal(from, payload);
    if (!isRequest(name) || id === undefined) return this.#strike(from, "other", id);
    const refused = this.#check(from, name, payload);
    if (refused !== undefined) return from.answer(answerTo(id, this.#refuse(name, refused)));
    const ask = this.#decode(name, payload);
    if (ask === undefined) return this.#strike(from, name, id);
    const isOrdered = !unordered.has(name);
    if (isOrdered) from.hold();
    from.answer(answerTo(id, await this.#handle(from, name, ask)));
    if (isOrdered) from.release();
  }

  #check(from: Connection, name: string, payload: Uint8Array): Refused | undefined {
    const { clock, addresses, store } = this.#parts;
    if (payload.length > (maxBytes.get(name) ?? MAX_FRAME_BYTES)) return { code: "too_large" };
    if (!store.isReady) return { code: "try_later" };
    const now = clock.nowMs();
    const waitMs = from.buckets[bucketOf.get(name) ?? "control"].take(now) || addresses.takeFrame(from.host, now);
    return waitMs > 0 ? { code: "rate_limited", retryAfterMs: waitMs } : undefined;
  }

  #decode<N extends RequestName>(name: N, payload: Uint8Array): Ask<N> | undefined {
    try {
      return decode<Ask<N>>(requests[name].ask as never, payload);
    } catch (error) {
      if (!(error instanceof DecodeError)) this.#report(error);
      return undefined;
    }
  }

  /** The encoded outcome: an answer, a refusal, or `try_later` for everything that should not have happened. */
  async #handle<N extends RequestName>(from: Connection, name: N, ask: Ask<N>): Promise<Uint8Array> {
    try {
      const handled = await this.#deadlines.hold<Handled<Answer<N>>>(this.#parts.handlers[name](from, ask), late);
      if (!handled.ok) return this.#refuse(name, handled);
      this.#parts.tally.answered(name, "ok");
      return encodeAnswer(name, handled.value);
    } catch (error) {
      if (error instanceof OutcomeUnknown) from.hangUp();
      else if (!(error instanceof StoreAway)) this.#report(error);
      return this.#refuse(name, late);
    }
  }

  async #signal(from: Connection, payload: Uint8Array): Promise<void> {
    const { store, tally } = this.#parts;
    const refused = this.#check(from, "signal:send", payload);
    if (refused !== undefined) return tally.answered("signal:send", refused.code);
    try {
      const decision = await store.sendSignal(from.id, decode(signals["signal:send"], payload));
      tally.answered("signal:send", decision.ok ? "ok" : decision.code);
    } catch (error) {
      if (error instanceof DecodeError) this.#strike(from, "signal:send");
      else if (!(error instanceof StoreAway)) this.#report(error);
    }
  }

  /** Something that is no request: said so, counted, and after too many the connection is closed. */
  #strike(from: Connection, name: CountedName, id?: number): void {
    const answer = this.#refuse(name, { code: "malformed" });
    if (id === undefined) from.write(frameNotice("request:refused", { code: "malformed" }));
    else from.answer(answerTo(id, answer));
    if (++from.strikes >= this.#parts.limits.strikes) from.close();
  }

  #refuse(name: CountedName, refused: Refused): Uint8Array {
    this.#parts.tally.answered(name, refused.code);
    return encodeRefused(refused);
  }

  #report(error: unknown): void {
    this.#parts.log.error("a request failed", error);
  }
}

// What passes between an engine and a relay, as values: every binary frame decoded by the project's own parser and codecs,
// and encoded again by them. Knows no message by name, so it follows wire/events.ts as it grows.
import { decode, encode } from "../../../codec/codec.ts";
import type { Codec } from "../../../codec/codec.ts";
import { decodeOutcome, encodeAnswer, encodeRefusal } from "../../../wire/acknowledgement.ts";
import type { Outcome } from "../../../wire/acknowledgement.ts";
import { notices, requests, signals } from "../../../wire/events.ts";
import type { Answer, Ask, NoticeBody, NoticeName, RequestName, SignalBody, SignalName } from "../../../wire/events.ts";
import { Decoder, Encoder } from "../../../wire/parser.ts";
import type { Packet } from "../../../wire/parser.ts";

/** The four places in which something can stand, and what can stand there. */
export interface Names {
  /** To the relay, with an answer. */
  readonly request: RequestName;
  /** The answer to the request of that name. */
  readonly answer: RequestName;
  /** To the relay, without an answer. */
  readonly signal: SignalName;
  /** From the relay. */
  readonly notice: NoticeName;
}
export type Slot = keyof Names;

export type Body<S extends Slot, N> = S extends "request"
  ? Ask<Extract<N, RequestName>>
  : S extends "answer"
    ? Outcome<Extract<N, RequestName>>
    : S extends "signal"
      ? SignalBody<Extract<N, SignalName>>
      : NoticeBody<Extract<N, NoticeName>>;

export interface Unit {
  readonly slot: Slot;
  readonly name: string;
  readonly body: unknown;
  /** Number of the request, in requests and answers. */
  readonly id?: number | undefined;
}

const EVENT = 2;
const ACK = 3;
const encoder = new Encoder();

function codecOf(slot: Slot, name: string): Codec<unknown> | undefined {
  if (slot === "request") return (requests as Record<string, { ask: unknown }>)[name]?.ask as never;
  return ((slot === "signal" ? signals : notices) as Record<string, unknown>)[name] as never;
}

function packetOf(frame: Uint8Array): Packet | undefined {
  const decoder = new Decoder();
  let packet: Packet | undefined;
  decoder.on("decoded", (decoded) => {
    packet = decoded;
  });
  decoder.add(frame);
  return packet;
}

/** `asked` tells the name of the request with that number. Undefined: nothing that our schema knows. */
export function readFrame(
  frame: Uint8Array,
  from: "client" | "relay",
  asked: (id: number) => string | undefined,
): Unit | undefined {
  const packet = packetOf(frame);
  const [first, second] = (packet?.data ?? []) as unknown[];
  if (packet?.type === ACK && packet.id !== undefined && first instanceof Uint8Array) {
    const name = asked(packet.id);
    if (name === undefined) return undefined;
    return { slot: "answer", name, body: decodeOutcome(name as RequestName, first), id: packet.id };
  }
  if (packet?.type !== EVENT || typeof first !== "string" || !(second instanceof Uint8Array)) return undefined;
  const slot = from === "relay" ? "notice" : first in requests ? "request" : "signal";
  const codec = codecOf(slot, first);
  if (codec === undefined) return undefined;
  return { slot, name: first, body: decode(codec, second), id: packet.id };
}

function encodeOutcome(name: RequestName, outcome: Outcome<RequestName>): Uint8Array {
  return outcome.ok ? encodeAnswer(name, outcome.answer as Answer<typeof name>) : encodeRefusal(outcome.refusal);
}

export function writeFrame({ slot, name, body, id }: Unit): Uint8Array {
  const packet: Packet =
    slot === "answer"
      ? { type: ACK, nsp: "/", data: [encodeOutcome(name as RequestName, body as Outcome<RequestName>)] }
      : { type: EVENT, nsp: "/", data: [name, encode(codecOf(slot, name) as Codec<unknown>, body)] };
  if (id !== undefined) packet.id = id;
  const [frame] = encoder.encode(packet);
  if (typeof frame === "string") throw new TypeError("a text frame");
  return frame;
}

// What one relay tells the others about a room, in the order that Redis gives it. Passed on and not kept. In front stand
// two numbers that Redis adds: the place among everything published about the room, and the room's sequence number.
import {
  blob,
  bool,
  decode,
  encode,
  list,
  oneOf,
  optional,
  struct,
  text,
  u16,
  u53,
  variant,
} from "../../../codec/codec.ts";
import type { Codec } from "../../../codec/codec.ts";
import { DecodeError } from "../../../codec/reader.ts";
import { notices } from "../../../wire/events.ts";
import type { NoticeBody, NoticeName } from "../../../wire/events.ts";
import { MAX_TRANSPORT_BYTES } from "../../../wire/limits.ts";
import { signals } from "../../../wire/events.ts";
import { connection } from "./room-document.ts";

const MAX_CONNECTIONS = 65_535;
const MAX_NOTICES = 65_535;
/** Messages of one turn of the event loop that travel together. */
export const MAX_BATCH = 4096;

/** One thing that a decision caused. `to` are places in {@link StepPublication.connections}. */
export interface Effect {
  readonly to: number[];
  readonly what: "tell" | "hint" | "cut" | "hang-up";
  readonly name: NoticeName;
  readonly body: Uint8Array;
}

/** The room has moved on by a decision. */
export interface StepPublication {
  readonly kind: "step";
  /** The version of the room after it. */
  readonly version: string;
  readonly hasEnded: boolean;
  /** When something in the room changes by itself next. */
  readonly dueAtMs: number | undefined;
  readonly connections: string[];
  /** Who holds a seat, and who else is on the way in, after it. */
  readonly listeners: number[];
  readonly applicants: number[];
  readonly effects: Effect[];
}

export interface SealedFrom {
  readonly from: string;
  readonly cid: Uint8Array;
  readonly envelope: Uint8Array;
}

export type Publication =
  | StepPublication
  | { readonly kind: "messages"; readonly messages: SealedFrom[] }
  | ({ readonly kind: "signal" } & SealedFrom);

const noticeNames = Object.keys(notices) as NoticeName[];
const places = list(u16, MAX_CONNECTIONS);
const effect = struct<Effect>({
  to: places,
  what: oneOf("tell", "hint", "cut", "hang-up"),
  name: oneOf(...noticeNames),
  body: blob(MAX_TRANSPORT_BYTES),
});
const sealed = signals["signal:send"];
const sealedFrom: Codec<SealedFrom> = {
  write: (to, value) => {
    connection.write(to, value.from);
    sealed.write(to, value);
  },
  read: (from) => ({ from: connection.read(from), ...sealed.read(from) }),
};

const publication: Codec<Publication> = variant<Publication>({
  step: [
    1,
    struct<Omit<StepPublication, "kind">>({
      version: text(64),
      hasEnded: bool,
      dueAtMs: optional(u53),
      connections: list(connection, MAX_CONNECTIONS),
      listeners: places,
      applicants: places,
      effects: list(effect, MAX_NOTICES),
    }),
  ],
  messages: [2, struct<{ messages: SealedFrom[] }>({ messages: list(sealedFrom, MAX_BATCH) })],
  signal: [3, sealedFrom],
});

export function encodePublication(value: Publication): Buffer {
  return Buffer.from(encode(publication, value));
}

export interface Placed {
  /** 0 for what has no place: a signal may be lost. */
  readonly place: number;
  readonly seq: number;
  readonly publication: Publication;
}

const HEADER_BYTES = 16;
/** What stands in front of a publication without a place. */
export const noPlace = Buffer.alloc(HEADER_BYTES);

/** Throws {@link DecodeError}. */
export function decodePublication(bytes: Uint8Array): Placed {
  if (bytes.length < HEADER_BYTES) throw new DecodeError("a publication begins with two numbers");
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const [place, seq] = [view.getFloat64(0), view.getFloat64(8)];
  if (!Number.isSafeInteger(place) || !Number.isSafeInteger(seq)) throw new DecodeError("not a number");
  return { place, seq, publication: decode(publication, bytes.subarray(HEADER_BYTES)) };
}

export function encodeBody<N extends NoticeName>(name: N, body: NoticeBody<N>): Uint8Array {
  return encode(notices[name] as never, body);
}

export function decodeBody<N extends NoticeName>(name: N, body: Uint8Array): NoticeBody<N> {
  return decode(notices[name] as never, body);
}

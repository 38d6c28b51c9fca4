// How a request is answered: one byte says whether the answer or a refusal follows.
import { decode, encode } from "../codec/codec.ts";
import { concat } from "../codec/bytes.ts";
import { DecodeError } from "../codec/reader.ts";
import { refusal, requests } from "./events.ts";
import type { Answer, Refusal, RequestName } from "./events.ts";

export type Outcome<N extends RequestName> = { ok: true; answer: Answer<N> } | { ok: false; refusal: Refusal };

export function encodeAnswer<N extends RequestName>(name: N, answer: Answer<N>): Uint8Array {
  return concat(Uint8Array.of(0), encode(requests[name].answer as never, answer));
}

export function encodeRefusal(value: Refusal): Uint8Array {
  return concat(Uint8Array.of(1), encode(refusal, value));
}

/** Throws {@link DecodeError} when the relay's answer follows neither form. */
export function decodeOutcome<N extends RequestName>(name: N, bytes: Uint8Array): Outcome<N> {
  const body = bytes.subarray(1);
  if (bytes[0] === 0) return { ok: true, answer: decode<Answer<N>>(requests[name].answer as never, body) };
  if (bytes[0] === 1) return { ok: false, refusal: decode(refusal, body) };
  throw new DecodeError("neither an answer nor a refusal");
}

// The wire parser as the relay uses it. The relay never asks for an acknowledgement, so one that comes is malformed.
import { Decoder as WireDecoder, decodeBinary, malformedFrame } from "../../wire/parser.ts";
import type { Packet } from "../../wire/parser.ts";

const ACK = 3;

export { Encoder } from "../../wire/parser.ts";

export interface Event {
  readonly name: string;
  readonly payload: Uint8Array;
  /** Names the answer; absent when the client wants none. */
  readonly id: number | undefined;
}

export function decodeEvent(frame: Uint8Array): Event {
  const { type, data, id } = decodeBinary(frame);
  if (type === ACK) return { name: malformedFrame, payload: new Uint8Array(), id: undefined };
  const [name, payload] = data as [string, Uint8Array];
  return { name, payload, id };
}

/** What Socket.IO itself reads: all frames until somebody is connected, then text only (server/sockets/gateway.ts). */
export class Decoder extends WireDecoder {
  override off(_event: "decoded", _listener: (packet: Packet) => void): this {
    // Socket.IO takes its one listener off when the connection is over; so is this decoder.
    return this;
  }
}

// The wire parser as the relay uses it. The relay never asks for an acknowledgement, so one that comes is malformed.
import { Decoder as WireDecoder, malformedFrame } from "../../wire/parser.ts";
import type { Packet } from "../../wire/parser.ts";

const EVENT = 2;
const ACK = 3;

export { Encoder } from "../../wire/parser.ts";

export class Decoder extends WireDecoder {
  override on(event: "decoded", listener: (packet: Packet) => void): this {
    return super.on(event, (packet) => {
      listener(packet.type === ACK ? { type: EVENT, nsp: "/", data: [malformedFrame, new Uint8Array()] } : packet);
    });
  }

  override off(): this {
    // Socket.IO takes its one listener off when the connection is over; so is this decoder.
    return this;
  }
}

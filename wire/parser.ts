// The Socket.IO parser of both sides: an event or acknowledgement is one binary frame, where the default parser would
// send a text frame and a binary frame. Opening and closing a connection stays text. Input is hostile: a frame that does
// not decode becomes an event with a name nobody serves, so that it is answered as malformed and costs nothing else.
//
//   event            0x02 ‖ u8 has id ‖ u32 id ‖ u8 name length ‖ name ‖ payload
//   acknowledgement  0x03 ‖ u32 id ‖ payload

const CONNECT = 0;
const DISCONNECT = 1;
const EVENT = 2;
const ACK = 3;
const CONNECT_ERROR = 4;

const MAX_TEXT_FRAME = 1024;
const eventName = /^[a-z]{2,16}:[a-z-]{2,16}$/;
export const malformedFrame = "frame:malformed";

export interface Packet {
  type: number;
  nsp: string;
  data?: unknown;
  id?: number;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new TypeError("events and acknowledgements carry exactly one binary value");
}

/** The event of that name; `id` when an acknowledgement is wanted. Names are ASCII. */
export function encodeEvent(name: string, body: Uint8Array, id?: number): Uint8Array {
  const frame = new Uint8Array(7 + name.length + body.length);
  frame[0] = EVENT;
  frame[1] = id === undefined ? 0 : 1;
  writeId(frame, 2, id ?? 0);
  frame[6] = name.length;
  for (let i = 0; i < name.length; i++) frame[7 + i] = name.charCodeAt(i);
  frame.set(body, 7 + name.length);
  return frame;
}

function writeId(frame: Uint8Array, at: number, id: number): void {
  for (let i = 0; i < 4; i++) frame[at + i] = id >>> (24 - 8 * i);
}

function readId(frame: Uint8Array, at: number): number {
  let id = 0;
  for (let i = 0; i < 4; i++) id = id * 256 + (frame[at + i] ?? 0);
  return id;
}

/** The acknowledgement of the event with that id. */
export function encodeAck(id: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(5 + body.length);
  frame[0] = ACK;
  writeId(frame, 1, id);
  frame.set(body, 5);
  return frame;
}

function encodeEventPacket({ data, id }: Packet): Uint8Array {
  const [name, payload] = data as [string, unknown];
  return encodeEvent(name, toBytes(payload), id);
}

export class Encoder {
  encode(packet: Packet): [string | Uint8Array] {
    switch (packet.type) {
      case EVENT:
        return [encodeEventPacket(packet)];
      case ACK:
        return [encodeAck(packet.id ?? 0, toBytes((packet.data as unknown[])[0]))];
      default:
        return [String(packet.type) + (packet.data === undefined ? "" : JSON.stringify(packet.data))];
    }
  }
}

function decodeText(frame: string): Packet {
  const type = frame.charCodeAt(0) - 48;
  if (frame.length > MAX_TEXT_FRAME || ![CONNECT, DISCONNECT, CONNECT_ERROR].includes(type))
    throw new Error("invalid frame");
  const data: unknown = frame.length > 1 ? JSON.parse(frame.slice(1)) : undefined;
  if (data !== undefined && !isRecord(data)) throw new Error("invalid frame");
  return { type, nsp: "/", data };
}

/** Reads one binary frame, whatever it is. */
export function decodeBinary(frame: Uint8Array): Packet {
  if (frame.length >= 5 && frame[0] === ACK)
    return { type: ACK, nsp: "/", id: readId(frame, 1), data: [frame.subarray(5)] };
  if (frame.length >= 7 && frame[0] === EVENT && (frame[1] ?? 2) < 2) {
    const end = 7 + (frame[6] ?? 0);
    const name = end > frame.length ? malformedFrame : String.fromCharCode(...frame.subarray(7, end));
    const packet: Packet = {
      type: EVENT,
      nsp: "/",
      data: [eventName.test(name) ? name : malformedFrame, frame.subarray(end)],
    };
    if (frame[1] === 1) packet.id = readId(frame, 2);
    return packet;
  }
  return { type: EVENT, nsp: "/", data: [malformedFrame, new Uint8Array()] };
}

type Listener = (packet: Packet) => void;

export class Decoder {
  readonly #listeners = new Set<Listener>();

  /** Takes one WebSocket message. Throws for a text frame that is none of ours; the connection is then closed. */
  add(frame: unknown): void {
    const packet = typeof frame === "string" ? decodeText(frame) : decodeBinary(toBytes(frame));
    for (const listener of this.#listeners) listener(packet);
  }

  on(_event: "decoded", listener: Listener): this {
    this.#listeners.add(listener);
    return this;
  }

  off(_event: "decoded", listener: Listener): this {
    this.#listeners.delete(listener);
    return this;
  }

  removeListener(event: "decoded", listener: Listener): this {
    return this.off(event, listener);
  }

  destroy(): void {
    // No packet is ever half decoded.
  }
}

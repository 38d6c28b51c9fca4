// STUN messages (RFC 8489) with the attributes of TURN (RFC 8656), as far as a client needs them that checks a server.
import { createHash, createHmac } from "node:crypto";
import { isIP } from "node:net";

export const methods = { bind: 1, allocate: 3, refresh: 4, permit: 8, bindChannel: 9 } as const;
export type Method = keyof typeof methods;

export const attributes = {
  username: 0x0006,
  integrity: 0x0008,
  error: 0x0009,
  channel: 0x000c,
  lifetime: 0x000d,
  peer: 0x0012,
  realm: 0x0014,
  nonce: 0x0015,
  family: 0x0017,
  transport: 0x0019,
  software: 0x8022,
} as const;

export type Attribute = readonly [type: number, value: Uint8Array];

export interface StunMessage {
  readonly isError: boolean;
  /** Hexadecimal. */
  readonly transaction: string;
  readonly attributes: ReadonlyMap<number, Uint8Array>;
}

const HEADER_BYTES = 20;
const MAGIC = Uint8Array.of(0x21, 0x12, 0xa4, 0x42);
const RESPONSE = 0x0100;
const IS_ERROR = 0x0010;

/** How long the message is that `bytes` begin with; 0 while that cannot be known yet. */
export function messageBytes(bytes: Uint8Array): number {
  return bytes.length < HEADER_BYTES ? 0 : HEADER_BYTES + view(bytes).getUint16(2);
}

/** A request; signed when there is a `key`. `transaction` are 12 random bytes. */
export function encodeRequest(
  method: Method,
  transaction: Uint8Array,
  values: readonly Attribute[],
  key?: Uint8Array,
): Uint8Array {
  const body = Buffer.concat(values.map(encodeAttribute));
  const header = (length: number): Buffer => {
    const out = Buffer.alloc(HEADER_BYTES);
    out.writeUInt16BE(methods[method]);
    out.writeUInt16BE(length, 2);
    out.set(MAGIC, 4);
    out.set(transaction, 8);
    return out;
  };
  if (key === undefined) return Buffer.concat([header(body.length), body]);
  // The signature covers a header that counts the signature itself.
  const signed = Buffer.concat([header(body.length + 24), body]);
  const integrity = createHmac("sha1", key).update(signed).digest();
  return Buffer.concat([signed, encodeAttribute([attributes.integrity, integrity])]);
}

/** An answer; `undefined` for everything else. */
export function decodeAnswer(bytes: Uint8Array): StunMessage | undefined {
  if (bytes.length < HEADER_BYTES || messageBytes(bytes) !== bytes.length) return undefined;
  const type = view(bytes).getUint16(0);
  if ((type & RESPONSE) === 0 || !MAGIC.every((byte, index) => bytes[4 + index] === byte)) return undefined;
  const found = new Map<number, Uint8Array>();
  for (let at = HEADER_BYTES; at + 4 <= bytes.length;) {
    const length = view(bytes).getUint16(at + 2);
    if (at + 4 + length > bytes.length) return undefined;
    const kind = view(bytes).getUint16(at);
    if (!found.has(kind)) found.set(kind, bytes.slice(at + 4, at + 4 + length));
    at += 4 + padded(length);
  }
  return {
    isError: (type & IS_ERROR) !== 0,
    transaction: Buffer.from(bytes.subarray(8, HEADER_BYTES)).toString("hex"),
    attributes: found,
  };
}

/** 0 for a success; 500 for an error that names none. */
export function errorCode({ isError, attributes: found }: StunMessage): number {
  if (!isError) return 0;
  const value = found.get(attributes.error);
  return value === undefined || value.length < 4 ? 500 : ((value[2] ?? 0) & 7) * 100 + (value[3] ?? 0);
}

/** The key of long-term credentials. */
export function longTermKey(username: string, realm: string, password: string): Uint8Array {
  return createHash("md5").update(`${username}:${realm}:${password}`).digest();
}

export function textAttribute(type: number, text: string): Attribute {
  return [type, new TextEncoder().encode(text)];
}

/** XOR-PEER-ADDRESS: the address is hidden from address translators that meddle with what looks like one. */
export function peerAttribute(address: string, port: number, transaction: Uint8Array): Attribute {
  const bytes = addressBytes(address);
  const mask = [...MAGIC, ...transaction];
  const hide = (value: number, index: number): number => value ^ (mask[index] ?? 0);
  const family = bytes.length === 4 ? 1 : 2;
  const ports = [port >> 8, port & 0xff];
  return [attributes.peer, Uint8Array.from([0, family, ...ports.map(hide), ...[...bytes].map(hide)])];
}

/** 4 or 16 bytes; throws {@link RangeError} for what is no address. */
function addressBytes(address: string): Uint8Array {
  const family = isIP(address);
  if (family === 4) return Uint8Array.from(address.split("."), Number);
  if (family !== 6) throw new RangeError("not an IP address");
  // The URL parser writes every form of IPv6 as groups of hexadecimal digits.
  const [left = "", right = ""] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const [before, after] = [groups(left), groups(right)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

function groups(text: string): number[] {
  return text
    .split(":")
    .filter(Boolean)
    .map((group) => Number.parseInt(group, 16));
}

function encodeAttribute([type, value]: Attribute): Uint8Array {
  const out = Buffer.alloc(4 + padded(value.length));
  out.writeUInt16BE(type);
  out.writeUInt16BE(value.length, 2);
  out.set(value, 4);
  return out;
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

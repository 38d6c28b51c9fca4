// Complete WebSocket frames as a server sends them: one binary message, unmasked (RFC 6455, section 5.2). Frames that stand
// one behind the other are as good as frames sent one by one, so what leaves together can leave in one piece.

declare const kind: unique symbol;
/** Bytes for the wire as they are, so that no message is framed twice or not at all. */
export type WebSocketFrame = Buffer & { readonly [kind]: "frame" };

const FINAL_BINARY = 0x82;
const TWO_BYTES_FOLLOW = 126;
const EIGHT_BYTES_FOLLOW = 127;

/** An empty frame for a message of `length` bytes; the message belongs at the end. Its bytes are not initialised. */
export function openFrame(length: number): WebSocketFrame {
  const head = length < TWO_BYTES_FOLLOW ? 2 : length < 2 ** 16 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = FINAL_BINARY;
  frame[1] = head === 2 ? length : head === 4 ? TWO_BYTES_FOLLOW : EIGHT_BYTES_FOLLOW;
  if (head === 4) frame.writeUInt16BE(length, 2);
  if (head === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  return frame as WebSocketFrame;
}

export function frameOf(message: Uint8Array): WebSocketFrame {
  const frame = openFrame(message.length);
  frame.set(message, frame.length - message.length);
  return frame;
}

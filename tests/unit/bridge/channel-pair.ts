// Two ends of a channel in memory. Messages cross as structured clones and arrive in a later turn, as through a port.
import type { Channel } from "../../../bridge/channel.ts";

export interface ChannelPair {
  readonly view: Channel;
  readonly host: Channel;
  /** Both ends have been told. */
  isClosed(): boolean;
}

interface End {
  readonly messages: ((message: unknown) => void)[];
  readonly closes: (() => void)[];
}

export function channelPair(): ChannelPair {
  const ends: readonly [End, End] = [
    { messages: [], closes: [] },
    { messages: [], closes: [] },
  ];
  let isClosed = false;
  const channel = (own: End, other: End): Channel => ({
    post(message) {
      if (isClosed) throw new Error("the channel is closed");
      const copy: unknown = structuredClone(message);
      setImmediate(() => other.messages.forEach((listener) => listener(copy)));
    },
    onMessage: (listener) => void own.messages.push(listener),
    onClose: (listener) => void own.closes.push(listener),
    close() {
      if (isClosed) return;
      isClosed = true;
      // As with runtime ports, the end that closes is not told.
      setImmediate(() => other.closes.forEach((listener) => listener()));
    },
  });
  return { view: channel(ends[0], ends[1]), host: channel(ends[1], ends[0]), isClosed: () => isClosed };
}

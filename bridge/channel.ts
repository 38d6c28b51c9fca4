// The minimal duplex channel that both ends of the bridge use: a runtime port, a message port, or a pair in memory.

export interface Channel {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: () => void): void;
  close(): void;
}

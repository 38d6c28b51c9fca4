// The connection of one room to its relay: opened, watched, and opened again with growing delays until it holds or the room
// is over.
import { RelayClient } from "../relay/relay-client.ts";
import { backoffMs } from "../relay/backoff.ts";
import type { Room } from "./room.ts";

export interface ConnectionEvents {
  /** Registers what handles the notices of a new connection, before it is made. */
  listen(relay: RelayClient): void;
  lost(): void;
  /** Time to connect again. */
  retry(): void;
}

export class Connection {
  readonly #room: Room;
  readonly #events: ConnectionEvents;
  #attempt = 0;
  #cancelRetry: (() => void) | undefined;

  constructor(room: Room, events: ConnectionEvents) {
    this.#room = room;
    this.#events = events;
  }

  async open(): Promise<void> {
    const { ports, relayOrigin } = this.#room;
    this.#room.relay?.close();
    const relay = new RelayClient(ports.openRelaySocket(relayOrigin), ports.clock);
    this.#room.relay = relay;
    this.#events.listen(relay);
    await relay.connect();
    relay.onDisconnect(() => this.#lost(relay));
  }

  /** Gives the connection up: the relay asks for it, or only a new one can help. */
  drop(relay = this.#room.relay): void {
    relay?.close();
    if (relay) this.#lost(relay);
  }

  retryLater(): void {
    const { ports } = this.#room;
    this.#cancelRetry?.();
    const delayMs = backoffMs(this.#attempt++, ports.jitter());
    this.#cancelRetry = ports.clock.setTimer(delayMs, () => this.#retry());
  }

  /** At once, if a retry is planned. */
  retryNow(): void {
    if (!this.#cancelRetry) return;
    this.#cancelRetry();
    this.#attempt = 0;
    this.#retry();
  }

  /** It holds: the next break begins with the shortest delay. */
  settled(): void {
    this.#attempt = 0;
  }

  close(): void {
    this.#cancelRetry?.();
    const { relay } = this.#room;
    this.#room.relay = undefined;
    relay?.close();
  }

  #retry(): void {
    this.#cancelRetry = undefined;
    this.#events.retry();
  }

  #lost(relay: RelayClient): void {
    if (this.#room.relay === relay) this.#events.lost();
  }
}

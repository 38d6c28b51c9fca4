// Which address each TCP connection is counted for. One rule: a connection counts for its peer from the start; one from a
// trusted proxy counts for nobody until a request on it asks for a WebSocket, and from then on for that request's client.
import type { IncomingMessage, Server as HttpServer } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import type { Clock } from "../clock.ts";
import type { Tally } from "../metrics/tally.ts";
import { hostOf } from "./address-book.ts";
import type { AddressBook } from "./address-book.ts";
import type { Proxies } from "./proxies.ts";

export interface SharesParts {
  readonly addresses: AddressBook;
  readonly proxies: Proxies;
  readonly clock: Clock;
  readonly tally: Tally;
}

export class Shares {
  readonly #addresses: AddressBook;
  readonly #proxies: Proxies;
  readonly #clock: Clock;
  /** The host that an open connection counts for; `undefined` while that is nobody. */
  readonly #hosts = new Map<TcpSocket, string | undefined>();

  readonly #tally: Tally;

  constructor({ addresses, proxies, clock, tally }: SharesParts) {
    this.#addresses = addresses;
    this.#proxies = proxies;
    this.#clock = clock;
    this.#tally = tally;
  }

  /** Every open TCP connection, HTTP and handshakes included. */
  get open(): { readonly size: number; keys(): Iterable<TcpSocket> } {
    return this.#hosts;
  }

  /** Holds every address to its share of the connections of `http`. */
  watch(http: HttpServer): void {
    http.on("drop", () => this.#tally.refused("relay_limit"));
    http.on("connection", (socket: TcpSocket) => {
      this.#hosts.set(socket, undefined);
      socket.once("close", () => this.#closed(socket));
      if (!this.#proxies.isTrusted(socket.remoteAddress) && !this.#count(socket, socket.remoteAddress))
        socket.destroy();
    });
  }

  /** A WebSocket is asked for: `false` when its client has too many connections. */
  claim(request: IncomingMessage): boolean {
    const { socket } = request;
    return this.#hosts.get(socket) !== undefined || this.#count(socket, this.#proxies.clientOf(request));
  }

  /** The host that the connection counts for. */
  hostOf({ socket }: IncomingMessage): string {
    return this.#hosts.get(socket) ?? "";
  }

  destroyAll(): void {
    for (const socket of this.#hosts.keys()) socket.destroy();
  }

  #count(socket: TcpSocket, address: string | undefined): boolean {
    const host = hostOf(address);
    if (!this.#hosts.has(socket) || !this.#addresses.acquire(host, this.#clock.nowMs())) {
      this.#tally.refused("address_limit");
      return false;
    }
    this.#hosts.set(socket, host);
    return true;
  }

  #closed(socket: TcpSocket): void {
    const host = this.#hosts.get(socket);
    this.#hosts.delete(socket);
    this.#tally.sentBytes += socket.bytesWritten;
    this.#tally.receivedBytes += socket.bytesRead;
    if (host !== undefined) this.#addresses.release(host);
  }
}

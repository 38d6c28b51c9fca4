// All connections of this relay, and the way from the store's decisions to them. A notice is encoded once, whoever gets it.
import { encode } from "../../codec/codec.ts";
import { notices } from "../../wire/events.ts";
import type { NoticeBody, NoticeName } from "../../wire/events.ts";
import { encodeEvent } from "../../wire/parser.ts";
import type { ConnectionId } from "../store/keys.ts";
import type { Outlet } from "../store/room-store.ts";
import type { Connection } from "./connection.ts";
import { frameOf } from "./websocket-frame.ts";
import type { WebSocketFrame } from "./websocket-frame.ts";

/** A notice as the message that a client gets. */
export function encodeNotice<N extends NoticeName>(name: N, body: NoticeBody<N>): Uint8Array {
  return encodeEvent(name, encode(notices[name] as never, body));
}

/** A notice ready for the wire, the same for everybody who gets it. */
export function frameNotice<N extends NoticeName>(name: N, body: NoticeBody<N>): WebSocketFrame {
  return frameOf(encodeNotice(name, body));
}

export class Hub implements Outlet {
  /** Notices handed over so far, one for each recipient. */
  told = 0;
  readonly #connections = new Map<ConnectionId, Connection>();

  get size(): number {
    return this.#connections.size;
  }

  add(connection: Connection): void {
    this.#connections.set(connection.id, connection);
  }

  remove(connection: Connection): void {
    connection.isOpen = false;
    this.#connections.delete(connection.id);
  }

  all(): Connection[] {
    return [...this.#connections.values()];
  }

  tell<N extends NoticeName>(to: readonly ConnectionId[], name: N, body: NoticeBody<N>): void {
    if (to.length === 0) return;
    this.told += to.length;
    const frame = frameNotice(name, body);
    for (const id of to) this.#connections.get(id)?.write(frame);
  }

  hint<N extends NoticeName>(to: readonly ConnectionId[], name: N, body: NoticeBody<N>): void {
    if (to.length === 0) return;
    this.told += to.length;
    const frame = frameNotice(name, body);
    for (const id of to) this.#connections.get(id)?.writeVolatile(frame);
  }

  cut(connection: ConnectionId): void {
    this.#connections.get(connection)?.close();
  }

  hangUp(connection: ConnectionId): void {
    this.#connections.get(connection)?.hangUp();
  }
}

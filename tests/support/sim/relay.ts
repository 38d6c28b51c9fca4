// The relay of a simulation: its real store, guard, handlers, admission and hub, put together as server/app.ts does, but for
// HTTP and sockets. Connections come from the simulated network. Everything it accepts is written down, as an eavesdropper
// on the relay would.
import type { Socket } from "socket.io";
import type { Ask } from "../../../wire/events.ts";
import { defaultLimits } from "../../../server/limits.ts";
import type { RelayLimits } from "../../../server/limits.ts";
import { createLogger } from "../../../server/log.ts";
import { AddressBook } from "../../../server/sockets/address-book.ts";
import { Admission } from "../../../server/sockets/admission.ts";
import { Connection } from "../../../server/sockets/connection.ts";
import { Tally } from "../../../server/metrics/tally.ts";
import { Guard } from "../../../server/sockets/guard.ts";
import { createHandlers } from "../../../server/sockets/handlers.ts";
import { Hub } from "../../../server/sockets/hub.ts";
import { startPatrol } from "../../../server/sockets/patrol.ts";
import { decodeEvent } from "../../../server/sockets/relay-parser.ts";
import { SeatRates } from "../../../server/sockets/seat-rates.ts";
import { Turn } from "../../../server/sockets/turn.ts";
import { MemoryStore } from "../../../server/store/memory-store.ts";
import type { RoomStore } from "../../../server/store/room-store.ts";
import type { Scheduler } from "./scheduler.ts";

export const RELAY_ORIGIN = "https://relay.example";

/** What the relay needs of a connection's network end. */
export interface Wire {
  /** Frames leave in the order in which they are written. */
  write(frame: Uint8Array): void;
  /** After what was written has left. */
  close(): void;
}

/** What the network tells the relay about a connection. */
export interface RelayEnd {
  receive(frame: Uint8Array): void;
  closed(): void;
}

export interface Overheard {
  readonly kind: "commit" | "message" | "signal";
  /** The commit id it names: what a commit builds on, where the rest belongs. */
  readonly cid: Uint8Array;
  readonly envelope: Uint8Array;
}

const limits: RelayLimits = { ...defaultLimits };
const log = createLogger("silent");

export class SimRelay {
  /** Everything that was accepted, in the order of acceptance. */
  readonly overheard: Overheard[] = [];
  readonly #clock: Scheduler;
  readonly #hub = new Hub();
  readonly #store: RoomStore;
  readonly #addresses = new AddressBook(limits);
  readonly #seatRates: SeatRates;
  readonly #guard: Guard;
  readonly #endPatrol: () => void;
  /** Over after every frame: the network joins nothing. */
  readonly #turn = new Turn((end) => end());
  #lastConnection = 0;

  constructor(clock: Scheduler) {
    this.#clock = clock;
    const options = { maxRoomTtlS: 86_400, maxMembers: 50, emptyGraceS: 120, ...limits };
    this.#store = this.#listening(new MemoryStore(options, clock, this.#hub));
    const store = this.#store;
    const addresses = this.#addresses;
    const admission = new Admission({ store, addresses, clock, limits, origin: () => RELAY_ORIGIN });
    this.#seatRates = new SeatRates(limits, clock);
    const handlers = createHandlers({
      store,
      admission,
      addresses,
      seatRates: this.#seatRates,
      clock,
      turn: undefined,
    });
    this.#guard = new Guard({ handlers, store, addresses, clock, limits, log, tally: new Tally() });
    this.#endPatrol = startPatrol(this.#hub, limits, clock);
  }

  /** A connection of `host` is there; `undefined` when the relay takes no more from it. */
  open(host: string, wire: Wire): RelayEnd | undefined {
    if (!this.#addresses.acquire(host, this.#clock.nowMs())) return undefined;
    const socket = socketOf(`c${++this.#lastConnection}`, wire);
    const connection = new Connection({ socket, host, turn: this.#turn, limits, clock: this.#clock });
    this.#hub.add(connection);
    return {
      receive: (frame) => void this.#guard.receive(connection, decodeEvent(frame)),
      closed: () => {
        this.#hub.remove(connection);
        this.#seatRates.release(connection);
        this.#addresses.release(host);
        void this.#store.disconnect(connection.id);
      },
    };
  }

  async close(): Promise<void> {
    this.#endPatrol();
    await this.#store.close();
  }

  #listening(store: RoomStore): RoomStore {
    const note = (kind: Overheard["kind"], cid: Uint8Array, envelope: Uint8Array): void => {
      this.overheard.push({ kind, cid, envelope });
    };
    const heard: Partial<RoomStore> = {
      commit: async (by, ask) => {
        const decision = await store.commit(by, ask);
        if (decision.ok) note("commit", ask.baseCid, ask.envelope);
        return decision;
      },
      sendMessage: async (by, ask) => {
        const decision = await store.sendMessage(by, ask);
        if (decision.ok) note("message", ask.cid, ask.envelope);
        return decision;
      },
      sendSignal: (by, ask: Ask<"message:send">) => {
        note("signal", ask.cid, ask.envelope);
        return store.sendSignal(by, ask);
      },
    };
    return new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(heard, name) ?? Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }
}

/** The message in a WebSocket frame of a server. */
function messageIn(frame: Uint8Array): Uint8Array {
  const length = frame[1] ?? 0;
  return frame.subarray(length < 126 ? 2 : length === 126 ? 4 : 10);
}

/** As much of a Socket.IO socket as the relay's connection touches. */
function socketOf(id: string, wire: Wire): Socket {
  const conn = {
    on: () => undefined,
    write: (frame: Uint8Array) => wire.write(messageIn(frame)),
    close: () => wire.close(),
    transport: { writable: true },
  };
  const request = { socket: { destroy: () => wire.close() } };
  return { id, conn, request, disconnect: () => wire.close() } as unknown as Socket;
}

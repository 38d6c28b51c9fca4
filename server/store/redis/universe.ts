// One room, awake for a decision: the memory store with nothing else in it decides, here is recorded what that caused.
import type { Outlet } from "../room-store.ts";
import type { Invite } from "../invite.ts";
import type { ConnectionId, InviteKey } from "../keys.ts";
import { MemoryStore } from "../memory-store.ts";
import type { StoreOptions } from "../room-keeper.ts";
import type { RestoreWindow } from "../restore-windows.ts";
import type { Room } from "../room.ts";
import type { NoticeBody, NoticeName } from "../../../wire/events.ts";
import { Names } from "./names.ts";
import { encodeBody } from "./publication.ts";
import type { Effect, StepPublication } from "./publication.ts";
import { StillClock } from "./still-clock.ts";

const nothing = new Uint8Array();

/** Writes down what a decision tells, and to whom. */
class Witness implements Outlet {
  readonly effects: Effect[] = [];
  readonly #places = new Map<ConnectionId, number>();

  get connections(): ConnectionId[] {
    return [...this.#places.keys()];
  }

  tell<N extends NoticeName>(to: readonly ConnectionId[], name: N, body: NoticeBody<N>): void {
    if (to.length > 0) this.effects.push({ to: this.placesOf(to), what: "tell", name, body: encodeBody(name, body) });
  }

  hint<N extends NoticeName>(to: readonly ConnectionId[], name: N, body: NoticeBody<N>): void {
    if (to.length > 0) this.effects.push({ to: this.placesOf(to), what: "hint", name, body: encodeBody(name, body) });
  }

  cut(connection: ConnectionId): void {
    this.effects.push({ to: this.placesOf([connection]), what: "cut", name: "room:ended", body: nothing });
  }

  hangUp(connection: ConnectionId): void {
    this.effects.push({ to: this.placesOf([connection]), what: "hang-up", name: "room:ended", body: nothing });
  }

  placesOf(connections: readonly ConnectionId[]): number[] {
    return connections.map((connection) => {
      const known = this.#places.get(connection) ?? this.#places.size;
      this.#places.set(connection, known);
      return known;
    });
  }
}

export class Universe {
  readonly clock = new StillClock();
  readonly names: Names;
  readonly store: MemoryStore;
  #witness = new Witness();
  /** Invites that Redis knows the room of. */
  #indexed = new Map<InviteKey, Invite>();

  /** Empty; what is in it is put there by whoever reads a document. */
  constructor(options: StoreOptions, nextName: number) {
    this.names = new Names(nextName);
    const outlet: Outlet = {
      tell: (to, name, body) => this.#witness.tell(to, name, body),
      hint: (to, name, body) => this.#witness.hint(to, name, body),
      cut: (connection) => this.#witness.cut(connection),
      hangUp: (connection) => this.#witness.hangUp(connection),
    };
    // How many rooms there may be is not for one of them to say.
    this.store = new MemoryStore({ ...options, rooms: Infinity, tombstones: 1 }, this.clock, outlet);
  }

  get room(): Room | undefined {
    const [room] = this.store.keeper.registry.rooms();
    return room;
  }

  get window(): RestoreWindow | undefined {
    return this.store.windows.all()[0];
  }

  get isEmpty(): boolean {
    return this.room === undefined && this.window === undefined;
  }

  get invites(): ReadonlyMap<InviteKey, Invite> {
    return this.room?.invites ?? new Map();
  }

  /** Those that Redis has to be told of. */
  newInvites(): Invite[] {
    return [...this.invites.values()].filter(({ key }) => !this.#indexed.has(key));
  }

  /** Those that are no more, since the last time that Redis was told. */
  lostInvites(): Invite[] {
    const lost = [...this.#indexed.values()].filter(({ key }) => !this.invites.has(key));
    this.noteIndexed();
    return lost;
  }

  noteIndexed(): void {
    this.#indexed = new Map(this.invites);
  }

  /** Everybody who is something to the room: holders of seats, and others. */
  people(): { listeners: ConnectionId[]; applicants: ConnectionId[] } {
    const { room, window } = this;
    return { listeners: room?.listeners() ?? [], applicants: [...(room?.applicants ?? window?.offerers ?? [])] };
  }

  /** What happened since the last time, to be told to all nodes. */
  takeEffects(version: string): { publication: StepPublication; isSilent: boolean } {
    const witness = this.#witness;
    this.#witness = new Witness();
    const { listeners, applicants } = this.people();
    const places = { listeners: witness.placesOf(listeners), applicants: witness.placesOf(applicants) };
    const { connections, effects } = witness;
    const dueAtMs = this.clock.dueAtMs();
    const due = dueAtMs === undefined ? undefined : Math.max(0, Math.ceil(dueAtMs));
    return {
      publication: { kind: "step", version, hasEnded: this.isEmpty, dueAtMs: due, connections, ...places, effects },
      isSilent: effects.length === 0,
    };
  }
}

// Between a room that is awake and its document: what is written, and how it is read back.
import { decode, encode } from "../../../codec/codec.ts";
import { toHex } from "../../../codec/bytes.ts";
import { CommitRing } from "../commit-ring.ts";
import type { RingEntry } from "../commit-ring.ts";
import { handleOf, inviteKey, roomKey, signerKey } from "../keys.ts";
import type { ConnectionId } from "../keys.ts";
import type { Invite } from "../invite.ts";
import type { Knock } from "../knocks.ts";
import { OwnerLedger } from "../owner-ledger.ts";
import type { RestoreWindow } from "../restore-windows.ts";
import { openRelayKey } from "../relay-key.ts";
import type { StoreOptions } from "../room-keeper.ts";
import { Room } from "../room.ts";
import { openSeat } from "../seat.ts";
import type { SeatRecord } from "../seat.ts";
import { TicketQueue } from "../ticket-queue.ts";
import { parts, roomState } from "./room-document.ts";
import type { Part, PartKind, RoomState, WindowState } from "./room-document.ts";
import { Universe } from "./universe.ts";

/** A part under its name in the document: "h12". */
export type PartName = `${"h" | "i" | "c" | "k"}${number}`;
const letters = { head: "h", record: "i", ring: "c", knock: "k" } as const;

export interface Written {
  readonly state: Uint8Array;
  /** Every part that the state refers to. */
  readonly names: ReadonlySet<PartName>;
  /** Those of them that are not kept yet. */
  readonly fresh: ReadonlyMap<PartName, Uint8Array>;
}

class PartList {
  readonly names = new Set<PartName>();
  readonly fresh = new Map<PartName, Uint8Array>();
  readonly #universe: Universe;
  readonly #isKept: (name: PartName) => boolean;

  constructor(universe: Universe, isKept: (name: PartName) => boolean) {
    this.#universe = universe;
    this.#isKept = isKept;
  }

  name(thing: object): number {
    return this.#universe.names.of(thing);
  }

  part<K extends PartKind>(kind: K, thing: object, value: () => Part<K>): number {
    const name = this.name(thing);
    const part: PartName = `${letters[kind]}${name}`;
    this.names.add(part);
    if (!this.fresh.has(part) && !this.#isKept(part)) this.fresh.set(part, encode(parts[kind] as never, value()));
    return name;
  }
}

/** Writes down what is not kept yet; `undefined` when there is no room any more. */
export function write(universe: Universe, isKept: (name: PartName) => boolean): Written | undefined {
  const { room, window } = universe;
  const list = new PartList(universe, isKept);
  const state = room === undefined ? window && writeWindow(window, list) : writeRoom(universe, room, list);
  if (state === undefined) return undefined;
  // Only now have all things got their names.
  return {
    state: encode(roomState, { ...state, nextName: universe.names.next }),
    names: list.names,
    fresh: list.fresh,
  };
}

function writeWindow(window: RestoreWindow, list: PartList): WindowState {
  const { record, endsAtMs, states, offerers } = window;
  return {
    kind: "window",
    nextName: 0,
    record,
    endsAtMs,
    states: states.map(({ head, offers }) => ({ head: list.part("head", head, () => head), offers })),
    offerers: [...offerers],
  };
}

function writeRoom(universe: Universe, room: Room, list: PartList): RoomState {
  const { standings } = universe.store.keeper;
  const { entries, cids } = room.ring.state;
  const joinedBy = entries.flatMap(({ effect }) => (effect.kind === "joined" ? (effect.invite ?? []) : []));
  const { key: ownerKey, counters, undelegated } = room.owner.state;
  const { waiting, holder, pausedUntilMs } = room.tickets.state;
  return {
    kind: "room",
    nextName: 0,
    handle: room.handle,
    relayKey: room.relayKey.privateKey,
    maxMembers: room.maxMembers,
    expiresAtMs: room.expiresAtMs,
    restoredAtMs: room.restoredAtMs,
    ownerKey,
    counters: [...counters].map(([key, counter]) => ({ key: unhex(key), counter })),
    undelegated: [...undelegated].map(([pair, counter]) => {
      const [owner = "", delegate = ""] = pair.split("/");
      return { owner: unhex(owner), delegate: unhex(delegate), counter };
    }),
    seats: [...room.seats.values()].map((seat) => ({ name: list.name(seat), ...seat })),
    invites: [...new Set([...room.invites.values(), ...joinedBy])].map((invite) => writeInvite(invite, room, list)),
    applicants: [...room.applicants].flatMap((connection) => {
      const standing = standings.get(connection);
      if (standing?.kind !== "applicant") return [];
      const { invite, isAdmitted, wasGranted, complaints } = standing;
      return { connection, invite: invite && list.name(invite), isAdmitted, wasGranted, complaints };
    }),
    knocks: [...room.knocks.values()].map((knock) => ({
      part: list.part("knock", knock, () => knock),
      from: knock.from,
      invite: list.name(knock.invite),
    })),
    waiting: [...waiting],
    holder,
    pausedUntilMs,
    cids: [...cids],
    ring: entries.map((entry) => writeEntry(entry, list)),
    head: list.part("head", room.head, () => room.head),
    asked: [...room.asked].map((seat) => list.name(seat)),
    owing: [...room.owing].map((seat) => list.name(seat)),
    isLocked: room.isLocked,
    emptySinceMs: room.emptySinceMs,
  };
}

function writeInvite(invite: Invite, room: Room, list: PartList): RoomState["invites"][number] {
  const { record, usesLeft, expiresAtMs, isRevoked, failures, failuresTold, failuresToldAtMs } = invite;
  return {
    name: list.name(invite),
    record: list.part("record", record, () => record),
    isRegistered: room.invites.get(invite.key) === invite,
    usesLeft: finite(usesLeft),
    expiresAtMs,
    isRevoked,
    failures,
    failuresTold,
    failuresToldAtMs: finite(failuresToldAtMs),
  };
}

function writeEntry(entry: RingEntry, list: PartList): RoomState["ring"][number] {
  const { passedOn, cid, acceptedAtMs, before, committer, effect, electorate, rejections } = entry;
  const part = { passedOn, cid, acceptedAtMs };
  return {
    part: list.part("ring", entry, () => ({ ...part, electorate: [...electorate].map((seat) => list.name(seat)) })),
    before: list.part("head", before, () => before),
    committer: list.name(committer),
    effect: effect.kind,
    invite: effect.kind === "joined" && effect.invite !== undefined ? list.name(effect.invite) : undefined,
    previousId: effect.kind === "renewed" ? effect.previousId : undefined,
    rejections: [...rejections].map((seat) => list.name(seat)),
  };
}

/** The names of all parts that a state refers to. Throws for a state that does not decode. */
export function partsOf(state: RoomState | WindowState): PartName[] {
  if (state.kind === "window") return state.states.map(({ head }): PartName => `h${head}`);
  const names = new Set<PartName>([`h${state.head}`]);
  for (const { record } of state.invites) names.add(`i${record}`);
  for (const { part } of state.knocks) names.add(`k${part}`);
  for (const { part, before } of state.ring) names.add(`c${part}`).add(`h${before}`);
  return [...names];
}

export function readState(bytes: Uint8Array): RoomState | WindowState {
  return decode(roomState, bytes);
}

/**
 * Wakes a room.
 * `read` gives the bytes of a part and throws when there are none.
 */
export function wake(
  state: RoomState | WindowState,
  seq: number,
  { read, options, nowMs }: { read: (name: PartName) => Uint8Array; options: StoreOptions; nowMs: number },
): Universe {
  const universe = new Universe(options, state.nextName);
  universe.clock.wake(nowMs);
  const reader = new PartReader(universe, read);
  if (state.kind === "window") wakeWindow(state, universe, reader);
  else new RoomReader(state, universe, reader).wake(seq);
  universe.noteIndexed();
  return universe;
}

class PartReader {
  readonly #universe: Universe;
  readonly #read: (name: PartName) => Uint8Array;
  readonly #known = new Map<PartName, object>();

  constructor(universe: Universe, read: (name: PartName) => Uint8Array) {
    this.#universe = universe;
    this.#read = read;
  }

  part<K extends PartKind>(kind: K, name: number): Part<K> {
    const key: PartName = `${letters[kind]}${name}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known as Part<K>;
    const value = decode<Part<K>>(parts[kind] as never, this.#read(key));
    this.#known.set(key, value);
    return kind === "head" || kind === "record" ? this.#universe.names.give(name, value) : value;
  }
}

function wakeWindow({ record, endsAtMs, states, offerers }: WindowState, universe: Universe, reader: PartReader): void {
  const handle = handleOf(record);
  const window: RestoreWindow = {
    key: roomKey(handle),
    handle,
    record,
    endsAtMs,
    states: states.map(({ head, offers }) => ({
      head: reader.part("head", head),
      offers: offers.map((offer) => ({ ...offer, by: offer.by as ConnectionId })),
    })),
    offerers: new Set(offerers as ConnectionId[]),
  };
  universe.store.windows.put(window);
  universe.store.awaitEnd(window);
}

class RoomReader {
  readonly #state: RoomState;
  readonly #universe: Universe;
  readonly #parts: PartReader;
  readonly #seats = new Map<number, SeatRecord>();
  readonly #invites = new Map<number, Invite>();

  constructor(state: RoomState, universe: Universe, reader: PartReader) {
    this.#state = state;
    this.#universe = universe;
    this.#parts = reader;
  }

  wake(seq: number): void {
    const { keeper } = this.#universe.store;
    const state = this.#state;
    for (const { name, connection, ...rest } of state.seats) {
      const seat: SeatRecord = { ...rest, connection: connection as ConnectionId | undefined };
      this.#seats.set(name, this.#universe.names.give(name, seat));
    }
    for (const invite of state.invites) this.#readInvite(invite);
    const room = this.#openRoom();
    room.seq = seq;
    room.isLocked = state.isLocked;
    room.emptySinceMs = state.emptySinceMs;
    keeper.registry.add(room);
    for (const { name, isRegistered } of state.invites) if (isRegistered) keeper.registry.addInvite(this.#invite(name));
    for (const seat of this.#seats.values()) {
      room.addSeat(seat);
      if (seat.connection !== undefined) keeper.standings.set(seat.connection, { kind: "seat", room, seat });
    }
    for (const name of state.asked) room.asked.add(this.#seat(name));
    for (const name of state.owing) room.owing.add(this.#seat(name));
    for (const { connection, invite, ...standing } of state.applicants) {
      const by = connection as ConnectionId;
      room.applicants.add(by);
      const chosen = invite === undefined ? undefined : this.#invite(invite);
      keeper.standings.set(by, { kind: "applicant", room, invite: chosen, ...standing });
    }
    for (const { part, from, invite } of state.knocks) {
      const { id, sealed } = this.#parts.part("knock", part);
      const knock: Knock = { id, from: from as ConnectionId, invite: this.#invite(invite), sealed };
      room.knocks.set(knock.from, this.#universe.names.give(part, knock));
    }
    keeper.arm(room);
  }

  #openRoom(): Room {
    const state = this.#state;
    const { handle, maxMembers, expiresAtMs, restoredAtMs, waiting, holder, pausedUntilMs } = state;
    const entries = state.ring.map((ref) => this.#readEntry(ref));
    const counters = new Map(state.counters.map(({ key, counter }) => [signerKey(key), counter]));
    const undelegated = new Map(
      state.undelegated.map(({ owner, delegate, counter }) => [`${toHex(owner)}/${toHex(delegate)}`, counter]),
    );
    return new Room({
      handle,
      relayKey: openRelayKey(state.relayKey),
      maxMembers,
      expiresAtMs,
      restoredAtMs,
      owner: new OwnerLedger({ key: state.ownerKey, counters, undelegated }),
      tickets: new TicketQueue({
        waiting: waiting as ConnectionId[],
        holder: holder && { by: holder.by as ConnectionId, untilMs: holder.untilMs },
        pausedUntilMs,
      }),
      ring: new CommitRing({ entries, cids: state.cids }),
      head: this.#parts.part("head", state.head),
    });
  }

  #readInvite(state: RoomState["invites"][number]): void {
    const { name, usesLeft, expiresAtMs, isRevoked, failures, failuresTold, failuresToldAtMs } = state;
    const known = this.#parts.part("record", state.record);
    const invite: Invite = {
      expiresAtMs,
      isRevoked,
      failures,
      failuresTold,
      key: inviteKey(known.inviteId),
      room: roomKey(this.#state.handle),
      record: known,
      usesLeft: usesLeft ?? Infinity,
      failuresToldAtMs: failuresToldAtMs ?? -Infinity,
    };
    this.#invites.set(name, this.#universe.names.give(name, invite));
  }

  #readEntry(ref: RoomState["ring"][number]): RingEntry {
    const { passedOn, cid, acceptedAtMs, electorate } = this.#parts.part("ring", ref.part);
    const entry: RingEntry = {
      passedOn,
      cid,
      acceptedAtMs,
      before: this.#parts.part("head", ref.before),
      committer: this.#seats.get(ref.committer) ?? this.#goneSeat(ref.committer, cid),
      effect: this.#readEffect(ref),
      // Seats that are gone have no vote.
      electorate: new Set(electorate.flatMap((name) => this.#seats.get(name) ?? [])),
      rejections: new Set(ref.rejections.flatMap((name) => this.#seats.get(name) ?? [])),
    };
    return this.#universe.names.give(ref.part, entry);
  }

  #readEffect({ effect, invite, previousId }: RoomState["ring"][number]): RingEntry["effect"] {
    if (effect === "joined") return { kind: effect, invite: invite === undefined ? undefined : this.#invite(invite) };
    return effect === "renewed" && previousId !== undefined ? { kind: effect, previousId } : { kind: "none" };
  }

  /** Somebody who committed and has left since: held by nobody, so that it changes nothing. */
  #goneSeat(name: number, cid: Uint8Array): SeatRecord {
    return this.#universe.names.give(name, openSeat(cid, "" as ConnectionId));
  }

  #seat(name: number): SeatRecord {
    const seat = this.#seats.get(name);
    if (seat === undefined) throw new Error("a document names a seat that it does not have");
    return seat;
  }

  #invite(name: number): Invite {
    const invite = this.#invites.get(name);
    if (invite === undefined) throw new Error("a document names an invite that it does not have");
    return invite;
  }
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function unhex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

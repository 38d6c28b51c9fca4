// Rooms that this relay has lost and is being shown again. For a short window everybody who was in one may say where it
// stood; what most say counts. Nothing of a window outlives it.
import { equalBytes, toHex } from "../../codec/bytes.ts";
import type { Ask, Head } from "../../wire/events.ts";
import type { RoomRecord } from "../../codec/signing.ts";
import { RESTORE_WINDOW_MS } from "../../wire/limits.ts";
import { handleOf, roomKey } from "./keys.ts";
import type { ConnectionId, RoomKey } from "./keys.ts";

/** States of one room that are weighed; more come from somebody who makes them up. */
const MAX_STATES = 8;

export interface Offer {
  readonly by: ConnectionId;
  readonly seat: Uint8Array;
  readonly lifeMs: number;
}

/** Where some say that the room stands. */
export interface ClaimedState {
  readonly head: Head;
  readonly offers: Offer[];
}

export interface RestoreWindow {
  readonly key: RoomKey;
  readonly handle: Uint8Array;
  readonly record: RoomRecord;
  readonly endsAtMs: number;
  states: ClaimedState[];
  /** Everybody who offered it and is still here. */
  readonly offerers: Set<ConnectionId>;
}

export interface Verdict {
  readonly head: Head;
  /** The least that a winner says is left, so that nobody can make a room live longer. */
  readonly lifeMs: number;
  /** One for each seat: who claimed it first. */
  readonly winners: readonly Offer[];
}

export class RestoreWindows {
  readonly #windows = new Map<RoomKey, RestoreWindow>();
  readonly #byOfferer = new Map<ConnectionId, RestoreWindow>();

  get size(): number {
    return this.#windows.size;
  }

  find(handle: Uint8Array): RestoreWindow | undefined {
    return this.#windows.get(roomKey(handle));
  }

  of(by: ConnectionId): RestoreWindow | undefined {
    return this.#byOfferer.get(by);
  }

  all(): RestoreWindow[] {
    return [...this.#windows.values()];
  }

  /** Takes a window over as it is. */
  put(window: RestoreWindow): void {
    this.#windows.set(window.key, window);
    for (const by of window.offerers) this.#byOfferer.set(by, window);
  }

  open(record: RoomRecord, nowMs: number): RestoreWindow {
    const handle = handleOf(record);
    const endsAtMs = nowMs + RESTORE_WINDOW_MS;
    const window: RestoreWindow = { key: roomKey(handle), handle, record, endsAtMs, states: [], offerers: new Set() };
    this.#windows.set(window.key, window);
    return window;
  }

  add(window: RestoreWindow, by: ConnectionId, { seat, head, lifeMs }: Ask<"room:restore">): void {
    window.offerers.add(by);
    this.#byOfferer.set(by, window);
    const known = window.states.find((state) => isSame(state.head, head));
    if (known !== undefined) known.offers.push({ by, seat, lifeMs });
    else if (window.states.length < MAX_STATES) window.states.push({ head, offers: [{ by, seat, lifeMs }] });
  }

  /** The offerer is gone and so is what it said. */
  withdraw(by: ConnectionId): void {
    const window = this.#byOfferer.get(by);
    if (window === undefined) return;
    this.#byOfferer.delete(by);
    window.offerers.delete(by);
    window.states = window.states
      .map(({ head, offers }) => ({ head, offers: offers.filter((offer) => offer.by !== by) }))
      .filter(({ offers }) => offers.length > 0);
  }

  close(window: RestoreWindow): void {
    this.#windows.delete(window.key);
    for (const by of window.offerers) this.#byOfferer.delete(by);
  }

  clear(): void {
    this.#windows.clear();
    this.#byOfferer.clear();
  }
}

function isSame(a: Head, b: Head): boolean {
  return a.epoch === b.epoch && equalBytes(a.cid, b.cid);
}

/** `undefined` when nobody who offered the room is left. */
export function judge({ states, record }: RestoreWindow): Verdict | undefined {
  let best: Verdict | undefined;
  for (const { head, offers } of states) {
    const winners = firstOfEachSeat(offers).slice(0, record.maxMembers);
    const lifeMs = Math.min(record.lifeS * 1000, ...winners.map((offer) => offer.lifeMs));
    if (winners.length > 0 && isBetter({ head, lifeMs, winners }, best)) best = { head, lifeMs, winners };
  }
  return best;
}

function isBetter(verdict: Verdict, than: Verdict | undefined): boolean {
  if (than === undefined) return true;
  const more = verdict.winners.length - than.winners.length;
  return more === 0 ? verdict.head.epoch > than.head.epoch : more > 0;
}

function firstOfEachSeat(offers: readonly Offer[]): Offer[] {
  const claimed = new Map<string, Offer>();
  for (const offer of offers) if (!claimed.has(toHex(offer.seat))) claimed.set(toHex(offer.seat), offer);
  return [...claimed.values()];
}

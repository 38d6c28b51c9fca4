// What the relay keeps about rooms, and every decision about them. Each method that decides is one atomic step, so that a
// store shared by several relays can make it one script. No message is ever kept.
import type { RelayCode } from "../../wire/errors.ts";
import type {
  Answer,
  Ask,
  Head,
  NoticeBody,
  NoticeName,
  OwnerBody,
  OwnerProof,
  OwnerRequestName,
} from "../../wire/events.ts";
import type { ConnectionId } from "./keys.ts";

/** A decision: what was done, or the code that says why nothing was. */
export type Decision<T extends object> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: RelayCode; readonly head?: Head };

/** The store cannot be asked now; nothing was changed. */
export class StoreAway extends Error {
  override name = "StoreAway";
}

/** The store was asked, and nobody knows whether it did it: whoever asked has to come back and look. */
export class OutcomeUnknown extends Error {
  override name = "OutcomeUnknown";
}

/** Where the store sends what its decisions cause. Called in the order of the decisions of a room. */
export interface Outlet {
  tell<N extends NoticeName>(to: readonly ConnectionId[], name: N, body: NoticeBody<N>): void;
  /** Like {@link tell}, but dropped for those who cannot take it at once. */
  hint<N extends NoticeName>(to: readonly ConnectionId[], name: N, body: NoticeBody<N>): void;
  /** Closes a connection after what was told to it has left. */
  cut(connection: ConnectionId): void;
  /** Closes a connection like a network would, so that its client comes back. */
  hangUp(connection: ConnectionId): void;
}

/** An owner's request whose signatures were found good with `ownerKey`. */
export type OwnerRequest = {
  readonly [N in OwnerRequestName]: {
    readonly name: N;
    readonly body: OwnerBody<N>;
    readonly proof: OwnerProof;
    readonly ownerKey: Uint8Array;
  };
}[OwnerRequestName];

/** A room was shown to a relay that does not have it. */
export interface RestoreOffer {
  /** The first offer for the room; the others join its window. */
  readonly isFirst: boolean;
  /** When to ask {@link RoomStore.takeRestored}. */
  readonly waitMs: number;
}

/** How much is kept: for tests and for judging memory, never for the network. */
export interface StoreSize {
  readonly rooms: number;
  readonly invites: number;
  readonly seats: number;
  readonly connections: number;
  readonly tombstones: number;
  /** Knocks that wait, windows of rooms being restored, invite ids that were tried a moment ago. */
  readonly knocks: number;
  readonly windows: number;
  readonly attempts: number;
}

/**
 * Guarantees, checked by the suites tests/relay/*.contract.ts:
 * - a connection is a stranger, an applicant of one room, holds one seat of one room, or offers one room for restoring;
 * - what a decision causes goes to the outlet in the order of the decisions, to seats only, except for the ticket, the
 *   answer to a knock and the end of the room, which applicants hear too;
 * - a refused request changes nothing;
 * - whoever gets a seat (create, commit, resume, restore) receives everything with a higher sequence number than the
 *   answer's, and nothing with a lower one;
 * - after a room has ended nothing of it is left but a tombstone that does not hold its handle.
 */
export interface RoomStore {
  /** Whether it can be asked at all; everything else throws {@link StoreAway} when not. */
  readonly isReady: boolean;
  /** `malformed` for a taken handle or invite id, for limits out of range and when the connection is no stranger. */
  create(by: ConnectionId, room: Ask<"room:create">): Promise<Decision<Answer<"room:create">>>;
  /** The key that proofs of a live invite are checked with. */
  findInviteKey(inviteId: Uint8Array): Promise<Uint8Array | undefined>;
  /**
   * Takes one of the attempts that an id may be tried with, whether or not there is such an invite; returns 0, or the
   * milliseconds until there will be one.
   */
  takeAttempt(inviteId: Uint8Array): Promise<number>;
  /** For an attempt that was no guess after all. */
  returnAttempt(inviteId: Uint8Array): Promise<void>;
  /** Counts a failed proof. The seats are told at once, then at most every few seconds, and of the last one too. */
  noteFailure(inviteId: Uint8Array): Promise<void>;
  /** Makes the connection an applicant; it has proved the invite. `not_admitted` when the invite is gone by now. */
  admit(by: ConnectionId, inviteId: Uint8Array): Promise<Decision<Answer<"invite:open">>>;
  /** Keeps the knock of an applicant by an ask-first invite, once, until somebody answers or the applicant is gone. */
  knock(by: ConnectionId, ask: Ask<"knock:send">): Promise<Decision<Answer<"knock:send">>>;
  takeTicket(by: ConnectionId): Promise<Decision<Answer<"ticket:take">>>;
  dropTicket(by: ConnectionId, ask: Ask<"ticket:drop">): Promise<Decision<object>>;
  /** Accepts iff `baseCid` is the commit the room stands at; then everything about it changes in one step. */
  commit(by: ConnectionId, ask: Ask<"commit:send">): Promise<Decision<Answer<"commit:send">>>;
  /** Counts a vote against a commit; the vote that makes a majority rolls the room back. */
  reject(by: ConnectionId, ask: Ask<"commit:reject">): Promise<Decision<object>>;
  updateGroupInfo(by: ConnectionId, ask: Ask<"gi:update">): Promise<Decision<object>>;
  sendMessage(by: ConnectionId, ask: Ask<"message:send">): Promise<Decision<Answer<"message:send">>>;
  sendSignal(by: ConnectionId, ask: Ask<"message:send">): Promise<Decision<object>>;
  /** Afterwards the seat is told which knocks wait and who is silent. Who was called silent itself must rejoin. */
  resume(by: ConnectionId, ask: Ask<"room:resume">): Promise<Decision<Answer<"room:resume">>>;
  /**
   * Shows a room that was lost, for a window of time that the first offer opens. `not_admitted` for a room that is here
   * and never was lost, `expired` for one that has ended, `malformed` for limits out of range and for no stranger.
   */
  offerRoom(by: ConnectionId, ask: Ask<"room:restore">): Promise<Decision<RestoreOffer>>;
  /** What became of the connection's offer, once its time has come; `try_later` before. */
  takeRestored(by: ConnectionId): Promise<Decision<Answer<"room:restore">>>;
  leave(by: ConnectionId): Promise<Decision<object>>;
  /** The room of a seated connection, for checking what its owner signed. */
  findOwner(by: ConnectionId): Promise<{ handle: Uint8Array; ownerKey: Uint8Array } | undefined>;
  /**
   * Carries out what an owner or a delegate asks. The signatures were checked; whether `ownerKey` still is the owner's,
   * the delegation still stands and the counter is new is decided here.
   */
  carryOut(by: ConnectionId, request: OwnerRequest): Promise<Decision<object>>;
  /** The connection is gone: its seat stays resumable, its place in a queue, its knock and its offer do not. */
  disconnect(by: ConnectionId): Promise<void>;
  size(): Promise<StoreSize>;
  /** Forgets everything without telling anybody. */
  close(): Promise<void>;
}

export function refuse(code: RelayCode, head?: Head): { ok: false; code: RelayCode; head?: Head } {
  return head === undefined ? { ok: false, code } : { ok: false, code, head };
}

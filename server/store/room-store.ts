// What the relay keeps about rooms, and every decision about them. Each method that decides is one atomic step, so that a
// store shared by several relays can make it one script. No message is ever kept.
import type { RelayCode } from "../../wire/errors.ts";
import type { Answer, Ask, Head, NoticeBody, NoticeName } from "../../wire/events.ts";
import type { ConnectionId } from "./keys.ts";

/** A decision: what was done, or the code that says why nothing was. */
export type Decision<T extends object> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: RelayCode; readonly head?: Head };

/** Where the store sends what its decisions cause. Called in the order of the decisions of a room. */
export interface Outlet {
  tell<N extends NoticeName>(to: readonly ConnectionId[], name: N, body: NoticeBody<N>): void;
  /** Like {@link tell}, but dropped for those who cannot take it at once. */
  hint<N extends NoticeName>(to: readonly ConnectionId[], name: N, body: NoticeBody<N>): void;
  /** Closes a connection after what was told to it has left. */
  cut(connection: ConnectionId): void;
}

/** How much is kept: for tests and for judging memory, never for the network. */
export interface StoreSize {
  readonly rooms: number;
  readonly invites: number;
  readonly seats: number;
  readonly connections: number;
  readonly tombstones: number;
}

/**
 * Guarantees, checked by tests/relay/room-store.contract.ts:
 * - a connection is a stranger, an applicant of one room, or holds one seat of one room;
 * - what a decision causes goes to the outlet in the order of the decisions, to seats only, except for the ticket and the
 *   end of the room, which applicants hear too;
 * - a refused request changes nothing;
 * - whoever gets a seat (create, commit, resume) receives everything with a higher sequence number than the answer's, and
 *   nothing with a lower one;
 * - after a room has ended nothing of it is left but a tombstone that does not hold its handle.
 */
export interface RoomStore {
  /** `malformed` for a taken handle or invite id, for limits out of range and when the connection is no stranger. */
  create(by: ConnectionId, room: Ask<"room:create">): Promise<Decision<Answer<"room:create">>>;
  /** The key that proofs of a live invite are checked with. */
  findInviteKey(inviteId: Uint8Array): Promise<Uint8Array | undefined>;
  /** Makes the connection an applicant; it has proved the invite. `not_admitted` when the invite is gone by now. */
  admit(by: ConnectionId, inviteId: Uint8Array): Promise<Decision<Answer<"invite:open">>>;
  takeTicket(by: ConnectionId): Promise<Decision<Answer<"ticket:take">>>;
  dropTicket(by: ConnectionId, ask: Ask<"ticket:drop">): Promise<Decision<object>>;
  /** Accepts iff `baseCid` is the commit the room stands at; then everything about it changes in one step. */
  commit(by: ConnectionId, ask: Ask<"commit:send">): Promise<Decision<Answer<"commit:send">>>;
  /** Counts a vote against a commit; the vote that makes a majority rolls the room back. */
  reject(by: ConnectionId, ask: Ask<"commit:reject">): Promise<Decision<object>>;
  updateGroupInfo(by: ConnectionId, ask: Ask<"gi:update">): Promise<Decision<object>>;
  sendMessage(by: ConnectionId, ask: Ask<"message:send">): Promise<Decision<Answer<"message:send">>>;
  sendSignal(by: ConnectionId, ask: Ask<"message:send">): Promise<Decision<object>>;
  resume(by: ConnectionId, ask: Ask<"room:resume">): Promise<Decision<Answer<"room:resume">>>;
  leave(by: ConnectionId): Promise<Decision<object>>;
  /** The room of a seated connection, for checking what its owner signed. */
  findOwner(by: ConnectionId): Promise<{ handle: Uint8Array; ownerKey: Uint8Array } | undefined>;
  /** The signature was checked; the counter decides. */
  end(by: ConnectionId, ask: Ask<"room:end">): Promise<Decision<object>>;
  /** The signature was checked; the counter decides. */
  evict(by: ConnectionId, ask: Ask<"seat:evict">): Promise<Decision<object>>;
  /** The connection is gone: its seat stays resumable, its place in a queue does not. */
  disconnect(by: ConnectionId): Promise<void>;
  size(): Promise<StoreSize>;
  /** Forgets everything without telling anybody. */
  close(): Promise<void>;
}

export function refuse(code: RelayCode, head?: Head): { ok: false; code: RelayCode; head?: Head } {
  return head === undefined ? { ok: false, code } : { ok: false, code, head };
}

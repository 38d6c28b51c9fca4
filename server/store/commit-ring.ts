// The last commits of a room, each with the state before it: for members who blinked, and for rolling back.
import { equalBytes } from "../../codec/bytes.ts";
import type { CommitEntry, Head } from "../../wire/events.ts";
import { RECENT_COMMITS, RING_COMMITS, RING_LIFE_MS } from "../../wire/limits.ts";
import type { Invite } from "./invite.ts";
import type { SeatRecord } from "./seat.ts";

export interface RingEntry {
  readonly passedOn: CommitEntry;
  readonly cid: Uint8Array;
  readonly acceptedAtMs: number;
  readonly before: Head;
  readonly committer: SeatRecord;
  /** What the commit did to its committer's seat. */
  readonly effect:
    | { readonly kind: "none" }
    | { readonly kind: "joined"; readonly invite: Invite | undefined }
    | { readonly kind: "renewed"; readonly previousId: Uint8Array };
  /** Who held a seat when it was accepted, without the committer; only they may vote. */
  readonly electorate: ReadonlySet<SeatRecord>;
  readonly rejections: Set<SeatRecord>;
}

/** Everything a ring knows, for a store outside this process. */
export interface RingState {
  readonly entries: readonly RingEntry[];
  readonly cids: readonly Uint8Array[];
}

/** So many commits are known by name. */
export const KNOWN_CIDS = RING_COMMITS + RECENT_COMMITS;

export class CommitRing {
  #entries: RingEntry[];
  /** Newest first. Longer than {@link RECENT_COMMITS}, so that a rollback still finds what was recent before. */
  #cids: Uint8Array[];

  constructor({ entries, cids }: RingState) {
    this.#entries = [...entries];
    this.#cids = [...cids];
  }

  get state(): RingState {
    return { entries: this.#entries, cids: this.#cids };
  }

  push(entry: RingEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > RING_COMMITS) this.#entries.shift();
    this.#cids.unshift(entry.cid);
    this.#cids.length = Math.min(this.#cids.length, KNOWN_CIDS);
  }

  /** Whether a message sealed at this commit is still passed on. */
  isRecent(cid: Uint8Array): boolean {
    for (let i = 0; i < RECENT_COMMITS; i++) {
      const recent = this.#cids[i];
      if (recent === undefined) return false;
      if (equalBytes(recent, cid)) return true;
    }
    return false;
  }

  knows(cid: Uint8Array): boolean {
    return this.#cids.some((known) => equalBytes(known, cid));
  }

  find(cid: Uint8Array): RingEntry | undefined {
    return this.#entries.find((entry) => equalBytes(entry.cid, cid));
  }

  /** Every commit after `cid` in order, or `undefined` when not all of them are here. */
  after(cid: Uint8Array): CommitEntry[] | undefined {
    const newest = this.#cids[0];
    if (newest !== undefined && equalBytes(newest, cid)) return [];
    const start = this.#entries.findIndex((entry) => equalBytes(entry.passedOn.baseCid, cid));
    return start < 0 ? undefined : this.#entries.slice(start).map((entry) => entry.passedOn);
  }

  /** Takes out `from` and everything after it, in order. */
  cut(from: RingEntry): RingEntry[] {
    const dropped = this.#entries.splice(this.#entries.indexOf(from));
    this.#cids.splice(0, dropped.length);
    return dropped;
  }

  trim(nowMs: number): void {
    while (this.#entries[0] !== undefined && this.#entries[0].acceptedAtMs + RING_LIFE_MS <= nowMs)
      this.#entries.shift();
  }

  /** When the oldest commit has to go. */
  deadlineMs(): number {
    return this.#entries[0] === undefined ? Infinity : this.#entries[0].acceptedAtMs + RING_LIFE_MS;
  }
}

// What a member does for the others without being asked: beats, state syncs for newcomers, taking out those who left or went
// silent, renewing keys, and for owner and delegates what only they can. Whoever ranks lowest acts first; the others only if
// nobody did.
import { toHex } from "../../codec/bytes.ts";
import { MAX_SYNC_PROFILES } from "../../core/room/content.ts";
import type { NoticeBody } from "../../wire/events.ts";
import type { Beats } from "./beats.ts";
import type { CommitFlow } from "./commit-flow.ts";
import { sendNow } from "./outbox.ts";
import type { Powers } from "./powers.ts";
import { beatIntervalMs, isModerator, isOwner, rankOf, remainingMs } from "./room.ts";
import type { Room } from "./room.ts";
import { Timers } from "./timers.ts";

const TURN_MS = 700;
const RENEW_MS = 15 * 60_000;
const RENEW_SPREAD_MS = 5 * 60_000;
const RENEW_MESSAGES = 100;
/** Those who went silent are taken out together, not more often than this. */
const CLEAR_MS = 30_000;

export interface DutyParts {
  readonly commits: CommitFlow;
  readonly powers: Powers;
  readonly beats: Beats;
  /** Called with each beat of our own, since who is online changes with time alone. */
  beaten(): void;
}

export class Duties {
  readonly #room: Room;
  readonly #parts: DutyParts;
  readonly #timers: Timers;
  #sentAtRenewal = 0;
  #clearedAtMs = Number.NEGATIVE_INFINITY;

  constructor(room: Room, parts: DutyParts) {
    this.#room = room;
    this.#parts = parts;
    this.#timers = new Timers(room);
  }

  /** A new epoch: tell the others soon that we are in it, and look after those who left. */
  entered(): void {
    const { ports, standing } = this.#room;
    // Spread, and put off while commits keep coming: when many join at once, one beat for all of them is enough.
    const spread = Math.max(1, (standing?.members.length ?? 1) / 20);
    this.#timers.plan("beat", (500 + 2_000 * ports.jitter()) * spread, () => this.#beat());
    // Whoever said goodbye while we could not act is still to be taken out; mostly there is nobody.
    this.leaverKnown();
    this.#planRenewal();
    this.planExpiry();
  }

  leaverKnown(): void {
    this.#timers.plan("leavers", this.#turnMs(), () => this.#parts.commits.clear());
  }

  /** The relay vouches that a member has been gone for long. */
  async silent(notice: NoticeBody<"seat:silent">): Promise<void> {
    const room = this.#room;
    if (!(await room.host.noteSilent(room.id, notice))) return;
    if (this.#timers.has("silent")) return;
    const sinceMs = room.ports.clock.monotonicMs() - this.#clearedAtMs;
    const delayMs = Math.max(0, CLEAR_MS - sinceMs) + this.#turnMs();
    this.#timers.plan("silent", delayMs, async () => {
      this.#clearedAtMs = room.ports.clock.monotonicMs();
      await this.#parts.commits.clear();
    });
  }

  /** Somebody came in: one of us tells it who is here, and proves by that that the room is what it seems. */
  greeted(helloId: Uint8Array, memberId: string): void {
    const room = this.#room;
    const members = room.standing?.members.filter((id) => id !== memberId) ?? [];
    this.#timers.plan(`sync-${toHex(helloId)}`, rankOf(room, members) * TURN_MS, () => this.#sync(helloId));
  }

  synced(helloId: string): void {
    this.#timers.cancel(`sync-${helloId}`);
  }

  /** Counts towards the next renewal of keys. */
  sent(): void {
    if (this.#room.lastSent - this.#sentAtRenewal < RENEW_MESSAGES) return;
    this.#sentAtRenewal = this.#room.lastSent;
    this.#timers.plan("renew", 0, () => this.#parts.commits.renewKeys());
  }

  /** The issuer of an invite revokes it when its time is up. */
  planExpiry(): void {
    const { powers } = this.#parts;
    const delayMs = powers.nextDueMs();
    if (delayMs === undefined) return;
    this.#timers.plan("expiry", delayMs, async () => {
      await powers.revokeDue();
      // Another commit came first: that one's epoch plans it again, or this does.
      this.planExpiry();
    });
  }

  close(): void {
    this.#timers.close();
  }

  /** By rank among those who stay. */
  #turnMs(): number {
    const room = this.#room;
    const leaving = new Set(room.standing?.leaving);
    return rankOf(room, room.standing?.members.filter((id) => !leaving.has(id)) ?? []) * TURN_MS;
  }

  #planRenewal(): void {
    const delayMs = RENEW_MS + RENEW_SPREAD_MS * (2 * this.#room.ports.jitter() - 1);
    this.#timers.plan("renew", delayMs, () => this.#parts.commits.renewKeys());
  }

  async #beat(): Promise<void> {
    const room = this.#room;
    const { powers, beats } = this.#parts;
    this.#timers.plan("beat", beatIntervalMs(room) * (0.9 + 0.2 * room.ports.jitter()), () => this.#beat());
    this.#parts.beaten();
    await beats.send();
    if (isModerator(room)) this.#timers.plan("relay", isOwner(room) ? 0 : 2 * TURN_MS, () => powers.announceRelay());
  }

  async #sync(hello: Uint8Array): Promise<void> {
    const room = this.#room;
    const members = new Set(room.standing?.members);
    const profiles = [...room.profiles].flatMap(([id, { signed }]) => (members.has(id) ? [signed] : []));
    for (let at = 0; at === 0 || at < profiles.length; at += MAX_SYNC_PROFILES) {
      const part = profiles.slice(at, at + MAX_SYNC_PROFILES);
      await sendNow(room, "message", { kind: "sync", hello, remainingMs: remainingMs(room), profiles: part });
    }
  }
}

// What a member does for the others without being asked: beats, state syncs for newcomers, removing the leaves of those who
// left, renewing keys. Whoever ranks lowest acts first; the others only if nobody did.
import { toHex } from "../../codec/bytes.ts";
import { MAX_SYNC_PROFILES } from "../../core/room/content.ts";
import type { CommitFlow } from "./commit-flow.ts";
import { sendNow } from "./outbox.ts";
import { beatIntervalMs, othersOf, rankOf } from "./room.ts";
import type { Room } from "./room.ts";

const TURN_MS = 700;
const RENEW_MS = 15 * 60_000;
const RENEW_SPREAD_MS = 5 * 60_000;
const RENEW_MESSAGES = 100;

export class Duties {
  readonly #room: Room;
  readonly #commits: CommitFlow;
  /** What is planned, by what it is for; planning it again replaces it. */
  readonly #timers = new Map<string, () => void>();
  readonly #beaten: () => void;
  #sentAtRenewal = 0;

  /** `beaten` is called with each beat of our own, since who is online changes with time alone. */
  constructor(room: Room, commits: CommitFlow, beaten: () => void) {
    this.#room = room;
    this.#commits = commits;
    this.#beaten = beaten;
  }

  /** A new epoch: tell the others soon that we are in it, and look after those who left. */
  entered(): void {
    const { ports, standing } = this.#room;
    // Spread, and put off while commits keep coming: when many join at once, one beat for all of them is enough.
    const spread = Math.max(1, (standing?.members.length ?? 1) / 20);
    this.#plan("beat", (500 + 2_000 * ports.jitter()) * spread, () => this.#beat());
    if (standing && standing.leaving.length > 0) this.leaverKnown();
    this.#planRenewal();
  }

  leaverKnown(): void {
    const room = this.#room;
    const candidates = room.standing?.members.filter((id) => !room.standing?.leaving.includes(id)) ?? [];
    this.#plan("leavers", rankOf(room, candidates) * TURN_MS, () => this.#commits.removeLeavers());
  }

  /** Somebody came in: one of us tells it who is here, and proves by that that the room is what it seems. */
  greeted(helloId: Uint8Array, memberId: string): void {
    const room = this.#room;
    const members = room.standing?.members.filter((id) => id !== memberId) ?? [];
    this.#plan(`sync-${toHex(helloId)}`, rankOf(room, members) * TURN_MS, () => this.#sync(helloId));
  }

  synced(helloId: string): void {
    this.#cancel(`sync-${helloId}`);
  }

  /** Counts towards the next renewal of keys. */
  sent(): void {
    if (this.#room.lastSent - this.#sentAtRenewal < RENEW_MESSAGES) return;
    this.#sentAtRenewal = this.#room.lastSent;
    this.#plan("renew", 0, () => this.#commits.renewKeys());
  }

  close(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #planRenewal(): void {
    const delayMs = RENEW_MS + RENEW_SPREAD_MS * (2 * this.#room.ports.jitter() - 1);
    this.#plan("renew", delayMs, () => this.#commits.renewKeys());
  }

  async #beat(): Promise<void> {
    const room = this.#room;
    this.#plan("beat", beatIntervalMs(room) * (0.9 + 0.2 * room.ports.jitter()), () => this.#beat());
    this.#beaten();
    if (!room.standing || othersOf(room).length === 0) return;
    await sendNow(room, "signal", { kind: "beat", authenticator: room.standing.authenticator });
  }

  async #sync(hello: Uint8Array): Promise<void> {
    const room = this.#room;
    const remainingMs = Math.max(0, Math.round(room.endsAtMs - room.ports.clock.monotonicMs()));
    const members = new Set(room.standing?.members);
    const profiles = [...room.profiles].flatMap(([id, { signed }]) => (members.has(id) ? [signed] : []));
    for (let at = 0; at === 0 || at < profiles.length; at += MAX_SYNC_PROFILES) {
      const part = profiles.slice(at, at + MAX_SYNC_PROFILES);
      await sendNow(room, "message", { kind: "sync", hello, remainingMs, profiles: part });
    }
  }

  #plan(name: string, delayMs: number, work: () => Promise<void>): void {
    this.#cancel(name);
    const room = this.#room;
    const cancel = room.ports.clock.setTimer(delayMs, () => {
      this.#timers.delete(name);
      // Without an open room there is nobody to do it for; the next epoch plans it again.
      void room.queue.run(async () => (room.phase === "open" ? work() : undefined)).catch(() => undefined);
    });
    this.#timers.set(name, cancel);
  }

  #cancel(name: string): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }
}

// What tells others what has arrived here and that somebody types; both can be switched off. Volatile: what is lost is not
// sent again, the next one says more.
import { fromHex, toHex } from "../../codec/bytes.ts";
import { MAX_HEADS } from "../../core/room/content.ts";
import type { AuthorHead } from "../../core/room/content.ts";
import { sendNow } from "./outbox.ts";
import { othersOf, selfIdOf } from "./room.ts";
import type { Room } from "./room.ts";
import { Timers } from "./timers.ts";

const RECEIPT_MS = 1_000;
/** Receipts of large rooms are rarer: everybody's go to everybody. */
const RECEIPT_MS_PER_MEMBER = 50;
const TYPING_MS = 3_000;
const TYPING_LIFE_MS = 6_000;

export class Receipts {
  readonly #room: Room;
  readonly #timers: Timers;
  readonly #changed: () => void;
  /** What we have confirmed, by author and run. */
  readonly #confirmed = new Map<string, number>();
  #typedAtMs = Number.NEGATIVE_INFINITY;
  #isTyping = false;

  constructor(room: Room, changed: () => void) {
    this.#room = room;
    this.#changed = changed;
    this.#timers = new Timers(room);
  }

  /** Something has come: its authors are told soon, of all at once. */
  received(): void {
    const { settings, standing } = this.#room;
    if (!settings().sendsReceipts || this.#timers.has("receipt") || this.#news().length === 0) return;
    const delayMs = Math.max(RECEIPT_MS, RECEIPT_MS_PER_MEMBER * (standing?.members.length ?? 1));
    this.#timers.plan("receipt", delayMs, () => this.#send());
  }

  /** What a member says it holds of ours. */
  receipted(memberId: string, heads: readonly AuthorHead[]): void {
    const room = this.#room;
    const selfId = selfIdOf(room);
    for (const { memberId: author, run, sequence } of heads) {
      if (toHex(author) !== selfId || run !== room.run || sequence > room.lastSequence) continue;
      const known = room.receipts.get(memberId);
      if (!known || known.sequence < sequence) room.receipts.set(memberId, { run, sequence });
    }
  }

  /** This person types, or has stopped. */
  async setTyping(isTyping: boolean): Promise<void> {
    const room = this.#room;
    const nowMs = room.ports.clock.monotonicMs();
    const isNews = isTyping ? nowMs - this.#typedAtMs >= TYPING_MS : this.#isTyping;
    if (!isNews || !room.settings().sendsTyping || room.phase !== "open" || othersOf(room).length === 0) return;
    this.#isTyping = isTyping;
    this.#typedAtMs = isTyping ? nowMs : Number.NEGATIVE_INFINITY;
    await room.queue.run(() => sendNow(room, "signal", { kind: "typing", isTyping }));
  }

  /** A text is on its way: that says that typing is over. */
  sent(): void {
    this.#isTyping = false;
    this.#typedAtMs = Number.NEGATIVE_INFINITY;
  }

  typed(memberId: string, isTyping: boolean): void {
    const room = this.#room;
    if (!isTyping) {
      room.typing.delete(memberId);
      return;
    }
    room.typing.set(memberId, room.ports.clock.monotonicMs() + TYPING_LIFE_MS);
    this.#timers.plan("typing", TYPING_LIFE_MS, () => this.#changed());
  }

  close(): void {
    this.#timers.close();
  }

  #news(): AuthorHead[] {
    const room = this.#room;
    const selfId = selfIdOf(room);
    const members = new Set(room.standing?.members);
    return room.ledger.received().flatMap(({ memberId, run, sequence }) => {
      const isKnown = (this.#confirmed.get(`${memberId}/${run}`) ?? 0) >= sequence;
      if (isKnown || memberId === selfId || !members.has(memberId)) return [];
      return [{ memberId: fromHex(memberId) ?? new Uint8Array(16), run, sequence }];
    });
  }

  async #send(): Promise<void> {
    const heads = this.#news().slice(0, MAX_HEADS);
    if (heads.length === 0) return;
    for (const { memberId, run, sequence } of heads) this.#confirmed.set(`${toHex(memberId)}/${run}`, sequence);
    await sendNow(this.#room, "signal", { kind: "receipt", heads });
  }
}

// No loss without storage: whoever misses something says what it holds, whoever holds more hands it on as its author signed
// it. The author answers at once, the others in turn and only what nobody has handed on by then.
import { MAX_AGAIN, MAX_HEADS } from "../../core/room/content.ts";
import type { ContentBody } from "../../core/room/content.ts";
import { fromChainHead, toChainHead } from "../../core/room/ledger.ts";
import type { Numbered } from "../../core/room/ledger.ts";
import type { Opened } from "../workers/group-contract.ts";
import { sendNow } from "./outbox.ts";
import { beatIntervalMs, othersOf, rankOf, selfIdOf } from "./room.ts";
import type { Room } from "./room.ts";
import { Timers } from "./timers.ts";

/** How long holes may stand before we ask, and ask again; then they stay marked. */
const ASK_AFTER_MS = [1_000, 4_000, 15_000];
/** So long after coming in, all is here that was said since and before we heard its author. */
const CLOSE_MS = 20_000;
const TURN_MS = 400;
/** Contents in one answer: one envelope holds them. */
const MAX_ANSWER_BYTES = 40 * 1024;
const MAX_ANSWERS = 16;
/** How long what somebody has handed on counts as known to all. */
const HEARD_MS = 10_000;

type Body<K extends ContentBody["kind"]> = Extract<ContentBody, { kind: K }>;

const keyOf = ({ memberId, run, sequence }: Pick<Numbered, "memberId" | "run" | "sequence">): string =>
  `${memberId}/${run}/${sequence}`;

export class Repair {
  readonly #room: Room;
  readonly #timers: Timers;
  #holes = "";
  #asked = 0;
  /** Monotonic time at which each content was last handed on by anybody. */
  readonly #heard = new Map<string, number>();
  /** Members whose last beat showed that they hold other things than we. */
  readonly #different = new Set<string>();
  #comparedAtMs = Number.NEGATIVE_INFINITY;

  constructor(room: Room) {
    this.#room = room;
    this.#timers = new Timers(room);
  }

  /** Something came, or somebody said what there is: holes that stand for a while are asked for. */
  check(): void {
    const holes = this.#room.ledger.holes();
    if (holes === this.#holes && this.#timers.has("holes")) return;
    if (holes !== this.#holes) this.#asked = 0;
    this.#holes = holes;
    const delayMs = ASK_AFTER_MS[this.#asked];
    if (holes === "" || delayMs === undefined) this.#timers.cancel("holes");
    else this.#timers.plan("holes", delayMs, () => this.#askAgain());
  }

  /** We are inside; if again, then whatever was said meanwhile is somewhere. */
  async entered(isBack: boolean): Promise<void> {
    this.#timers.plan("close", CLOSE_MS, () => this.#room.ledger.closeBelow());
    if (isBack) await this.#ask();
  }

  /** A member's beat: where what it holds differs twice from what we hold, one of us misses something. */
  compared(memberId: string, isEqual: boolean): void {
    if (isEqual) this.#different.delete(memberId);
    const isTwice = !isEqual && this.#different.has(memberId);
    if (!isEqual) this.#different.add(memberId);
    const room = this.#room;
    const nowMs = room.ports.clock.monotonicMs();
    if (!isTwice || nowMs - this.#comparedAtMs < 2 * beatIntervalMs(room)) return;
    this.#comparedAtMs = nowMs;
    this.#different.clear();
    this.#timers.plan("different", 0, () => this.#ask());
  }

  /** A member says what it holds. */
  asked(memberId: string, { heads }: Body<"have">): void {
    const room = this.#room;
    const selfId = selfIdOf(room);
    const since = room.joinedIn.get(memberId) ?? Number.POSITIVE_INFINITY;
    const wanted = room.ledger.beyond(heads.map(fromChainHead), since).filter((content) => !this.#isUnsent(content));
    const own = wanted.filter((content) => content.memberId === selfId);
    const others = wanted.filter((content) => content.memberId !== selfId);
    if (own.length > 0) this.#timers.plan(`own-${memberId}`, 0, () => this.#answer(own));
    if (others.length === 0) return;
    const holders = othersOf(room).filter((id) => id !== memberId);
    const turn = 1 + rankOf(room, [...holders, selfId]);
    const delayMs = turn * TURN_MS * (0.75 + room.ports.jitter() / 2);
    this.#timers.plan(`others-${memberId}`, delayMs, () => this.#answer(others.filter((one) => !this.#isHeard(one))));
  }

  /** Somebody has handed these on: nobody else needs to. */
  handedOn(contents: readonly Opened[]): void {
    const nowMs = this.#room.ports.clock.monotonicMs();
    for (const [key, atMs] of this.#heard) if (nowMs - atMs > HEARD_MS) this.#heard.delete(key);
    for (const content of contents) this.#heard.set(keyOf(content), nowMs);
  }

  close(): void {
    this.#timers.close();
  }

  async #askAgain(): Promise<void> {
    this.#asked++;
    await this.#ask();
    this.check();
  }

  async #ask(): Promise<void> {
    const room = this.#room;
    if (othersOf(room).length === 0) return;
    const heads = room.ledger.heads(othersOf(room)).slice(-MAX_HEADS);
    if (heads.length === 0) return;
    await sendNow(room, "message", { kind: "have", heads: heads.map(toChainHead) });
  }

  async #answer(contents: readonly Numbered[]): Promise<void> {
    for (const part of partsOf(contents).slice(0, MAX_ANSWERS)) {
      await sendNow(this.#room, "message", { kind: "again", contents: part });
    }
  }

  #isHeard(content: Numbered): boolean {
    const atMs = this.#heard.get(keyOf(content));
    return atMs !== undefined && this.#room.ports.clock.monotonicMs() - atMs < HEARD_MS;
  }

  /** What still waits, or is under way, goes out by itself, maybe in a later epoch than the copy that is here. */
  #isUnsent({ memberId, run, sequence }: Numbered): boolean {
    const room = this.#room;
    if (memberId !== selfIdOf(room) || run !== room.run) return false;
    const item = room.outgoing.find(({ position }) => position?.sequence === sequence);
    return item !== undefined && item.state !== "sent";
  }
}

/** In lists that one envelope can hold. */
function partsOf(contents: readonly Numbered[]): Uint8Array[][] {
  const parts: Uint8Array[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { signed } of contents) {
    const last = parts.at(-1);
    if (!last || last.length >= MAX_AGAIN || bytes + signed.length > MAX_ANSWER_BYTES) {
      parts.push([signed]);
      bytes = signed.length;
    } else {
      last.push(signed);
      bytes += signed.length;
    }
  }
  return parts;
}

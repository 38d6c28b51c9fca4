// Whose turn it is to prove an invite. Proofs may be guesses at a password, so they come in small numbers; but nobody is
// ever locked out: whoever tried least is next.
import { toHex } from "../../codec/bytes.ts";
import type { Clock } from "../clock.ts";
import type { RelayLimits } from "../limits.ts";
import type { RoomStore } from "../store/room-store.ts";
import type { AddressBook } from "./address-book.ts";
import type { Connection } from "./connection.ts";

interface Waiting {
  readonly from: Connection;
  /** How many failures its address had when it came, with those that were not decided yet. */
  readonly tries: number;
  /** Called once: whether it is its turn, or has waited too long. */
  readonly settle: (isServed: boolean) => void;
}

/** Attempts at one invite. */
interface Line {
  readonly inviteId: Uint8Array;
  /** In the order in which they came. */
  readonly waiting: Set<Waiting>;
  /** Attempts that were given back; each ends the pause until the next one is due. */
  returned: number;
  readonly pausing: Set<() => void>;
}

/** Attempts of one address that are counted as failed until they are decided, and those that wait for one to be. */
interface Address {
  undecided: number;
  readonly waiting: Set<() => void>;
}

export interface AttemptQueueParts {
  readonly store: RoomStore;
  readonly addresses: AddressBook;
  readonly clock: Clock;
  readonly limits: RelayLimits;
}

export class AttemptQueue {
  readonly #parts: AttemptQueueParts;
  readonly #lines = new Map<string, Line>();
  readonly #addresses = new Map<string, Address>();

  constructor(parts: AttemptQueueParts) {
    this.#parts = parts;
  }

  /** Returns 0 when it is this attempt's turn, which {@link leave} must follow; else after how long to try again. */
  async enter(from: Connection, inviteId: Uint8Array): Promise<number> {
    const untilMs = this.#parts.clock.nowMs() + this.#parts.limits.attemptWaitMs;
    const { waitMs, taken } = await this.#passAddress(from, untilMs);
    if (waitMs > 0) return waitMs;
    const line = this.#lineOf(inviteId);
    if (await this.#passLine(line, { from, tries: taken }, untilMs)) return 0;
    await this.#forgive(from.host);
    return this.#pauseMs();
  }

  /** The attempt was decided. One that was no wrong guess costs nothing. */
  async leave(from: Connection, inviteId: Uint8Array, hasFailed: boolean): Promise<void> {
    if (hasFailed) return this.#decided(from.host);
    try {
      await this.#parts.store.returnAttempt(inviteId);
      const line = this.#lines.get(toHex(inviteId));
      if (line === undefined) return;
      line.returned++;
      wakeAll(line.pausing);
    } finally {
      await this.#forgive(from.host);
    }
  }

  /** Counted as a failure before it is known to be one, so that many at once do not slip through together. */
  async #passAddress({ host }: Connection, untilMs: number): Promise<{ waitMs: number; taken: number }> {
    for (;;) {
      const count = await this.#parts.addresses.failedAdmissions.count(host);
      const address = this.#addresses.get(host);
      if (count.waitMs === 0) {
        if (address === undefined) this.#addresses.set(host, { undecided: 1, waiting: new Set() });
        else address.undecided++;
        return count;
      }
      if (address === undefined) return count;
      // Some of what is counted may turn out to be no failure.
      const hasRoom = address.waiting.size < this.#parts.limits.waitingAttempts;
      if (!hasRoom || !(await this.#isWoken(address.waiting, untilMs))) return { ...count, waitMs: this.#pauseMs() };
    }
  }

  async #forgive(host: string): Promise<void> {
    await this.#parts.addresses.failedAdmissions.giveBack(host);
    const [next] = this.#addresses.get(host)?.waiting ?? [];
    next?.();
    this.#decided(host);
  }

  #decided(host: string): void {
    const address = this.#addresses.get(host);
    if (address === undefined || --address.undecided > 0) return;
    this.#addresses.delete(host);
    wakeAll(address.waiting);
  }

  /** The line for an invite; it ends when nobody waits in it. */
  #lineOf(inviteId: Uint8Array): Line {
    const key = toHex(inviteId);
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    const line: Line = { inviteId, waiting: new Set(), returned: 0, pausing: new Set() };
    this.#lines.set(key, line);
    queueMicrotask(() => void this.#serve(key, line));
    return line;
  }

  /** Resolves with whether it is the attempt's turn. */
  #passLine(line: Line, attempt: Pick<Waiting, "from" | "tries">, untilMs: number): Promise<boolean> {
    const { clock } = this.#parts;
    return new Promise((resolve) => {
      const settle = (isServed: boolean): void => {
        cancel();
        line.waiting.delete(waiting);
        resolve(isServed);
      };
      const waiting: Waiting = { ...attempt, settle };
      const cancel = clock.setTimer(untilMs - clock.nowMs(), () => settle(false));
      line.waiting.add(waiting);
    });
  }

  /** Serves one line until nobody waits in it. */
  async #serve(key: string, line: Line): Promise<void> {
    const { store, clock } = this.#parts;
    try {
      while (line.waiting.size > 0) {
        const { returned } = line;
        const waitMs = await store.takeAttempt(line.inviteId);
        if (waitMs > 0) {
          if (line.returned === returned) await this.#isWoken(line.pausing, clock.nowMs() + waitMs);
          continue;
        }
        const next = nextOf(line);
        if (next === undefined) await store.returnAttempt(line.inviteId);
        else next.settle(true);
      }
    } catch {
      // Whoever asks again meets the same store and hears from it.
      for (const { settle } of line.waiting) settle(false);
    }
    this.#lines.delete(key);
  }

  /** Waits to be woken: with `false` when the time is over first. */
  #isWoken(sleepers: Set<() => void>, untilMs: number): Promise<boolean> {
    const { clock } = this.#parts;
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        sleepers.delete(wake);
        resolve(true);
      };
      const cancel = clock.setTimer(untilMs - clock.nowMs(), () => {
        sleepers.delete(wake);
        resolve(false);
      });
      sleepers.add(wake);
    });
  }

  /** How long an attempt takes to become available. */
  #pauseMs(): number {
    return Math.ceil(1000 / this.#parts.limits.inviteAttempts.perSecond);
  }
}

function wakeAll(sleepers: ReadonlySet<() => void>): void {
  for (const wake of sleepers) wake();
}

/**
 * Of those who are still there the one whose address tried least; among equals of whom fewest wait, so that somebody who
 * comes once stands before whoever sends many at once; then who came first.
 */
function nextOf(line: Line): Waiting | undefined {
  const waitingOf = new Map<string, number>();
  for (const { from, settle } of line.waiting) {
    if (from.isOpen) waitingOf.set(from.host, (waitingOf.get(from.host) ?? 0) + 1);
    else settle(false);
  }
  const crowd = ({ from }: Waiting): number => waitingOf.get(from.host) ?? 0;
  let next: Waiting | undefined;
  for (const waiting of line.waiting) {
    const order = next === undefined ? -1 : waiting.tries - next.tries || crowd(waiting) - crowd(next);
    if (order < 0) next = waiting;
  }
  return next;
}

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
  /** Called once: whether it is its turn, or has waited too long. */
  readonly settle: (isServed: boolean) => void;
}

/** Attempts at one invite. */
interface Line {
  readonly inviteId: Uint8Array;
  /** In the order in which they came. */
  readonly waiting: Set<Waiting>;
  /** Attempts of each address that were served since the line is there. */
  readonly served: Map<string, number>;
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
    const retryAfterMs = await this.#passAddress(from, untilMs);
    if (retryAfterMs > 0) return retryAfterMs;
    if (await this.#passLine(from, inviteId, untilMs)) return 0;
    await this.#forgive(from.host);
    return this.#pauseMs();
  }

  /** The attempt was decided. One that was no wrong guess costs nothing. */
  async leave(from: Connection, inviteId: Uint8Array, hasFailed: boolean): Promise<void> {
    if (hasFailed) return this.#decided(from.host);
    await this.#parts.store.returnAttempt(inviteId);
    const line = this.#lines.get(toHex(inviteId));
    if (line !== undefined) {
      line.served.set(from.host, (line.served.get(from.host) ?? 1) - 1);
      line.returned++;
      wakeAll(line.pausing);
    }
    await this.#forgive(from.host);
  }

  /** Counted as a failure before it is known to be one, so that many at once do not slip through together. */
  async #passAddress({ host }: Connection, untilMs: number): Promise<number> {
    for (;;) {
      const retryAfterMs = await this.#parts.addresses.failedAdmissions.take(host);
      const address = this.#addresses.get(host);
      if (retryAfterMs === 0) {
        if (address === undefined) this.#addresses.set(host, { undecided: 1, waiting: new Set() });
        else address.undecided++;
        return 0;
      }
      // Some of what is counted may turn out to be no failure.
      if (address === undefined) return retryAfterMs;
      if (address.waiting.size >= this.#parts.limits.waitingAttempts) return this.#pauseMs();
      if (!(await this.#isWoken(address.waiting, untilMs))) return this.#pauseMs();
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

  /** Resolves with whether it is the attempt's turn. */
  #passLine(from: Connection, inviteId: Uint8Array, untilMs: number): Promise<boolean> {
    const { clock } = this.#parts;
    const key = toHex(inviteId);
    const known = this.#lines.get(key);
    const line: Line = known ?? { inviteId, waiting: new Set(), served: new Map(), returned: 0, pausing: new Set() };
    const turn = new Promise<boolean>((resolve) => {
      const settle = (isServed: boolean): void => {
        cancel();
        line.waiting.delete(waiting);
        resolve(isServed);
      };
      const waiting: Waiting = { from, settle };
      const cancel = clock.setTimer(untilMs - clock.nowMs(), () => settle(false));
      line.waiting.add(waiting);
    });
    if (known === undefined) {
      this.#lines.set(key, line);
      void this.#serve(key, line);
    }
    return turn;
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

/** Of those who are still there the one whose address was served least; among equals who came first. */
function nextOf(line: Line): Waiting | undefined {
  let next: Waiting | undefined;
  let least = Infinity;
  for (const waiting of line.waiting) {
    const { from, settle } = waiting;
    const served = line.served.get(from.host) ?? 0;
    if (!from.isOpen) settle(false);
    else if (served < least) [next, least] = [waiting, served];
  }
  if (next !== undefined) line.served.set(next.from.host, least + 1);
  return next;
}

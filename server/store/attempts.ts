// How often an invite may be tried. Ids that belong to no invite are counted alike, so that waiting tells nothing.
import type { Clock } from "../clock.ts";
import type { Rate } from "../limits.ts";
import type { NoticeBody } from "../../wire/events.ts";
import { TokenBucket } from "../token-bucket.ts";
import { inviteKey } from "./keys.ts";
import type { InviteKey } from "./keys.ts";
import type { Invite } from "./invite.ts";

/** The seats hear of failed proofs of one invite at most this often. */
const TELL_EVERY_MS = 5_000;

export class AttemptBuckets {
  readonly #rate: Rate;
  readonly #clock: Clock;
  readonly #buckets = new Map<InviteKey, TokenBucket>();
  #cancelSweep: (() => void) | undefined;

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one attempt; returns 0, or in how many milliseconds there will be one. */
  take(inviteId: Uint8Array): number {
    const key = inviteKey(inviteId);
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#rate, this.#clock.nowMs());
    this.#buckets.set(key, bucket);
    this.#cancelSweep ??= this.#clock.setTimer((this.#rate.burst * 1000) / this.#rate.perSecond, () => this.#sweep());
    return bucket.take(this.#clock.nowMs());
  }

  giveBack(inviteId: Uint8Array): void {
    const key = inviteKey(inviteId);
    const bucket = this.#buckets.get(key);
    bucket?.giveBack(this.#clock.nowMs());
    if (bucket?.isFull(this.#clock.nowMs())) this.#buckets.delete(key);
  }

  forget(key: InviteKey): void {
    this.#buckets.delete(key);
  }

  clear(): void {
    this.#cancelSweep?.();
    this.#buckets.clear();
  }

  /** A bucket that is full again is like one that was never there. */
  #sweep(): void {
    const now = this.#clock.nowMs();
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(key);
    this.#cancelSweep = undefined;
    if (this.#buckets.size > 0)
      this.#cancelSweep = this.#clock.setTimer(1000 / this.#rate.perSecond, () => this.#sweep());
  }
}

/** When the seats have to hear how often the invite was tried in vain. */
export function failuresDueAtMs(invite: Invite): number {
  return invite.failures > invite.failuresTold ? invite.failuresToldAtMs + TELL_EVERY_MS : Infinity;
}

/** What to tell the seats now; `undefined` when there is nothing new, or it was told a moment ago. */
export function takeFailures(invite: Invite, nowMs: number): NoticeBody<"invite:guessed"> | undefined {
  if (failuresDueAtMs(invite) > nowMs) return undefined;
  invite.failuresTold = invite.failures;
  invite.failuresToldAtMs = nowMs;
  return { inviteId: invite.record.inviteId, failures: invite.failures };
}

// Proving an invite. Whoever has not proved one learns nothing: unknown, expired, used up and wrong proofs are answered
// alike, after the same work and no earlier than after the same time. How often somebody may try is in attempt-queue.ts.
import { randomBytes } from "node:crypto";
import { toHex } from "../../codec/bytes.ts";
import type { Answer, Ask } from "../../wire/events.ts";
import { KEY_BYTES, NONCE_BYTES } from "../../wire/limits.ts";
import { admissionText } from "../../codec/signing.ts";
import type { Clock } from "../clock.ts";
import type { RelayLimits } from "../limits.ts";
import { refuse } from "../store/room-store.ts";
import type { Decision, RoomStore } from "../store/room-store.ts";
import type { AddressBook } from "./address-book.ts";
import { AttemptQueue } from "./attempt-queue.ts";
import type { Connection } from "./connection.ts";
import type { Handled } from "./handled.ts";
import { verifySignature } from "./signature.ts";

/** Open challenges of one connection; more push out the oldest. */
const MAX_CHALLENGES = 4;

export interface AdmissionParts {
  readonly store: RoomStore;
  readonly addresses: AddressBook;
  readonly clock: Clock;
  readonly limits: RelayLimits;
  /** The origin that clients name in their proofs; known once the relay listens. */
  readonly origin: () => string;
}

export class Admission {
  readonly #parts: AdmissionParts;
  readonly #attempts: AttemptQueue;
  /** The base point of the curve: a valid key that belongs to no invite. */
  readonly #nobodysKey = new Uint8Array(KEY_BYTES).fill(0x66);

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#attempts = new AttemptQueue(parts);
    this.#nobodysKey[0] = 0x58;
  }

  challenge(from: Connection, { inviteId }: Ask<"invite:challenge">): Decision<Answer<"invite:challenge">> {
    const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
    const key = toHex(inviteId);
    from.challenges.delete(key);
    const oldest = from.challenges.keys().next();
    if (from.challenges.size >= MAX_CHALLENGES && !oldest.done) from.challenges.delete(oldest.value);
    from.challenges.set(key, { nonce, atMs: this.#parts.clock.nowMs() });
    return { ok: true, value: { nonce } };
  }

  async open(from: Connection, ask: Ask<"invite:open">): Promise<Handled<Answer<"invite:open">>> {
    const { clock, limits } = this.#parts;
    const retryAfterMs = await this.#attempts.enter(from, ask.inviteId);
    if (retryAfterMs > 0) return { ok: false, code: "rate_limited", retryAfterMs };
    const due = clock.nowMs() + limits.admissionAnswerMs;
    let hasFailed = false;
    try {
      const decision = await this.#decide(from, ask);
      if (decision.ok) from.become("applicant", clock.nowMs());
      hasFailed = !decision.ok && decision.code === "not_admitted";
      if (hasFailed) await this.#parts.store.noteFailure(ask.inviteId);
      return decision;
    } finally {
      await this.#attempts.leave(from, ask.inviteId, hasFailed);
      await this.#until(due);
    }
  }

  async #decide(from: Connection, ask: Ask<"invite:open">): Promise<Decision<Answer<"invite:open">>> {
    const { store, clock, limits, origin } = this.#parts;
    const key = toHex(ask.inviteId);
    const challenge = from.challenges.get(key);
    from.challenges.delete(key);
    const authKey = await store.findInviteKey(ask.inviteId);
    const text = admissionText(origin(), ask.inviteId, challenge?.nonce ?? new Uint8Array(NONCE_BYTES));
    const isSigned = verifySignature(authKey ?? this.#nobodysKey, text, ask.signature);
    const isInTime = challenge !== undefined && challenge.atMs + limits.challengeLifeMs > clock.nowMs();
    if (authKey === undefined || !isSigned || !isInTime) return refuse("not_admitted");
    return store.admit(from.id, ask.inviteId);
  }

  async #until(dueMs: number): Promise<void> {
    const leftMs = dueMs - this.#parts.clock.nowMs();
    if (leftMs > 0) await new Promise<void>((resolve) => void this.#parts.clock.setTimer(leftMs, resolve));
  }
}

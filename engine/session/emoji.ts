// Short emoji by commit and reveal: everybody shows a commitment to a nonce before anybody shows a nonce, so that nobody can
// choose one that makes two rooms look alike. Whoever is here takes part by itself; people only compare.
import { equalBytes, toHex } from "../../codec/bytes.ts";
import { randomBytes } from "../../core/crypto/random.ts";
import { CoreError } from "../../core/errors.ts";
import type { ContentBody } from "../../core/room/content.ts";
import { sendNow } from "./outbox.ts";
import { isOnline, othersOf, selfIdOf } from "./room.ts";
import type { Room } from "./room.ts";
import { Timers } from "./timers.ts";

type Commit = Extract<ContentBody, { kind: "sas-commit" }>;
type Reveal = Extract<ContentBody, { kind: "sas-reveal" }>;

const COLLECT_MS = 3_000;
const REVEAL_MS = 10_000;

interface Round {
  readonly id: Uint8Array;
  readonly nonce: Uint8Array;
  readonly commitments: Map<string, Uint8Array>;
  readonly nonces: Map<string, Uint8Array>;
  /** From now on no commitment is taken: nonces are being shown. */
  isClosed: boolean;
}

export class EmojiRounds {
  readonly #room: Room;
  readonly #timers: Timers;
  readonly #changed: () => void;
  #round: Round | undefined;

  constructor(room: Room, changed: () => void) {
    this.#room = room;
    this.#changed = changed;
    this.#timers = new Timers(room);
  }

  /** Begins a round, inside the room's queue. */
  async start(): Promise<void> {
    if (this.#round) return;
    await this.#join(randomBytes(16));
  }

  /** Ends the round on this device. */
  dismiss(): void {
    this.#timers.close();
    this.#round = undefined;
    this.#room.emoji = undefined;
    this.#changed();
  }

  /** The code belongs to one epoch. */
  entered(): void {
    if (this.#round) this.#fail();
  }

  async heard(memberId: string, body: Commit | Reveal): Promise<void> {
    if (body.kind === "sas-commit") await this.#committed(memberId, body);
    else await this.#revealed(memberId, body);
  }

  close(): void {
    this.#timers.close();
  }

  async #committed(memberId: string, { round, commitment }: Commit): Promise<void> {
    const current = this.#round;
    const isOther = current !== undefined && !equalBytes(current.id, round);
    // Of two that begin at once the lower one is the round, for everybody.
    if (isOther && (current.isClosed || toHex(current.id) < toHex(round))) return;
    if (!current || isOther) await this.#join(round);
    const joined = this.#round;
    if (!joined || joined.commitments.has(memberId)) return;
    // Whoever commits after it could have seen a nonce might have chosen.
    if (joined.isClosed) return this.#fail();
    joined.commitments.set(memberId, commitment);
    this.#show("waiting", []);
    const expected = othersOf(this.#room).filter((id) => isOnline(this.#room, id));
    if (expected.every((id) => joined.commitments.has(id))) await this.#reveal();
  }

  async #join(id: Uint8Array): Promise<void> {
    const room = this.#room;
    const memberId = selfIdOf(room);
    const nonce = randomBytes(32);
    const commitment = await room.host.commitSas(room.id, { nonce, memberId });
    this.#round = {
      id,
      nonce,
      commitments: new Map([[memberId, commitment]]),
      nonces: new Map([[memberId, nonce]]),
      isClosed: false,
    };
    this.#show("waiting", []);
    this.#timers.plan("collect", COLLECT_MS, () => this.#reveal());
    await sendNow(room, "message", { kind: "sas-commit", round: id, commitment });
  }

  async #reveal(): Promise<void> {
    const round = this.#round;
    if (!round || round.isClosed) return;
    this.#timers.cancel("collect");
    round.isClosed = true;
    if (round.commitments.size < 2) return this.#fail();
    this.#timers.plan("reveal", REVEAL_MS, () => this.#fail());
    await sendNow(this.#room, "message", { kind: "sas-reveal", round: round.id, nonce: round.nonce });
    await this.#finish(round);
  }

  async #revealed(memberId: string, { round: id, nonce }: Reveal): Promise<void> {
    const room = this.#room;
    const round = this.#round;
    if (!round || !equalBytes(round.id, id) || round.nonces.has(memberId)) return;
    const commitment = round.commitments.get(memberId);
    if (!commitment || !equalBytes(commitment, await room.host.commitSas(room.id, { nonce, memberId }))) {
      return this.#fail();
    }
    round.nonces.set(memberId, nonce);
    // Somebody saw all commitments earlier than we did; ours is among them, so ours may be shown.
    if (!round.isClosed) await this.#reveal();
    else await this.#finish(round);
  }

  async #finish(round: Round): Promise<void> {
    const members = [...round.commitments.keys()].toSorted();
    const nonces = members.flatMap((id) => round.nonces.get(id) ?? []);
    if (nonces.length < members.length) return;
    this.#timers.close();
    this.#round = undefined;
    try {
      this.#show("shown", await this.#room.host.sas(this.#room.id, nonces), members);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      this.#show("failed", [], members);
    }
  }

  #fail(): void {
    this.#timers.close();
    const members = [...(this.#round?.commitments.keys() ?? [])];
    this.#round = undefined;
    this.#show("failed", [], members);
  }

  #show(state: "waiting" | "shown" | "failed", emoji: readonly number[], members?: readonly string[]): void {
    this.#room.emoji = { state, emoji, memberIds: members ?? [...(this.#round?.commitments.keys() ?? [])] };
    this.#changed();
  }
}

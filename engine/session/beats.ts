// Beats: where each member stands, told to all and judged. Who shows another version of the room is named; who is ahead of
// us keeps us from sending until we have caught up, by the relay's ring or by coming back.
import { equalBytes } from "../../codec/bytes.ts";
import type { ContentBody } from "../../core/room/content.ts";
import { judgeStand } from "../../core/room/judgement.ts";
import type { Verdict } from "../../core/room/judgement.ts";
import type { CommitFlow } from "./commit-flow.ts";
import { sealContent } from "./outbox.ts";
import { isOnline, othersOf } from "./room.ts";
import type { Room } from "./room.ts";

type Beat = Extract<ContentBody, { kind: "beat" }>;

export interface BeatEvents {
  changed(): void;
  /** Whether a member that stands where we do holds the same messages. */
  compared(memberId: string, isEqual: boolean): void;
  /** Ask the relay what we have missed. */
  catchUp(): void;
  /** The relay cannot help: come back by an external commit. */
  comeBack(): void;
}

/** A difference may be a commit on its way: it is people's business when it stands for so long. */
const SETTLE_MS = 1_500;
/** Still behind after the relay was asked: then we come back. */
const BEHIND_MS = 5_000;
/** So long after a kick those who have not followed it are spoken to under the key they have. */
const FOLLOW_MS = 10 * 60_000;
const SPACING_MS = 250;
/** Nobody is heard: they may all be gone by commits that we were not told of. So often we ask the relay. */
const SILENCE_MS = 5 * 60_000;

export class Beats {
  readonly #room: Room;
  readonly #commits: CommitFlow;
  readonly #events: BeatEvents;
  #cancelSettle: (() => void) | undefined;
  #cancelBehind: (() => void) | undefined;
  /** Members whose claims we came back for. */
  #suspects: readonly string[] = [];
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** Generation of the outer key, and since when we know of it. */
  #generation: { readonly number: number; readonly sinceMs: number } | undefined;

  constructor(room: Room, commits: CommitFlow, events: BeatEvents) {
    this.#room = room;
    this.#commits = commits;
    this.#events = events;
  }

  /** Best effort, inside the room's queue. */
  async send(): Promise<void> {
    const room = this.#room;
    const { standing, relay } = room;
    if (!standing || !relay?.isConnected || othersOf(room).length === 0) return;
    const { epoch, authenticator, members } = standing;
    const seen = room.ledger.seen(members);
    const sealed = await sealContent(room, { kind: "beat", body: { kind: "beat", epoch, authenticator, seen } });
    const cid = room.relayCid ?? standing.cid;
    relay.signal("signal:send", { cid, envelope: sealed.envelope });
    this.#askInSilence();
    if (!this.#mustReachBack()) return;
    // One after the other: a signal is dropped while the one before it is on its way.
    for (const [i, envelope] of sealed.before.entries()) {
      room.ports.clock.setTimer((i + 1) * SPACING_MS, () => relay.signal("signal:send", { cid, envelope }));
    }
  }

  #askInSilence(): void {
    const room = this.#room;
    const nowMs = room.ports.clock.monotonicMs();
    if (nowMs - this.#askedAtMs < SILENCE_MS || othersOf(room).some((id) => isOnline(room, id))) return;
    this.#askedAtMs = nowMs;
    this.#events.catchUp();
  }

  /** A relay that keeps a kick from somebody must not keep it from learning that there was one. */
  #mustReachBack(): boolean {
    const room = this.#room;
    const number = room.standing?.terms.generation ?? 0;
    const nowMs = room.ports.clock.monotonicMs();
    if (this.#generation?.number !== number) this.#generation = { number, sinceMs: nowMs };
    const isKnownToAll = othersOf(room).every((id) => this.#verdictOn(id) === "same");
    return !isKnownToAll && nowMs - this.#generation.sinceMs < FOLLOW_MS;
  }

  heard(memberId: string, cid: Uint8Array, { epoch, authenticator, seen }: Beat): void {
    const room = this.#room;
    if (!room.standing) return;
    room.claims.set(memberId, { cid, epoch, authenticator });
    if (this.#verdictOn(memberId) === "same") {
      room.doubted.delete(memberId);
      this.#events.compared(memberId, equalBytes(seen, room.ledger.seen(room.standing.members)));
    }
    this.judge();
  }

  /** Judges all claims against where we stand now. */
  judge(): void {
    const room = this.#room;
    const members = new Set(room.standing?.members);
    for (const id of room.claims.keys()) if (!members.has(id)) room.claims.delete(id);
    const ahead = this.#membersThat("ahead");
    const believed = ahead.filter((id) => !room.doubted.has(id));
    if (believed.length === 0) this.#caughtUp();
    else if (!room.holds.has("behind")) this.#fallBehind();
    if (ahead.length === 0 && this.#membersThat("split").length === 0) {
      this.#cancelSettle?.();
      this.#cancelSettle = undefined;
      this.#warn(undefined);
      return;
    }
    // A warning that stands follows the facts at once; a new one waits for what may be on its way.
    if (room.warning) this.#warnAsIs();
    else this.#cancelSettle ??= room.ports.clock.setTimer(SETTLE_MS, () => this.#settled());
  }

  /** We came in by an external commit: what members claim that still does not fit is not for us to resolve. */
  cameBack(): void {
    const { doubted, claims } = this.#room;
    for (const id of this.#suspects) if (claims.has(id) && this.#verdictOn(id) !== "same") doubted.add(id);
    this.#suspects = [];
    this.judge();
  }

  close(): void {
    this.#cancelSettle?.();
    this.#cancelBehind?.();
  }

  #fallBehind(): void {
    const { ports, holds } = this.#room;
    holds.add("behind");
    this.#cancelBehind = ports.clock.setTimer(BEHIND_MS, () => {
      this.#cancelBehind = undefined;
      this.#suspects = this.#membersThat("ahead");
      if (this.#suspects.length > 0) this.#events.comeBack();
    });
    this.#events.catchUp();
  }

  #caughtUp(): void {
    this.#cancelBehind?.();
    this.#cancelBehind = undefined;
    if (this.#room.holds.delete("behind")) this.#events.changed();
  }

  #settled(): void {
    this.#cancelSettle = undefined;
    this.#warnAsIs();
    // If the relay no longer knows our version, that brings us to the other one.
    if (this.#room.warning?.kind === "split") this.#events.catchUp();
  }

  #warnAsIs(): void {
    const split = this.#membersThat("split");
    const ahead = this.#membersThat("ahead");
    if (split.length > 0) this.#warn({ kind: "split", members: split });
    else if (ahead.length > 0) this.#warn({ kind: "behind", members: ahead });
    else this.#warn(undefined);
  }

  #warn(warning: Room["warning"]): void {
    const room = this.#room;
    const isSame = room.warning?.kind === warning?.kind && room.warning?.members.join() === warning?.members.join();
    if (isSame || room.phase === "ended") return;
    room.warning = warning;
    this.#events.changed();
  }

  #membersThat(verdict: Verdict): string[] {
    return [...this.#room.claims.keys()].filter((id) => this.#verdictOn(id) === verdict);
  }

  #verdictOn(memberId: string): Verdict | undefined {
    const { standing, claims } = this.#room;
    const claim = claims.get(memberId);
    return standing && claim && judgeStand(standing, claim, (epoch) => this.#commits.leftBy(epoch));
  }
}

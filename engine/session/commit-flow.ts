// Commits in both directions: apply what the relay has accepted, refuse what breaks the rules, send our own and follow the
// relay's order when another one came first. Everything here runs inside the room's queue.
import { equalBytes, toHex } from "../../codec/bytes.ts";
import { sha256 } from "../../core/crypto/hash.ts";
import { CoreError } from "../../core/errors.ts";
import { dropLines } from "../../core/room/timeline.ts";
import type { CommitEntry, Head, NoticeBody } from "../../wire/events.ts";
import { RelayLost, RelayRefusal } from "../relay/relay-client.ts";
import type { Applied, Change, CommitPurpose, PreparedCommit, RemovalReason } from "../workers/group-contract.ts";
import { markOf, showChange } from "./lines.ts";
import type { OwnerRequests } from "./owner-requests.ts";
import type { Room } from "./room.ts";

export interface CommitEvents {
  /** The room stands in another epoch. */
  entered(change: Change): void;
  /** This member is out. */
  removed(by: string, reason: RemovalReason): void;
  /** The commit that brought us in never happened. */
  thrownOut(isNew: boolean): void;
  /** There are commits that we have not heard of: ask the relay for them. */
  behind(): void;
  /** The relay's order and ours do not meet: come back by an external commit. */
  lost(): void;
}

/** How long a commit that we refuse may stand before we take it that the others follow it. */
const REFUSED_LIFE_MS = 5_000;
const MAX_EPOCHS = 512;
/** How long the notice of a commit that we know of may be on its way. */
const NOTICE_MS = 2_000;
/** Not more often than this do epochs that we do not know make us ask. */
const STRANGE_MS = 15_000;

/** What became of a commit of ours. `requested` resolves once the relay has been told what follows from it. */
export type Sent =
  | {
      readonly kind: "accepted";
      readonly change: Change | undefined;
      readonly requested: Promise<RelayRefusal | undefined>;
    }
  /** Another commit came first. */
  | { readonly kind: "stale" }
  | { readonly kind: "refused"; readonly refusal: RelayRefusal }
  /** Nobody answered: whether it was accepted will show. */
  | { readonly kind: "lost" };

export class CommitFlow {
  readonly #room: Room;
  readonly #requests: OwnerRequests;
  readonly #events: CommitEvents;
  #cancelRefused: (() => void) | undefined;
  #cancelNotice: (() => void) | undefined;
  #strangeAtMs: number | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** The commit that brought us in, and what it was built on. */
  #entering: { cid: Uint8Array; groupInfo: string; baseEpoch: number; isNew: boolean } | undefined;
  /** By hash: GroupInfos on which a commit was built that the members refused. */
  readonly #spurned = new Set<string>();
  /** By epoch: the commits of those we have left, newest last. */
  readonly #left = new Map<number, Uint8Array>();

  constructor(room: Room, requests: OwnerRequests, events: CommitEvents) {
    this.#room = room;
    this.#requests = requests;
    this.#events = events;
  }

  /** The commit by which we entered an epoch that we have left since. */
  leftBy(epoch: number): Uint8Array | undefined {
    return this.#left.get(epoch);
  }

  isSpurned(groupInfo: Uint8Array): boolean {
    return this.#spurned.has(toHex(sha256(groupInfo)));
  }

  async handleCommit(entry: CommitEntry): Promise<void> {
    const room = this.#room;
    const cid = sha256(entry.envelope);
    if (room.pending && equalBytes(cid, room.pending.cid)) {
      await this.#settle(true);
      return;
    }
    const place = this.#placeOf(entry, cid);
    if (place !== "next") {
      if (place === "ahead") this.#events.behind();
      if (place === "fork") this.#events.lost();
      return;
    }
    room.relayCid = cid;
    let applied: Applied;
    try {
      applied = await room.host.apply(room.id, entry);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      this.#events.lost();
      return;
    }
    room.pending = undefined;
    switch (applied.kind) {
      case "applied":
        this.#enter(applied.change);
        return;
      case "removed":
        this.#events.removed(applied.by, applied.reason);
        return;
      case "refused":
        await this.#refuse(cid);
        return;
      default:
        applied satisfies never;
    }
  }

  /** A commit that we have passed changes nothing, however often it is told. The epoch is the relay's word alone. */
  #placeOf({ baseCid, epoch }: CommitEntry, cid: Uint8Array): "next" | "past" | "ahead" | "fork" {
    const { standing } = this.#room;
    if (!standing) return "past";
    if (equalBytes(baseCid, standing.cid)) return "next";
    if (epoch > standing.epoch) return "ahead";
    const followed = epoch === standing.epoch ? standing.cid : this.#left.get(epoch);
    return followed === undefined || equalBytes(followed, cid) ? "past" : "fork";
  }

  /** The relay stands at `head`. If what led there has not come in a while, we ask for it. */
  noteHead({ epoch }: Pick<Head, "epoch">): void {
    const room = this.#room;
    if (epoch <= (room.standing?.epoch ?? epoch)) return;
    this.#cancelNotice ??= room.ports.clock.setTimer(NOTICE_MS, () => {
      this.#cancelNotice = undefined;
      if (epoch > (room.standing?.epoch ?? epoch)) this.#events.behind();
    });
  }

  /**
   * Something came from an epoch that we do not know. Once, it is from before we came; again and again, the others have moved
   * on by commits that nobody told us.
   */
  noteStranger(): void {
    const nowMs = this.#room.ports.clock.monotonicMs();
    this.#strangeAtMs ??= nowMs;
    const isLasting = nowMs - this.#strangeAtMs >= NOTICE_MS;
    if (!isLasting || nowMs - this.#askedAtMs < STRANGE_MS) return;
    this.#askedAtMs = nowMs;
    this.#strangeAtMs = undefined;
    this.#events.behind();
  }

  async #refuse(cid: Uint8Array): Promise<void> {
    const room = this.#room;
    room.holds.add("refused");
    this.#cancelRefused ??= room.ports.clock.setTimer(REFUSED_LIFE_MS, () => {
      this.#forgetRefused();
      this.#events.lost();
    });
    await room.relay?.request("commit:reject", { cid }).catch(() => undefined);
  }

  #forgetRefused(): void {
    this.#cancelRefused?.();
    this.#cancelRefused = undefined;
    this.#room.holds.delete("refused");
  }

  async handleRollback({ cid, head }: NoticeBody<"commit:rolled-back">): Promise<void> {
    const room = this.#room;
    this.#forgetRefused();
    room.relayCid = head.cid;
    const entering = this.#entering;
    const isOurs = entering !== undefined && equalBytes(entering.cid, cid);
    if (isOurs || (entering?.isNew && head.epoch <= entering.baseEpoch)) {
      // Honest members refuse a newcomer when what it was handed was not the room's state.
      if (isOurs) this.#spurned.add(entering.groupInfo);
      this.#entering = undefined;
      this.#events.thrownOut(entering.isNew);
      return;
    }
    const undone = room.standing?.cid;
    const result = await room.host.rollBack(room.id, { cid, head });
    room.pending = undefined;
    if (result.kind === "lost") {
      this.#events.lost();
      return;
    }
    this.#left.delete(result.standing.epoch);
    for (const [id, { epoch }] of room.claims) if (epoch > head.epoch) room.claims.delete(id);
    if (undone && !equalBytes(undone, result.standing.cid)) {
      const mark = markOf(undone);
      room.timeline = dropLines(room.timeline, (id) => id.endsWith(mark));
    }
    room.standing = result.standing;
    this.#events.entered({
      standing: result.standing,
      joined: undefined,
      isRejoin: false,
      invitedBy: undefined,
      approvedBy: undefined,
      removed: [],
      by: "",
      orders: [],
    });
  }

  /** Prepares a commit and sends it; `undefined` when there is nothing to do. Rejects with `not_allowed` without the right. */
  async make(purpose: CommitPurpose): Promise<Sent | undefined> {
    const room = this.#room;
    const { relayOrigin: relay } = room;
    const prepared = await room.host.prepareCommit(room.id, { purpose, relay, nowMs: this.#requests.nextCounter() });
    return prepared && this.#send(prepared);
  }

  async #send(prepared: PreparedCommit): Promise<Sent> {
    const room = this.#room;
    if (!room.relay) return { kind: "lost" };
    room.pending = prepared;
    const { baseCid, envelope, groupInfo, rotation } = prepared;
    try {
      await room.relay.request("commit:send", { baseCid, envelope, groupInfo, rotation });
    } catch (error) {
      // Without an answer it may have been accepted: the ring will tell after the reconnect.
      if (error instanceof RelayLost) return { kind: "lost" };
      await this.#settle(false);
      if (!(error instanceof RelayRefusal)) throw error;
      if (error.head) this.noteHead(error.head);
      return error.code === "stale_epoch" ? { kind: "stale" } : { kind: "refused", refusal: error };
    }
    return this.#settle(true);
  }

  /** Our external commit into the epoch of this GroupInfo is on its way. */
  entering(prepared: PreparedCommit, { groupInfo, epoch }: Head): void {
    this.#room.pending = prepared;
    const isNew = !this.#room.wasOpen;
    this.#entering = { cid: prepared.cid, groupInfo: toHex(sha256(groupInfo)), baseEpoch: epoch, isNew };
  }

  /** The relay has accepted our external commit. */
  async confirm(): Promise<void> {
    await this.#settle(true);
  }

  /** The commit that waits was never accepted. */
  async giveUp(): Promise<void> {
    if (this.#room.pending) await this.#settle(false);
  }

  /** Takes out those that have left, or that the relay has vouched silent, if nobody else has done so yet. */
  async clear(): Promise<void> {
    await this.make({ kind: "clear" });
  }

  async renewKeys(): Promise<void> {
    await this.make({ kind: "update" });
  }

  close(): void {
    this.#cancelRefused?.();
    this.#cancelNotice?.();
  }

  async #settle(accepted: boolean): Promise<Extract<Sent, { kind: "accepted" }>> {
    const room = this.#room;
    const { pending } = room;
    room.pending = undefined;
    const change = await room.host.settle(room.id, accepted);
    if (change) {
      room.relayCid = change.standing.cid;
      this.#enter(change);
    }
    const requests = accepted ? (pending?.requests ?? []) : [];
    return { kind: "accepted", change, requested: this.#requests.add(requests) };
  }

  #enter(change: Change): void {
    const room = this.#room;
    const before = room.standing;
    if (before && before.epoch !== change.standing.epoch) {
      this.#left.set(before.epoch, before.cid);
      for (const epoch of this.#left.keys()) if (epoch < before.epoch - 64) this.#left.delete(epoch);
    }
    room.standing = change.standing;
    this.#strangeAtMs = undefined;
    noteEpoch(room, change.standing.cid);
    showChange(room, before, change);
    this.#events.entered(change);
  }
}

/** What is handed on later than the worker keeps epochs is still known to be from our time. */
export function noteEpoch({ epochs }: Room, cid: Uint8Array): void {
  epochs.add(toHex(cid));
  const oldest = epochs.values().next().value;
  if (epochs.size > MAX_EPOCHS && oldest !== undefined) epochs.delete(oldest);
}

// Commits in both directions: apply what the relay has accepted, refuse what breaks the rules, send our own and follow the
// relay's order when another one came first. Everything here runs inside the room's queue.
import { equalBytes, toHex } from "../../codec/bytes.ts";
import { sha256 } from "../../core/crypto/hash.ts";
import { CoreError } from "../../core/errors.ts";
import { addLine, expectFrom } from "../../core/room/timeline.ts";
import { EngineError } from "../../bridge/fault.ts";
import type { CommitEntry, NoticeBody } from "../../wire/events.ts";
import { RelayLost, RelayRefusal } from "../relay/relay-client.ts";
import type { Change, PreparedCommit } from "../workers/group-contract.ts";
import { selfIdOf } from "./room.ts";
import type { Room } from "./room.ts";

export interface CommitEvents {
  /** The room stands in another epoch. */
  entered(change: Change): void;
  /** This member is out. */
  removed(isLeave: boolean): void;
  /** The relay's order and ours do not meet: come back by an external commit. */
  lost(): void;
}

/** How long a commit that we refuse may stand before we take it that the others follow it. */
const REFUSED_LIFE_MS = 5_000;

export class CommitFlow {
  readonly #room: Room;
  readonly #events: CommitEvents;
  #cancelRefused: (() => void) | undefined;

  constructor(room: Room, events: CommitEvents) {
    this.#room = room;
    this.#events = events;
  }

  async handleCommit(entry: CommitEntry): Promise<void> {
    const room = this.#room;
    const cid = sha256(entry.envelope);
    if (room.pendingCid && equalBytes(cid, room.pendingCid)) return this.#settle(true);
    if (room.standing && equalBytes(cid, room.standing.cid)) return;
    let applied: Awaited<ReturnType<typeof room.host.apply>>;
    try {
      applied = await room.host.apply(room.id, entry);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      this.#events.lost();
      return;
    }
    room.pendingCid = undefined;
    switch (applied.kind) {
      case "applied":
        this.#enter(applied.change);
        return;
      case "removed":
        this.#events.removed(applied.isLeave);
        return;
      case "refused":
        await this.#refuse(cid);
        return;
      default:
        applied satisfies never;
    }
  }

  async #refuse(cid: Uint8Array): Promise<void> {
    const room = this.#room;
    this.#cancelRefused ??= room.ports.clock.setTimer(REFUSED_LIFE_MS, () => {
      this.#cancelRefused = undefined;
      this.#events.lost();
    });
    await room.relay?.request("commit:reject", { cid }).catch(() => undefined);
  }

  async handleRollback({ cid, head }: NoticeBody<"commit:rolled-back">): Promise<void> {
    const room = this.#room;
    this.#cancelRefused?.();
    this.#cancelRefused = undefined;
    const before = room.standing?.members ?? [];
    const result = await room.host.rollBack(room.id, { cid, head });
    if (result.kind === "lost") {
      this.#events.lost();
      return;
    }
    const gone = before.filter((id) => !result.standing.members.includes(id));
    this.#enter({
      standing: result.standing,
      joined: undefined,
      isRejoin: false,
      removed: gone,
      removedBy: undefined,
      isLeave: false,
    });
  }

  /** Sends a prepared commit. False when another commit came first or nobody answered. */
  async send(prepared: PreparedCommit): Promise<boolean> {
    const room = this.#room;
    if (!room.relay) return false;
    room.pendingCid = prepared.cid;
    const { baseCid, envelope, groupInfo } = prepared;
    try {
      await room.relay.request("commit:send", { baseCid, envelope, groupInfo });
      await this.#settle(true);
      return true;
    } catch (error) {
      // Without an answer it may have been accepted: the ring will tell after the reconnect.
      if (error instanceof RelayLost) return false;
      await this.#settle(false);
      if (error instanceof RelayRefusal) return false;
      throw error;
    }
  }

  /** The relay has accepted our external commit. */
  confirm(): Promise<void> {
    return this.#settle(true);
  }

  /** Removes the leaves of members that have left, if nobody else has done so yet. */
  async removeLeavers(): Promise<void> {
    const prepared = await this.#room.host.prepareCommit(this.#room.id, { kind: "remove-leavers" });
    if (prepared) await this.send(prepared);
  }

  async renewKeys(): Promise<void> {
    const prepared = await this.#room.host.prepareCommit(this.#room.id, { kind: "update" });
    if (prepared) await this.send(prepared);
  }

  /** Owner only. Resolves when the member is out of the group and off the relay; rejects with an {@link EngineError}. */
  async kick(memberId: string): Promise<void> {
    const room = this.#room;
    const isMember = room.standing?.members.includes(memberId) ?? false;
    const seat = await room.host.seatOf(room.id, memberId);
    if (room.facts?.ownerId !== selfIdOf(room) || !isMember || memberId === selfIdOf(room) || !seat) {
      throw new EngineError("not_allowed");
    }
    const prepared = await room.host.prepareCommit(room.id, { kind: "kick", memberId });
    if (!prepared) throw new EngineError("not_allowed");
    if (!(await this.send(prepared))) throw new EngineError("relay_unreachable");
    const counter = room.ports.clock.wallMs();
    const signature = await room.host.proveOwner(room.id, { counter, operation: "evict", argument: seat });
    await room.relay?.request("seat:evict", { seat, counter, signature });
  }

  close(): void {
    this.#cancelRefused?.();
  }

  async #settle(accepted: boolean): Promise<void> {
    const room = this.#room;
    room.pendingCid = undefined;
    const change = await room.host.settle(room.id, accepted);
    if (change) this.#enter(change);
  }

  #enter(change: Change): void {
    const room = this.#room;
    room.standing = change.standing;
    const atMs = room.ports.clock.wallMs();
    const cid = toHex(change.standing.cid).slice(0, 16);
    const { joined } = change;
    if (joined !== undefined && joined !== selfIdOf(room) && !change.isRejoin) {
      const line = { kind: "joined", id: `joined-${joined}-${cid}`, member: joined, atMs } as const;
      room.timeline = expectFrom(addLine(room.timeline, line), joined);
    }
    for (const member of change.removed) {
      const kind = change.isLeave ? "left" : "removed";
      room.timeline = addLine(room.timeline, { kind, id: `${kind}-${member}-${cid}`, member, atMs });
    }
    this.#events.entered(change);
  }
}

// One room's group as it stands, epoch by epoch: who was in which, under which outer key, and the one step back that a
// rollback may need. Everything else in this folder works on this record; callers run one operation at a time.
import { equalBytes, toHex, zeroize } from "../../codec/bytes.ts";
import { CoreError } from "../../core/errors.ts";
import { forgetEpochs, undoCommit, wipeGroup } from "../../core/mls/epoch.ts";
import { epochOf, membersOf } from "../../core/mls/group.ts";
import type { Group, Leaf } from "../../core/mls/group.ts";
import type { CommitFacts } from "../../core/mls/inspect.ts";
import { memberIdOf, PAST_EPOCH_LIFE_MS, PAST_EPOCHS } from "../../core/mls/profile.ts";
import type { CommitNotes } from "../../core/room/commit-notes.ts";
import { isReadOnly, seatFor } from "../../core/room/room-state.ts";
import type { RoomState } from "../../core/room/room-state.ts";
import type { SasShare } from "../../core/room/verification.ts";
import { wipeOwnInvite } from "./own-invites.ts";
import type { OwnInviteKeys } from "./own-invites.ts";
import { wipeMember, wipeOuter } from "./room-keys.ts";
import type { Outer, RoomKeys } from "./room-keys.ts";

/** An epoch as the room stands in it. */
export interface Epoch {
  readonly group: Group;
  readonly cid: Uint8Array;
  readonly state: RoomState;
  readonly outer: Outer;
}

/** Where a commit leads and what it says. `consumed` is wiped when there is no way back. */
export interface Step {
  readonly epoch: Epoch;
  /** The state it was built on. */
  readonly base: RoomState;
  readonly facts: CommitFacts;
  readonly notes: CommitNotes;
  readonly consumed: readonly Uint8Array[];
  /** Invites that are this member's once the commit stands. */
  readonly invites: readonly OwnInviteKeys[];
}

/** Who was in an epoch, for contents that name it. */
export interface EpochRecord {
  readonly number: number;
  readonly members: ReadonlyMap<string, Uint8Array>;
  readonly outer: Outer;
  endedAtMs: number | undefined;
}

/** Somebody whose contents may be handed on to us. */
interface Author {
  readonly key: Uint8Array;
  readonly isReadOnly: boolean;
}

/** The relay's word that a member is silent. */
interface Silence {
  readonly seat: Uint8Array;
  readonly receipt: Uint8Array;
}

interface Undo {
  readonly before: Epoch;
  readonly consumed: readonly Uint8Array[];
  readonly leaving: ReadonlyMap<string, Uint8Array>;
  readonly silent: ReadonlyMap<string, Silence>;
  readonly kicked: ReadonlySet<string>;
}

export interface GroupRoom {
  readonly suite: Group["suite"];
  readonly keys: RoomKeys;
  /** Outer keys of the last generations; the first is the one that holds now. */
  outers: readonly Outer[];
  current: Epoch | undefined;
  undo: Undo | undefined;
  pending: Step | undefined;
  /** By hexadecimal commit id, oldest first. */
  readonly epochs: Map<string, EpochRecord>;
  /** Everybody who is or was a member while we were one, by hexadecimal member id. */
  readonly authors: Map<string, Author>;
  /** Leave statements and receipts of those that still have a leaf. */
  leaving: Map<string, Uint8Array>;
  silent: Map<string, Silence>;
  kicked: Set<string>;
  invites: readonly OwnInviteKeys[];
  /** Of the short code that is being made. */
  shares: readonly SasShare[];
}

const RECENT_OUTERS = 3;
const MAX_AUTHORS = 1000;

export function groupRoom(
  suite: Group["suite"],
  keys: RoomKeys,
  outer: Outer,
  invites: readonly OwnInviteKeys[] = [],
): GroupRoom {
  return {
    suite,
    keys,
    outers: [outer],
    current: undefined,
    undo: undefined,
    pending: undefined,
    epochs: new Map(),
    authors: new Map(),
    leaving: new Map(),
    silent: new Map(),
    kicked: new Set(),
    invites,
    shares: [],
  };
}

/** Throws `not_a_member` before the group was entered. */
export function epochIn(room: GroupRoom): Epoch {
  if (!room.current) throw new CoreError("not_a_member", "not in the group");
  return room.current;
}

/** The outer key that holds now. */
export function outerIn(room: GroupRoom): Outer {
  const [outer] = room.outers;
  if (!outer) throw new CoreError("not_a_member", "the room is wiped");
  return outer;
}

export function ownLeaf(room: GroupRoom): Leaf {
  const key = room.keys.member.publicKey;
  const own = membersOf(epochIn(room).group).find(({ signatureKey }) => equalBytes(signatureKey, key));
  if (!own) throw new CoreError("not_a_member", "no own leaf");
  return own;
}

export function dropPending(room: GroupRoom): void {
  const { pending } = room;
  room.pending = undefined;
  if (!pending) return;
  zeroize(pending.epoch.group.state.keySchedule.initSecret);
  for (const invite of pending.invites) wipeOwnInvite(invite);
  if (!room.outers.includes(pending.epoch.outer)) wipeOuter(pending.epoch.outer);
}

export function enterEpoch(room: GroupRoom, epoch: Epoch): void {
  room.current = epoch;
  const leaves = membersOf(epoch.group);
  const members = new Map(leaves.map((leaf) => [toHex(leaf.memberId), leaf.signatureKey]));
  const number = Number(epochOf(epoch.group));
  room.epochs.set(toHex(epoch.cid), { number, members, outer: epoch.outer, endedAtMs: undefined });
  setOuter(room, epoch.outer);
  for (const { memberId, signatureKey } of leaves) {
    const id = toHex(memberId);
    room.kicked.delete(id);
    room.authors.delete(id);
    room.authors.set(id, { key: signatureKey, isReadOnly: isReadOnly(epoch.state, memberId) });
  }
  for (const id of [...room.authors.keys()].slice(0, -MAX_AUTHORS)) room.authors.delete(id);
  for (const id of room.leaving.keys()) if (!members.has(id)) room.leaving.delete(id);
  for (const [id, { seat }] of room.silent) {
    const key = members.get(id);
    const now = key && seatFor(epoch.state, memberIdOf(key));
    if (!now || !equalBytes(now, seat)) room.silent.delete(id);
  }
}

/** Makes a step that the relay has accepted. */
export function advance(room: GroupRoom, { epoch, facts, notes, consumed, invites }: Step): void {
  if (room.undo) zeroize(...room.undo.consumed);
  const [leaving, silent, kicked] = [new Map(room.leaving), new Map(room.silent), new Set(room.kicked)];
  room.undo = room.current && { before: room.current, consumed, leaving, silent, kicked };
  room.invites = [...room.invites, ...invites];
  if (facts.kind === "member") {
    for (const [i, leaf] of facts.removed.entries()) {
      if (notes.reasons[i]?.kind === "kick") room.kicked.add(toHex(leaf.memberId));
    }
    for (const order of notes.orders) {
      if (order.kind === "forget") room.kicked.add(toHex(memberIdOf(order.memberKey)));
    }
  }
  enterEpoch(room, epoch);
}

/** Undoes the commit `cid`, so that the room stands at `baseCid` again. False when there is no way back. */
export function stepBack(room: GroupRoom, cid: Uint8Array, baseCid: Uint8Array): boolean {
  const { undo } = room;
  const { group, cid: currentCid } = epochIn(room);
  if (!undo || !equalBytes(currentCid, cid) || !equalBytes(undo.before.cid, baseCid)) return false;
  room.undo = undefined;
  room.epochs.delete(toHex(currentCid));
  room.current = { ...undo.before, group: undoCommit(undo.before.group, group) };
  room.leaving = new Map(undo.leaving);
  room.silent = new Map(undo.silent);
  room.kicked = new Set(undo.kicked);
  setOuter(room, undo.before.outer);
  const record = room.epochs.get(toHex(baseCid));
  if (record) record.endedAtMs = undefined;
  return true;
}

/** Past epochs go after a minute, and all but the last few at once. */
export function expireEpochs(room: GroupRoom, nowMs: number): void {
  const current = epochIn(room);
  const currentKey = toHex(current.cid);
  const doomed = [...room.epochs.keys()].slice(0, -PAST_EPOCHS);
  for (const [key, record] of room.epochs) {
    if (key === currentKey) continue;
    record.endedAtMs ??= nowMs;
    if (nowMs - record.endedAtMs > PAST_EPOCH_LIFE_MS) doomed.push(key);
  }
  if (doomed.length === 0) return;
  for (const key of doomed) room.epochs.delete(key);
  const kept = new Set([...room.epochs.values()].map(({ number }) => BigInt(number)));
  room.current = { ...current, group: forgetEpochs(current.group, (epoch) => kept.has(epoch)) };
  forgetOuters(room);
}

function setOuter(room: GroupRoom, outer: Outer): void {
  room.outers = [outer, ...room.outers.filter((other) => other !== outer)];
  forgetOuters(room);
}

/** Beyond the last few, an outer key lives as long as an epoch under it. */
function forgetOuters(room: GroupRoom): void {
  const used = new Set([...room.epochs.values()].map(({ outer }) => outer));
  if (room.undo) used.add(room.undo.before.outer);
  const kept = room.outers.filter((outer, i) => i < RECENT_OUTERS || used.has(outer));
  for (const outer of room.outers) if (!kept.includes(outer)) wipeOuter(outer);
  room.outers = kept;
}

export function wipeRoom(room: GroupRoom): void {
  dropPending(room);
  if (room.undo) zeroize(...room.undo.consumed);
  if (room.current) wipeGroup(room.current.group);
  room.undo = undefined;
  room.current = undefined;
  for (const outer of room.outers) wipeOuter(outer);
  for (const invite of room.invites) wipeOwnInvite(invite);
  room.outers = [];
  room.invites = [];
  room.shares = [];
  room.epochs.clear();
  room.authors.clear();
  room.leaving.clear();
  room.silent.clear();
  room.kicked.clear();
  wipeMember(room.keys);
}

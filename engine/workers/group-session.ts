// Commits of one room: prepares, settles, applies and undoes them, and what a newcomer or a forgetful relay is shown.
// What comes in is from the relay and hostile.
import { equalBytes, toHex } from "../../codec/bytes.ts";
import { encode, u32 } from "../../codec/codec.ts";
import { sha256 } from "../../core/crypto/hash.ts";
import { CoreError } from "../../core/errors.ts";
import {
  applyCommit,
  commitRemovals,
  createGroup,
  exportGroupInfo,
  exportSecret,
  joinGroup,
  membersOf,
  epochOf,
  readGroupInfo,
  refoundGroup,
} from "../../core/mls/group.ts";
import type { Committed, Group, GroupInfoFacts, Leaf } from "../../core/mls/group.ts";
import { inspectCommit } from "../../core/mls/inspect.ts";
import type { CommitFacts, EpochBase } from "../../core/mls/inspect.ts";
import { memberIdOf } from "../../core/mls/profile.ts";
import type { RoomContext } from "../../core/mls/profile.ts";
import { admitCommit } from "../../core/room/admission.ts";
import { decodeNotes, encodeNotes } from "../../core/room/commit-notes.ts";
import type { CommitNotes } from "../../core/room/commit-notes.ts";
import { openEnvelope, sealEnvelope } from "../../core/room/envelope.ts";
import type { Invite } from "../../core/room/invite.ts";
import { policyDigest, recordOf } from "../../core/room/policy.ts";
import {
  decodeShared,
  encodeShared,
  genesisState,
  openRoomState,
  renewSeat,
  seatFor,
  stateDigest,
} from "../../core/room/room-state.ts";
import type { RoomState } from "../../core/room/room-state.ts";
import { openRotation, sealRotation } from "../../core/room/rotation.ts";
import type { RoomRecord } from "../../codec/signing.ts";
import type { Head } from "../../wire/events.ts";
import { changeOf, removalsOf, standingOf } from "./changes.ts";
import type { Applied, Change, PreparedCommit, RolledBack } from "./group-contract.ts";
import { advance, dropPending, enterEpoch, epochIn, outerIn, ownLeaf, stepBack } from "./group-room.ts";
import type { Epoch, GroupRoom, Step } from "./group-room.ts";
import type { CommitPlan } from "./commit-plan.ts";
import { requestsAfter } from "./owner-requests.ts";
import { genesisCid, leafOf, outerOf } from "./room-keys.ts";
import type { Outer } from "./room-keys.ts";
import type { OwnInviteKeys } from "./own-invites.ts";

export async function createEpoch(room: GroupRoom, invites: readonly Invite[]): Promise<void> {
  const { policy, signedPolicy, member } = room.keys;
  const context = { version: 1, ownerKey: policy.ownerKey, policyDigest: policyDigest(signedPolicy) };
  const group = await createGroup(room.suite, policy.groupId, member, { context, leaf: leafOf(room.keys) });
  const cid = genesisCid(policy.groupId);
  const creator = memberIdOf(member.publicKey);
  const state = genesisState({ signedPolicy, policy, invites, creator, seat: cid.slice(0, 16) });
  enterEpoch(room, { group, cid, state, outer: outerIn(room) });
}

const plainNotes = (state: RoomState): CommitNotes => ({ base: stateDigest(state), reasons: [], orders: [] });

async function sealShared(epoch: Epoch): Promise<Uint8Array> {
  const bytes = encodeShared(await exportGroupInfo(epoch.group), epoch.state);
  return sealEnvelope(epoch.outer.keys, "groupinfo", epoch.cid, bytes);
}

/** The outer key under which a head is sealed: one we have, or the one that its rotation has for us. */
async function openHead(room: GroupRoom, head: Head): Promise<{ outer: Outer; bytes: Uint8Array }> {
  const { handle, returnKey } = room.keys;
  const opened = async (outer: Outer) => {
    const bytes = await openEnvelope(outer.keys, "groupinfo", head.cid, head.groupInfo).catch(() => undefined);
    return bytes && { outer, bytes };
  };
  for (const outer of room.outers) {
    const found = await opened(outer);
    if (found) return found;
  }
  const entry = head.rotation && (await openRotation(handle, returnKey.seed, head.rotation));
  const found = entry && (await opened(outerOf(entry.outerKey, handle)));
  if (!found) throw new CoreError("decrypt_failed", "head under an outer key we do not have");
  return found;
}

/** Throws `malformed`, `bad_signature` or `decrypt_failed` when the head is not the one of this room. */
async function readHead(
  room: GroupRoom,
  head: Head,
): Promise<{ outer: Outer; info: GroupInfoFacts; state: RoomState }> {
  const { policy, signedPolicy } = room.keys;
  const { outer, bytes } = await openHead(room, head);
  const shared = decodeShared(bytes);
  const info = readGroupInfo(shared.groupInfo);
  const { groupId, epoch } = info.base.groupContext;
  if (!equalBytes(groupId, policy.groupId) || epoch !== BigInt(head.epoch)) throw new CoreError("malformed", "head");
  const state = await openRoomState(shared, info.context);
  if (!equalBytes(state.signedPolicy.bytes, signedPolicy.bytes)) throw new CoreError("bad_signature", "another policy");
  return { outer, info, state };
}

export async function prepareJoin(room: GroupRoom, head: Head): Promise<PreparedCommit> {
  dropPending(room);
  const { member } = room.keys;
  const { outer, info, state } = await readHead(room, head);
  const [only, ...others] = info.leaves;
  if (only && others.length === 0 && equalBytes(only.signatureKey, member.publicKey)) {
    return prepareAlone(room, {
      state,
      outer,
      baseCid: head.cid,
      context: info.context,
      epoch: BigInt(head.epoch) + 1n,
    });
  }
  const notes = encodeNotes(plainNotes(state));
  const committed = await joinGroup(room.suite, info, member, { leaf: leafOf(room.keys), notes });
  const base = { base: info.base, members: info.leaves, state, outer, baseCid: head.cid };
  return prepare(room, { ...base, committed, invites: [] });
}

/** Nobody else is left: the group begins anew, and the commit says nothing because nobody reads it. */
async function prepareAlone(
  room: GroupRoom,
  step: { state: RoomState; outer: Outer; baseCid: Uint8Array; context: RoomContext; epoch: bigint },
): Promise<PreparedCommit> {
  const { policy, member } = room.keys;
  const { state, outer, baseCid, context, epoch: number } = step;
  const leaf = leafOf(room.keys);
  const group = await refoundGroup(room.suite, policy.groupId, member, { context, epoch: number, leaf });
  const envelope = await sealEnvelope(outer.keys, "commit", baseCid, new Uint8Array());
  const cid = sha256(envelope);
  const notes = plainNotes(state);
  const memberId = memberIdOf(member.publicKey);
  const facts: CommitFacts = {
    kind: "join",
    signatureKey: member.publicKey,
    memberId,
    leaf,
    isRejoin: true,
    notes: encodeNotes(notes),
  };
  const epoch = { group, cid, outer, state: renewSeat(state, memberId, cid.slice(0, 16)) };
  room.pending = { epoch, base: state, facts, notes, consumed: [], invites: [] };
  return { baseCid, cid, envelope, groupInfo: await sealShared(epoch), rotation: undefined, requests: [] };
}

/** A member's commit; what it is to do has been planned. */
export async function prepareCommit(room: GroupRoom, plan: CommitPlan, nowMs: number): Promise<PreparedCommit> {
  dropPending(room);
  const { group, cid, state, outer } = epochIn(room);
  const { removals, orders, invites } = plan;
  const notes = encodeNotes({ base: stateDigest(state), reasons: removals.map(({ reason }) => reason), orders });
  const leaves = removals.map(({ leaf }) => leaf.index);
  const committed = await commitRemovals(group, leaves, notes);
  const base = { base: group.state, members: membersOf(group), state, outer, baseCid: cid };
  const prepared = await prepare(room, { ...base, committed, invites });
  return room.pending ? { ...prepared, requests: await requestsAfter(room, room.pending, nowMs) } : prepared;
}

interface Building {
  readonly base: EpochBase;
  readonly members: readonly Leaf[];
  readonly state: RoomState;
  readonly outer: Outer;
  readonly baseCid: Uint8Array;
  readonly committed: Committed;
  readonly invites: readonly OwnInviteKeys[];
}

async function prepare(room: GroupRoom, step: Building): Promise<PreparedCommit> {
  const { committed, baseCid, invites } = step;
  const envelope = await sealEnvelope(step.outer.keys, "commit", baseCid, committed.commit);
  const cid = sha256(envelope);
  // Our own commits pass the checks of everybody else, or are not sent.
  const { facts } = inspectCommit(step.base, committed.commit);
  const state = await admitCommit(step.state, step.members, facts, cid);
  const { group, consumed } = committed;
  const outer = await outerAfter(room, { group, before: step.state, after: state, outer: step.outer });
  const epoch = { group, cid, state, outer };
  const rotation = outer === step.outer ? undefined : await rotationOf(epoch);
  room.pending = { epoch, base: step.state, facts, notes: decodeNotes(facts.notes), consumed, invites };
  return { baseCid, cid, envelope, groupInfo: await sealShared(epoch), rotation, requests: [] };
}

/** A commit that begins a new generation gives the outer key to everybody who follows it, and to nobody else. */
async function outerAfter(
  room: GroupRoom,
  step: { group: Group; before: RoomState; after: RoomState; outer: Outer },
): Promise<Outer> {
  const { generation } = step.after;
  if (generation === step.before.generation) return step.outer;
  return outerOf(await exportSecret(step.group, "SR1 outer", encode(u32, generation), 32), room.keys.handle);
}

function rotationOf({ group, state, outer }: Epoch): Promise<Uint8Array> {
  const returnKeys = [
    ...membersOf(group).map(({ data }) => data.returnKey),
    ...state.absent.map((one) => one.returnKey),
  ];
  return sealRotation(state.handle, state.generation, outer.key, returnKeys);
}

export function settle(room: GroupRoom, accepted: boolean): Change | undefined {
  const { pending } = room;
  if (!pending || !accepted) {
    dropPending(room);
    return undefined;
  }
  room.pending = undefined;
  return advanced(room, pending);
}

function advanced(room: GroupRoom, step: Step): Change {
  advance(room, step);
  return changeOf(room, step);
}

export async function apply(
  room: GroupRoom,
  { baseCid, envelope }: { baseCid: Uint8Array; envelope: Uint8Array },
): Promise<Applied> {
  dropPending(room);
  const { group, cid, state, outer } = epochIn(room);
  if (!equalBytes(baseCid, cid)) throw new CoreError("wrong_epoch", "the commit builds on another one");
  try {
    const commit = await openEnvelope(outer.keys, "commit", baseCid, envelope);
    const { facts, message } = inspectCommit(group.state, commit);
    const nextCid = sha256(envelope);
    const after = await admitCommit(state, membersOf(group), facts, nextCid);
    const applied = await applyCommit(group, message);
    const notes = decodeNotes(facts.notes);
    if (applied.isRemoved && facts.kind === "member") return removedBy(room, facts, notes);
    const nextOuter = await outerAfter(room, { group: applied.group, before: state, after, outer });
    const epoch = { group: applied.group, cid: nextCid, state: after, outer: nextOuter };
    const step = { epoch, base: state, facts, notes, consumed: applied.consumed, invites: [] };
    return { kind: "applied", change: advanced(room, step) };
  } catch (cause) {
    if (cause instanceof CoreError) return { kind: "refused" };
    throw cause;
  }
}

function removedBy(room: GroupRoom, facts: Extract<CommitFacts, { kind: "member" }>, notes: CommitNotes): Applied {
  const own = ownLeaf(room);
  const index = facts.removed.findIndex((leaf) => leaf.index === own.index);
  const [removal] = removalsOf([own], notes.reasons.slice(index, index + 1));
  return { kind: "removed", by: toHex(facts.committer.memberId), reason: removal?.reason ?? "kicked" };
}

export function rollBack(room: GroupRoom, { cid, head }: { cid: Uint8Array; head: Head }): RolledBack {
  dropPending(room);
  // A commit we refused was never applied: the room stands where the relay says.
  const stands = equalBytes(epochIn(room).cid, head.cid);
  if (!stands && !stepBack(room, cid, head.cid)) return { kind: "lost" };
  return { kind: "restored", standing: standingOf(room) };
}

export async function groupInfo(room: GroupRoom): Promise<{ cid: Uint8Array; groupInfo: Uint8Array }> {
  const epoch = epochIn(room);
  return { cid: epoch.cid, groupInfo: await sealShared(epoch) };
}

export async function restoreOffer(room: GroupRoom): Promise<{ record: RoomRecord; seat: Uint8Array; head: Head }> {
  const epoch = epochIn(room);
  const { cid, group, state } = epoch;
  const seat = seatFor(state, ownLeaf(room).memberId);
  if (!seat) throw new CoreError("not_a_member", "no seat");
  // Whoever is away may have only an older outer key, whichever commit this epoch began with.
  const rotation = state.generation > 0 ? await rotationOf(epoch) : undefined;
  const head = { cid, epoch: Number(epochOf(group)), groupInfo: await sealShared(epoch), rotation };
  return { record: recordOf(room.keys.policy), seat, head };
}

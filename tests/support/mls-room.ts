// A room below the engine: groups and room state side by side, without envelopes, for tests that need the bytes in between.
import { deriveKey } from "../../core/crypto/hash.ts";
import { randomBytes } from "../../core/crypto/random.ts";
import { keyPairFromSeed } from "../../core/crypto/signature.ts";
import type { KeyPair } from "../../core/crypto/signature.ts";
import {
  applyCommit,
  commitRemovals,
  createGroup,
  exportGroupInfo,
  joinGroup,
  membersOf,
  readGroupInfo,
} from "../../core/mls/group.ts";
import type { Group, GroupInfoFacts } from "../../core/mls/group.ts";
import { inspectCommit } from "../../core/mls/inspect.ts";
import { memberIdOf } from "../../core/mls/profile.ts";
import type { LeafData, LeafProof } from "../../core/mls/profile.ts";
import { createSuite } from "../../core/mls/suite.ts";
import { admitCommit } from "../../core/room/admission.ts";
import { encodeNotes } from "../../core/room/commit-notes.ts";
import type { Order, Reason } from "../../core/room/commit-notes.ts";
import { deriveInvite, proveInvite, signInvite } from "../../core/room/invite.ts";
import type { InviteKeys } from "../../core/room/invite.ts";
import { policyDigest, signPolicy } from "../../core/room/policy.ts";
import type { Policy } from "../../core/room/policy.ts";
import { genesisState, stateDigest } from "../../core/room/room-state.ts";
import type { RoomState } from "../../core/room/room-state.ts";

export interface MlsMember {
  readonly keys: KeyPair;
  group: Group;
}

export interface MlsRoom {
  readonly suite: Group["suite"];
  readonly groupId: Uint8Array;
  readonly invite: InviteKeys;
  /** In the order they came; the owner is the first. */
  readonly members: MlsMember[];
  state: RoomState;
}

export const freshKeys = () => keyPairFromSeed(randomBytes(32));

/** What a member's leaf says; its keys follow from its seed. */
export function leafOf({ seed }: KeyPair, proof?: LeafProof): LeafData {
  const none = new Uint8Array();
  return { returnKey: deriveKey(seed, none, "return", 32), relayKey: deriveKey(seed, none, "relay-owner", 32), proof };
}

/** The notes of a commit that builds on where the room stands. */
export function notesOf(room: MlsRoom, reasons: readonly Reason[] = [], orders: readonly Order[] = []): Uint8Array {
  return encodeNotes({ base: stateDigest(room.state), reasons, orders });
}

export async function mlsRoomOf(
  count: number,
  options: { maxMembers?: number; maxUses?: number; flags?: number } = {},
): Promise<MlsRoom> {
  const suite = await createSuite();
  const owner = await freshKeys();
  const groupId = randomBytes(16);
  const policy: Policy = {
    version: 1,
    groupId,
    name: "Lantern 42",
    lifeS: 3600,
    maxMembers: options.maxMembers ?? 200,
    ownerKey: owner.publicKey,
    relayOwnerKey: randomBytes(32),
    salt: randomBytes(16),
  };
  const signedPolicy = await signPolicy(policy, owner.seed);
  const invite = await deriveInvite(randomBytes(32));
  const { inviteId, macKey } = invite;
  const issuer = owner.publicKey;
  const terms = { inviteId, macKey, maxUses: options.maxUses ?? 0, flags: options.flags ?? 0, issuer };
  const invites = [await signInvite(groupId, terms, owner.seed)];
  const context = { version: 1, ownerKey: owner.publicKey, policyDigest: policyDigest(signedPolicy) };
  const group = await createGroup(suite, groupId, owner, { context, leaf: leafOf(owner) });
  const creator = memberIdOf(owner.publicKey);
  const state = genesisState({ signedPolicy, policy, invites, creator, seat: new Uint8Array(16) });
  const room: MlsRoom = { suite, groupId, invite, members: [{ keys: owner, group }], state };
  while (room.members.length < count) await enter(room);
  return room;
}

export function memberAt(room: MlsRoom, index: number): MlsMember {
  const member = room.members[index];
  if (!member) throw new Error(`no member ${index}`);
  return member;
}

/** What a joiner reads; taken from the owner. */
export async function infoOf(room: MlsRoom): Promise<GroupInfoFacts> {
  return readGroupInfo(await exportGroupInfo(memberAt(room, 0).group));
}

export interface Received {
  readonly group: Group;
  readonly state: RoomState;
  readonly isRemoved: boolean;
}

/** What a member does with a commit: the checks of core/mls/inspect.ts, of core/room/admission.ts and of the library. */
export async function receive(group: Group, state: RoomState, commit: Uint8Array): Promise<Received> {
  const { facts, message } = inspectCommit(group.state, commit);
  const next = await admitCommit(state, membersOf(group), facts, new Uint8Array(32));
  const applied = await applyCommit(group, message);
  return { group: applied.group, state: next, isRemoved: applied.isRemoved };
}

/** Everybody but `from` receives the commit; throws when somebody refuses it. */
export async function spread(room: MlsRoom, from: MlsMember | undefined, commit: Uint8Array): Promise<void> {
  let { state } = room;
  for (const member of room.members) {
    if (member === from) continue;
    const received = await receive(member.group, room.state, commit);
    member.group = received.group;
    state = received.state;
  }
  room.state = state;
}

export async function enter(room: MlsRoom): Promise<MlsMember> {
  const keys = await freshKeys();
  const leaf = leafOf(keys, proveInvite(room.invite, room.groupId, keys.publicKey));
  const { group, commit } = await joinGroup(room.suite, await infoOf(room), keys, { leaf, notes: notesOf(room) });
  await spread(room, undefined, commit);
  const member = { keys, group };
  room.members.push(member);
  return member;
}

/** A proper commit of a member: a key update, the removal of leaves, or orders. Removals are kicks unless said otherwise. */
export async function commitAs(
  room: MlsRoom,
  from: MlsMember,
  { leaves = [], reasons, orders = [] }: { leaves?: readonly number[]; reasons?: Reason[]; orders?: Order[] } = {},
): Promise<Uint8Array> {
  const why = reasons ?? leaves.map((): Reason => ({ kind: "kick" }));
  const committed = await commitRemovals(from.group, leaves, notesOf(room, why, orders));
  await spread(room, from, committed.commit);
  from.group = committed.group;
  return committed.commit;
}

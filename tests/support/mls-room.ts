// A room below the engine: groups and room state side by side, without envelopes, for tests that need the bytes in between.
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
import { createSuite } from "../../core/mls/suite.ts";
import { deriveInvite, proveInvite, signInvite } from "../../core/room/invite.ts";
import type { InviteKeys } from "../../core/room/invite.ts";
import { policyDigest, signPolicy } from "../../core/room/policy.ts";
import type { Policy } from "../../core/room/policy.ts";
import { admitCommit } from "../../core/room/room-state.ts";
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

export async function mlsRoomOf(
  count: number,
  options: { maxMembers?: number; maxUses?: number } = {},
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
  };
  const signedPolicy = await signPolicy(policy, owner.seed);
  const invite = await deriveInvite(randomBytes(32));
  const { inviteId, macKey } = invite;
  const terms = { inviteId, macKey, maxUses: options.maxUses ?? 0, flags: 0 };
  const invites = [await signInvite(groupId, terms, owner.seed)];
  const context = { version: 1, ownerKey: owner.publicKey, policyDigest: policyDigest(signedPolicy) };
  const group = await createGroup(suite, groupId, owner, context);
  const seats = membersOf(group).map(({ memberId }) => ({ memberId, seat: new Uint8Array(16) }));
  const state = { signedPolicy, policy, invites, seats };
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

/** What a member does with a commit: the checks of core/mls/inspect.ts, of core/room/room-state.ts and of the library. */
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
  const proof = proveInvite(room.invite, room.groupId, keys.publicKey);
  const { group, commit } = await joinGroup(room.suite, await infoOf(room), keys, proof);
  await spread(room, undefined, commit);
  const member = { keys, group };
  room.members.push(member);
  return member;
}

/** A proper commit of a member: a key update, or the removal of leaves. */
export async function commitAs(
  room: MlsRoom,
  from: MlsMember,
  leaves: readonly number[] = [],
  reasons: Uint8Array = new Uint8Array(),
): Promise<Uint8Array> {
  const committed = await commitRemovals(from.group, leaves, reasons);
  await spread(room, from, committed.commit);
  from.group = committed.group;
  return committed.commit;
}

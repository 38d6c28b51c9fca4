// What all members know beyond the MLS group: policy, live invites, and which commit brought each member in. It travels
// with the GroupInfo, so that a newcomer can check the next joiner at once. Changed only by commits, in commit order.
import { equalBytes, toHex } from "../../codec/bytes.ts";
import { blob, decode, encode, fixed, list, struct } from "../../codec/codec.ts";
import { DecodeError } from "../../codec/reader.ts";
import { verify } from "../crypto/signature.ts";
import { CoreError } from "../errors.ts";
import type { CommitFacts } from "../mls/inspect.ts";
import type { Leaf } from "../mls/group.ts";
import { memberIdOf } from "../mls/profile.ts";
import { leaveText } from "./content.ts";
import { invite, isInviteProven, isInviteSigned } from "./invite.ts";
import type { Invite } from "./invite.ts";
import { MAX_ROOM_MEMBERS, openPolicy, signedPolicy } from "./policy.ts";
import type { Policy, SignedPolicy } from "./policy.ts";
import type { RoomContext } from "../mls/profile.ts";

/** `seat` is how the relay calls a member: the first bytes of the commit that brought it in. */
export interface SeatOf {
  readonly memberId: Uint8Array;
  readonly seat: Uint8Array;
}

export interface RoomState {
  readonly signedPolicy: SignedPolicy;
  readonly policy: Policy;
  readonly invites: readonly Invite[];
  readonly seats: readonly SeatOf[];
}

interface Shared {
  readonly groupInfo: Uint8Array;
  readonly policy: SignedPolicy;
  readonly invites: Invite[];
  readonly seats: SeatOf[];
}

const shared = struct<Shared>({
  groupInfo: blob(256 * 1024),
  policy: signedPolicy,
  invites: list(invite, 64),
  seats: list(struct<SeatOf>({ memberId: fixed(16), seat: fixed(16) }), MAX_ROOM_MEMBERS),
});

/** GroupInfo and room state in one, as it is sealed for the relay. */
export function encodeShared(groupInfo: Uint8Array, state: RoomState): Uint8Array {
  const { signedPolicy: policy, invites, seats } = state;
  return encode(shared, { groupInfo, policy, invites: [...invites], seats: [...seats] });
}

export function decodeShared(bytes: Uint8Array): Shared {
  try {
    return decode(shared, bytes);
  } catch (cause) {
    if (cause instanceof DecodeError) throw new CoreError("malformed", "room state", { cause });
    throw cause;
  }
}

/** Believes a shared state only as far as the owner signed it. */
export async function openRoomState(value: Shared, context: RoomContext): Promise<RoomState> {
  const policy = await openPolicy(value.policy, context);
  for (const entry of value.invites) {
    if (!(await isInviteSigned(policy.groupId, entry, policy.ownerKey))) throw new CoreError("bad_signature", "invite");
  }
  return { signedPolicy: value.policy, policy, invites: value.invites, seats: value.seats };
}

function refuse(why: string): never {
  throw new CoreError("commit_refused", why);
}

const sameId = (a: Uint8Array) => (entry: { memberId: Uint8Array }) => equalBytes(a, entry.memberId);

export function seatFor(state: RoomState, memberId: Uint8Array): Uint8Array | undefined {
  return state.seats.find(sameId(memberId))?.seat;
}

async function admitMember(state: RoomState, facts: Extract<CommitFacts, { kind: "member" }>): Promise<RoomState> {
  const { removed, reasons, committer } = facts;
  if (removed.length === 0) return reasons.length === 0 ? state : refuse("reasons without a removal");
  const isOwner = equalBytes(committer.signatureKey, state.policy.ownerKey);
  const isCovered = reasons.length === 64 * removed.length;
  if (!isCovered && !(isOwner && reasons.length === 0)) return refuse("removal without reason");
  for (const [i, leaf] of removed.entries()) {
    if (!isCovered) break;
    const statement = reasons.subarray(64 * i, 64 * (i + 1));
    const isSigned = await verify(leaf.signatureKey, leaveText(state.policy.groupId, leaf.memberId), statement);
    if (!isSigned) return refuse("leave statement");
  }
  return { ...state, seats: state.seats.filter((seat) => !removed.some(sameId(seat.memberId))) };
}

function admitJoin(
  state: RoomState,
  members: readonly Leaf[],
  facts: Extract<CommitFacts, { kind: "join" }>,
  seat: Uint8Array,
): RoomState {
  const seats = [...state.seats.filter((entry) => !sameId(facts.memberId)(entry)), { memberId: facts.memberId, seat }];
  // Who comes back under the key in its old leaf is a member already: the invite may be used up or gone by now.
  if (facts.isRejoin) return { ...state, seats };
  if (members.length >= state.policy.maxMembers) return refuse("room is full");
  const { proof } = facts;
  if (!proof) return refuse("no invite");
  const index = state.invites.findIndex((entry) => equalBytes(entry.inviteId, proof.inviteId));
  const found = state.invites[index];
  if (!found) return refuse("no such invite");
  if (!isInviteProven(found, state.policy.groupId, facts.signatureKey, proof)) return refuse("invite proof");
  const used = found.used + 1;
  if (found.maxUses > 0 && used > found.maxUses) return refuse("invite used up");
  const invites = state.invites.with(index, { ...found, used: Math.min(used, 65_535) });
  return { ...state, invites, seats };
}

/**
 * Decides whether a commit may happen and what it does to the shared state. Depends on nothing but its arguments.
 * `cid` is the id of the commit. Throws `commit_refused`.
 */
export async function admitCommit(
  state: RoomState,
  members: readonly Leaf[],
  facts: CommitFacts,
  cid: Uint8Array,
): Promise<RoomState> {
  return facts.kind === "join" ? admitJoin(state, members, facts, cid.slice(0, 16)) : admitMember(state, facts);
}

export function isOwnerKey(state: RoomState, signatureKey: Uint8Array): boolean {
  return equalBytes(signatureKey, state.policy.ownerKey);
}

export function ownerIdOf(state: RoomState): string {
  return toHex(memberIdOf(state.policy.ownerKey));
}

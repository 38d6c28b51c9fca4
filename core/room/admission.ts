// Decides about commits: who may come in, whom a commit may remove and why. Depends on nothing but shared state and the
// bytes, never on a clock, or members would fork.
import { equalBytes } from "../../codec/bytes.ts";
import { goneText } from "../../codec/signing.ts";
import { verify } from "../crypto/signature.ts";
import { CoreError } from "../errors.ts";
import type { Leaf } from "../mls/group.ts";
import type { CommitFacts } from "../mls/inspect.ts";
import type { LeafProof } from "../mls/profile.ts";
import { approvalText, decodeNotes } from "./commit-notes.ts";
import type { CommitNotes, Reason } from "./commit-notes.ts";
import { leaveText } from "./content.ts";
import { isInviteProven } from "./invite.ts";
import { flagsFromByte } from "./link.ts";
import { applyOrders } from "./orders.ts";
import { MAX_ROOM_MEMBERS } from "./policy.ts";
import {
  isModeratorKey,
  isOwnerKey,
  isReadOnly,
  renewSeat,
  sameId,
  sameKey,
  seatFor,
  stateDigest,
} from "./room-state.ts";
import type { RoomState } from "./room-state.ts";

function refuse(why: string): never {
  throw new CoreError("commit_refused", why);
}

async function checkReason(state: RoomState, committer: Leaf, leaf: Leaf, reason: Reason): Promise<void> {
  switch (reason.kind) {
    case "kick": {
      const mayKick = isModeratorKey(state, committer.signatureKey) && !isOwnerKey(state, leaf.signatureKey);
      const isPeer = isModeratorKey(state, leaf.signatureKey) && !isOwnerKey(state, committer.signatureKey);
      if (!mayKick || isPeer) refuse("removal without the right to");
      return;
    }
    case "left": {
      const text = leaveText(state.policy.groupId, leaf.memberId);
      if (!(await verify(leaf.signatureKey, text, reason.statement))) refuse("leave statement");
      return;
    }
    case "gone": {
      const seat = seatFor(state, leaf.memberId);
      const text = seat && goneText(state.handle, seat);
      const isProven = text && state.relayKey && (await verify(state.relayKey, text, reason.receipt));
      if (!isProven) refuse("receipt of silence");
      return;
    }
    default:
      reason satisfies never;
  }
}

/** Whoever is out has no powers, and what invites it issued as a delegate end with them; whoever is silent keeps both. */
function withoutMember(state: RoomState, leaf: Leaf, reason: Reason): RoomState {
  const seats = state.seats.filter((seat) => !sameId(leaf.memberId)(seat));
  if (reason.kind === "gone") {
    const entry = {
      memberKey: leaf.signatureKey,
      returnKey: leaf.data.returnKey,
      isReadOnly: isReadOnly(state, leaf.memberId),
    };
    // The oldest give way: a room holds no more places for the absent than for members.
    return { ...state, seats, absent: [...state.absent, entry].slice(-MAX_ROOM_MEMBERS) };
  }
  const isDelegate = state.delegates.some(sameKey(leaf.signatureKey));
  const delegates = state.delegates.filter((entry) => !sameKey(leaf.signatureKey)(entry));
  const invites = state.invites.filter(({ issuer }) => !isDelegate || !equalBytes(issuer, leaf.signatureKey));
  return { ...state, seats, delegates, invites };
}

async function admitMember(
  state: RoomState,
  members: readonly Leaf[],
  facts: Extract<CommitFacts, { kind: "member" }>,
  notes: CommitNotes,
): Promise<RoomState> {
  const { removed, committer } = facts;
  if (notes.reasons.length !== removed.length) return refuse("removals and reasons differ");
  let next = state;
  for (const [i, leaf] of removed.entries()) {
    const reason = notes.reasons[i] ?? refuse("removal without reason");
    await checkReason(state, committer, leaf, reason);
    next = withoutMember(next, leaf, reason);
  }
  // Whoever is kicked, here or while away, holds the outer key and with it all that passes the relay.
  const isKick =
    notes.reasons.some(({ kind }) => kind === "kick") || notes.orders.some(({ kind }) => kind === "forget");
  if (isKick) next = { ...next, generation: next.generation + 1 };
  const staying = members.filter(({ index }) => !removed.some((leaf) => leaf.index === index));
  return applyOrders(next, staying, committer, notes.orders);
}

async function checkApproval(state: RoomState, proof: LeafProof, signatureKey: Uint8Array): Promise<void> {
  const { approval, inviteId } = proof;
  if (!approval || !isModeratorKey(state, approval.approver)) return refuse("nobody let them in");
  const text = approvalText(state.policy.groupId, inviteId, signatureKey);
  if (!(await verify(approval.approver, text, approval.signature))) refuse("approval");
}

async function admitNewcomer(
  state: RoomState,
  facts: Extract<CommitFacts, { kind: "join" }>,
  seat: Uint8Array,
): Promise<RoomState> {
  const { proof } = facts.leaf;
  if (state.rules.isLocked) return refuse("room is locked");
  if (!proof) return refuse("no invite");
  const index = state.invites.findIndex((entry) => equalBytes(entry.inviteId, proof.inviteId));
  const found = state.invites[index];
  if (!found) return refuse("no such invite");
  if (!isInviteProven(found, state.policy.groupId, facts.signatureKey, proof)) return refuse("invite proof");
  const used = found.used + 1;
  const flags = flagsFromByte(found.flags);
  if (flags.askFirst) await checkApproval(state, proof, facts.signatureKey);
  // One that is used up is gone for good, here as at the relay.
  const isSpent = found.maxUses > 0 && used >= found.maxUses;
  const invites = isSpent
    ? state.invites.toSpliced(index, 1)
    : state.invites.with(index, { ...found, used: Math.min(used, 65_535) });
  return { ...state, invites, seats: [...state.seats, { memberId: facts.memberId, seat, isReadOnly: flags.readOnly }] };
}

async function admitJoin(
  state: RoomState,
  members: readonly Leaf[],
  facts: Extract<CommitFacts, { kind: "join" }>,
  seat: Uint8Array,
): Promise<RoomState> {
  // Who comes back under the key in its old leaf is a member already: the invite may be used up or gone by now.
  if (facts.isRejoin) return renewSeat(state, facts.memberId, seat);
  if (members.length >= state.rules.maxMembers) return refuse("room is full");
  const absent = state.absent.find(sameKey(facts.signatureKey));
  if (!absent) return admitNewcomer(state, facts, seat);
  if (!equalBytes(absent.returnKey, facts.leaf.returnKey)) return refuse("another return key");
  const { isReadOnly: isQuiet } = absent;
  return {
    ...state,
    absent: state.absent.filter((entry) => entry !== absent),
    seats: [...state.seats, { memberId: facts.memberId, seat, isReadOnly: isQuiet }],
  };
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
  const notes = decodeNotes(facts.notes);
  if (!equalBytes(notes.base, stateDigest(state))) return refuse("built on another state of the room");
  if (facts.kind === "member") return admitMember(state, members, facts, notes);
  if (notes.reasons.length > 0 || notes.orders.length > 0) return refuse("orders of somebody coming in");
  return admitJoin(state, members, facts, cid.slice(0, 16));
}

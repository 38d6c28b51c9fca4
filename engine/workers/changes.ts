// What a commit did and where a room stands, as the engine is told: ids instead of keys.
import { equalBytes, toHex } from "../../codec/bytes.ts";
import { epochAuthenticator, epochOf, membersOf } from "../../core/mls/group.ts";
import type { Leaf } from "../../core/mls/group.ts";
import { memberIdOf } from "../../core/mls/profile.ts";
import type { LeafProof } from "../../core/mls/profile.ts";
import type { Order, Reason } from "../../core/room/commit-notes.ts";
import { flagsFromByte } from "../../core/room/link.ts";
import { termsOf } from "../../core/room/room-state.ts";
import type { RoomState } from "../../core/room/room-state.ts";
import type { Change, OrderFact, RemovalReason, Standing } from "./group-contract.ts";
import { epochIn } from "./group-room.ts";
import type { GroupRoom, Step } from "./group-room.ts";

const idOf = (signatureKey: Uint8Array) => toHex(memberIdOf(signatureKey));

export function standingOf(room: GroupRoom): Standing {
  const { group, cid, state } = epochIn(room);
  return {
    cid,
    epoch: Number(epochOf(group)),
    members: membersOf(group).map(({ memberId }) => toHex(memberId)),
    authenticator: epochAuthenticator(group).slice(0, 16),
    leaving: [...new Set([...room.leaving.keys(), ...room.silent.keys()])],
    terms: termsOf(state),
  };
}

const removalReasons = { kick: "kicked", left: "left", gone: "gone" } as const satisfies Record<
  Reason["kind"],
  RemovalReason
>;

export function removalsOf(
  removed: readonly Leaf[],
  reasons: readonly Reason[],
): { readonly id: string; readonly reason: RemovalReason }[] {
  return removed.flatMap((leaf, i) => {
    const reason = reasons[i];
    return reason ? [{ id: toHex(leaf.memberId), reason: removalReasons[reason.kind] }] : [];
  });
}

function orderFact(order: Order): OrderFact {
  switch (order.kind) {
    case "rules":
      return { kind: "rules", isLocked: order.rules.isLocked, maxMembers: order.rules.maxMembers };
    case "invite":
      return { kind: "invite", inviteId: order.terms.inviteId };
    case "revoke":
      return { kind: "revoke", inviteId: order.inviteId };
    case "handover":
    case "delegate":
    case "undelegate":
      return { kind: order.kind, member: idOf(order.memberKey) };
    case "relay":
    case "forget":
      return { kind: order.kind };
    default:
      return order satisfies never;
  }
}

const nobody = { joined: undefined, isRejoin: false, invitedBy: undefined, approvedBy: undefined };

/** Who made the invite and who approved, of a newcomer; nothing of somebody who comes back. */
function entranceOf(base: RoomState, key: Uint8Array, proof: LeafProof | undefined) {
  const isBack = base.absent.some(({ memberKey }) => equalBytes(memberKey, key));
  const invite = base.invites.find(({ inviteId }) => proof && equalBytes(inviteId, proof.inviteId));
  if (isBack || !invite) return nobody;
  // Nobody has looked at an approval that the invite does not ask for.
  const approver = flagsFromByte(invite.flags).askFirst ? proof?.approval?.approver : undefined;
  return { invitedBy: idOf(invite.issuer), approvedBy: approver && idOf(approver) };
}

/** What the step that was just made has changed. */
export function changeOf(room: GroupRoom, { base, facts, notes }: Step): Change {
  const standing = standingOf(room);
  if (facts.kind === "member") {
    const removed = removalsOf(facts.removed, notes.reasons);
    const by = toHex(facts.committer.memberId);
    return { standing, ...nobody, removed, by, orders: notes.orders.map(orderFact) };
  }
  const joined = toHex(facts.memberId);
  const { isRejoin } = facts;
  const entrance = isRejoin ? nobody : entranceOf(base, facts.signatureKey, facts.leaf.proof);
  return { standing, ...entrance, joined, isRejoin, removed: [], by: joined, orders: [] };
}

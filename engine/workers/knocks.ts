// Knocks at a room's door, for the members: who asks, and the answer of whoever may give one.
import { equalBytes, toHex } from "../../codec/bytes.ts";
import { sign } from "../../core/crypto/signature.ts";
import { CoreError } from "../../core/errors.ts";
import { memberIdOf } from "../../core/mls/profile.ts";
import { approvalText } from "../../core/room/commit-notes.ts";
import { openKnock, sealKnockAnswer } from "../../core/room/knock.ts";
import type { KnockBody } from "../../core/room/knock.ts";
import { flagsFromByte } from "../../core/room/link.ts";
import { isModeratorKey } from "../../core/room/room-state.ts";
import type { Knock } from "./group-contract.ts";
import { epochIn, outerIn } from "./group-room.ts";
import type { GroupRoom } from "./group-room.ts";

interface SealedKnock {
  readonly inviteId: Uint8Array;
  readonly sealed: Uint8Array;
}

/** Throws `no_such_invite` when no live invite that asks first has this id. */
function open(room: GroupRoom, { inviteId, sealed }: SealedKnock): Promise<KnockBody> {
  const { invites } = epochIn(room).state;
  const invite = invites.find((entry) => equalBytes(entry.inviteId, inviteId));
  if (!invite || !flagsFromByte(invite.flags).askFirst) throw new CoreError("no_such_invite", "knock");
  return openKnock(invite, sealed);
}

export async function readKnock(room: GroupRoom, knock: SealedKnock): Promise<Knock> {
  const { signatureKey, name } = await open(room, knock);
  return { memberId: toHex(memberIdOf(signatureKey)), name };
}

/** Throws `not_allowed` for anybody but owner and delegates. */
export async function answerKnock(
  room: GroupRoom,
  { isAdmitted, ...knock }: SealedKnock & { isAdmitted: boolean },
): Promise<Uint8Array> {
  const { member, policy, signedPolicy } = room.keys;
  if (!isModeratorKey(epochIn(room).state, member.publicKey)) throw new CoreError("not_allowed", "knock");
  const { signatureKey, replyKey } = await open(room, knock);
  if (!isAdmitted) return sealKnockAnswer(knock.inviteId, replyKey, undefined);
  const text = approvalText(policy.groupId, knock.inviteId, signatureKey);
  const approval = { approver: member.publicKey, signature: await sign(member.seed, text) };
  const admission = { outerKey: outerIn(room).key, policy: signedPolicy, approval };
  return sealKnockAnswer(knock.inviteId, replyKey, admission);
}

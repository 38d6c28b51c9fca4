// What owner and delegates ask of the relay: what has to follow a commit, what a relay that forgot must be told again, and
// the proof of each request.
import { equalBytes } from "../../codec/bytes.ts";
import { encode } from "../../codec/codec.ts";
import type { Codec } from "../../codec/codec.ts";
import { ownerText } from "../../codec/signing.ts";
import { sign, verify } from "../../core/crypto/signature.ts";
import { CoreError } from "../../core/errors.ts";
import type { Invite } from "../../core/room/invite.ts";
import { flagsFromByte } from "../../core/room/link.ts";
import { isModeratorKey, isOwnerKey, seatFor } from "../../core/room/room-state.ts";
import type { RoomState } from "../../core/room/room-state.ts";
import { ownerBodies } from "../../wire/events.ts";
import type { OwnerProof } from "../../wire/events.ts";
import type { OwnerRequest } from "./group-contract.ts";
import { epochIn, outerIn } from "./group-room.ts";
import type { GroupRoom, Step } from "./group-room.ts";
import { inviteRecordOf } from "./own-invites.ts";
import type { OwnInviteKeys } from "./own-invites.ts";
import type { Outer } from "./room-keys.ts";

const sameInvite = (id: Uint8Array) => (entry: Invite) => equalBytes(entry.inviteId, id);

async function putRequests(
  room: GroupRoom,
  own: readonly OwnInviteKeys[],
  at: { state: RoomState; outer: Outer; nowMs: number },
): Promise<OwnerRequest[]> {
  const requests: OwnerRequest[] = [];
  for (const invite of own) {
    const found = at.state.invites.find(sameInvite(invite.keys.inviteId));
    if (!found || invite.expiresAtMs <= at.nowMs) continue;
    const { outer, nowMs } = at;
    const record = await inviteRecordOf(invite, { keys: room.keys, outer, used: found.used, nowMs });
    requests.push({ name: "invite:put", body: { invite: record } });
  }
  return requests;
}

/** What the relay has to be asked once it has accepted `step`, which is this member's own. */
export async function requestsAfter(room: GroupRoom, step: Step, nowMs: number): Promise<OwnerRequest[]> {
  const { base, epoch, facts, notes } = step;
  const own = room.keys.member.publicKey;
  if (facts.kind !== "member" || !isModeratorKey(base, own)) return [];
  const { state, outer } = epoch;
  const evicted = facts.removed.flatMap((leaf, i): OwnerRequest[] => {
    const seat = notes.reasons[i]?.kind === "kick" ? seatFor(base, leaf.memberId) : undefined;
    return seat ? [{ name: "seat:evict", body: { seat } }] : [];
  });
  const revoked = base.invites
    .filter(({ inviteId }) => !state.invites.some(sameInvite(inviteId)))
    .map(({ inviteId }): OwnerRequest => ({ name: "invite:revoke", body: { inviteId } }));
  // Packets hold the outer key: those that stay are sealed anew with a new generation.
  const isNewKey = state.generation !== base.generation;
  const kept = room.invites.filter(({ flags }) => isNewKey && !flagsFromByte(flags).askFirst);
  const put = await putRequests(room, [...step.invites, ...kept], { state, outer, nowMs });
  const requests = [...evicted, ...revoked, ...put];
  return isOwnerKey(base, own) ? [...requests, ...ownerOnly(base, state)] : requests;
}

function ownerOnly(base: RoomState, state: RoomState): OwnerRequest[] {
  const { isLocked } = state.rules;
  const lock: OwnerRequest[] = isLocked === base.rules.isLocked ? [] : [{ name: "room:lock", body: { isLocked } }];
  const [handover] = state.owner.handovers.slice(base.owner.handovers.length);
  // The token of a delegate ends with the owner that signed it; the request comes last because nothing is ours after it.
  if (handover) return [...lock, { name: "owner:handover", body: { key: handover.relayKey } }];
  const lost = base.delegates
    .filter(({ memberKey }) => !state.delegates.some((other) => equalBytes(other.memberKey, memberKey)))
    .map(({ relayKey }): OwnerRequest => ({ name: "owner:undelegate", body: { key: relayKey } }));
  return [...lock, ...lost];
}

/** Everything a relay has to be told that may know nothing but the room's record. Harmless where it knows. */
export async function ownerRequests(room: GroupRoom, nowMs: number): Promise<OwnerRequest[]> {
  const { state } = epochIn(room);
  const own = room.keys.member.publicKey;
  if (!isModeratorKey(state, own)) return [];
  const handovers = state.owner.handovers.map(({ relayKey }): OwnerRequest => ({
    name: "owner:handover",
    body: { key: relayKey },
  }));
  const { isLocked } = state.rules;
  const lock: OwnerRequest[] = isLocked && isOwnerKey(state, own) ? [{ name: "room:lock", body: { isLocked } }] : [];
  return [...handovers, ...lock, ...(await putRequests(room, room.invites, { state, outer: outerIn(room), nowMs }))];
}

function argumentOf({ name, body }: OwnerRequest): Uint8Array {
  return encode(ownerBodies[name] as Codec<object>, body);
}

/** Throws `not_allowed` for a member without any powers, now or before. */
export async function proveOwner(
  room: GroupRoom,
  { counter, request }: { counter: number; request: OwnerRequest },
): Promise<OwnerProof> {
  const { state } = epochIn(room);
  const { handle, policy, member, relayKey } = room.keys;
  if (request.name === "owner:handover") {
    // Signed when it was ordered, by whoever was the owner then; whoever comes after can only pass it on.
    const { key } = request.body;
    const stored = state.owner.handovers.findLast((entry) => equalBytes(entry.relayKey, key));
    if (!stored) throw new CoreError("not_allowed", "no such handover");
    return { counter: stored.counter, signature: stored.relaySignature, delegation: undefined };
  }
  const own = state.delegates.find(({ memberKey }) => equalBytes(memberKey, member.publicKey));
  const owners = [policy.ownerKey, ...state.owner.handovers.map(({ memberKey }) => memberKey)];
  // A former owner still has to ask what its last commit brings with it.
  if (!own && !owners.some((key) => equalBytes(key, member.publicKey))) throw new CoreError("not_allowed", "no powers");
  const signature = await sign(relayKey.seed, ownerText(handle, counter, request.name, argumentOf(request)));
  return { counter, signature, delegation: own && { key: own.relayKey, issued: own.issued, token: own.token } };
}

/** Whether it is the owner who ended the room. */
export async function isEndProven(room: GroupRoom, { counter, signature, delegation }: OwnerProof): Promise<boolean> {
  const { handle, policy } = room.keys;
  const key = room.current?.state.owner.relayKey ?? policy.relayOwnerKey;
  const text = ownerText(handle, counter, "room:end", encode(ownerBodies["room:end"], {}));
  return delegation === undefined && verify(key, text, signature);
}

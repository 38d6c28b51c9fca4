// What a member's commit is to do: turns a purpose into removals with their reasons, orders, and invites to be made. Says no
// before anything is signed when the right is missing; whether all of it holds is decided by core/room/admission.ts.
import { equalBytes, fromHex, toHex } from "../../codec/bytes.ts";
import { encode } from "../../codec/codec.ts";
import { delegationText, ownerText } from "../../codec/signing.ts";
import { sign } from "../../core/crypto/signature.ts";
import { CoreError } from "../../core/errors.ts";
import { membersOf } from "../../core/mls/group.ts";
import type { Leaf } from "../../core/mls/group.ts";
import { memberIdOf } from "../../core/mls/profile.ts";
import { delegateText, handoverText, rulesText } from "../../core/room/commit-notes.ts";
import type { Order, Reason, Rules } from "../../core/room/commit-notes.ts";
import type { Invite } from "../../core/room/invite.ts";
import { isModeratorKey, isOwnerKey } from "../../core/room/room-state.ts";
import { ownerBodies } from "../../wire/events.ts";
import type { CommitPurpose, OrderRequest } from "./group-contract.ts";
import { epochIn } from "./group-room.ts";
import type { GroupRoom } from "./group-room.ts";
import { makeOwnInvite, remakeOwnInvite, signOwnInvite } from "./own-invites.ts";
import type { OwnInviteKeys } from "./own-invites.ts";

export interface CommitPlan {
  readonly removals: readonly { readonly leaf: Leaf; readonly reason: Reason }[];
  readonly orders: readonly Order[];
  readonly invites: readonly OwnInviteKeys[];
}

/** Where and when the commit is made: links name the relay, invites run out. */
interface Occasion {
  readonly relay: string;
  readonly nowMs: number;
}

/**
 * The counter of a handover lies ahead of those that the engine takes from the clock: the requests that go before it are
 * signed later, and a relay takes only counters that grow.
 */
const HANDOVER_LEAD_MS = 60_000;

function refuse(why: string): never {
  throw new CoreError("not_allowed", why);
}

const hasId = (id: string) => (leaf: Leaf) => toHex(leaf.memberId) === id;

/** `undefined` when there is nothing to do. Throws `not_allowed`. */
export async function planCommit(
  room: GroupRoom,
  purpose: CommitPurpose,
  at: Occasion,
): Promise<CommitPlan | undefined> {
  const plan = await planFor(room, purpose, at);
  return purpose.kind === "update" || plan.removals.length > 0 || plan.orders.length > 0 ? plan : undefined;
}

function planFor(room: GroupRoom, purpose: CommitPurpose, at: Occasion): CommitPlan | Promise<CommitPlan> {
  switch (purpose.kind) {
    case "update":
      return { removals: [], orders: [], invites: [] };
    case "clear":
      return { removals: clearances(room), orders: [], invites: [] };
    case "kick":
      return planKick(room, purpose);
    case "orders":
      return planOrders(room, purpose.orders, at);
    default:
      return purpose satisfies never;
  }
}

/** Those that have left by their own word, or are silent by the relay's. */
function clearances(room: GroupRoom): CommitPlan["removals"] {
  const own = room.keys.member.publicKey;
  return membersOf(epochIn(room).group).flatMap((leaf) => {
    const reason = equalBytes(leaf.signatureKey, own) ? undefined : clearanceOf(room, toHex(leaf.memberId));
    return reason ? [{ leaf, reason }] : [];
  });
}

function clearanceOf(room: GroupRoom, id: string): Reason | undefined {
  const statement = room.leaving.get(id);
  if (statement) return { kind: "left", statement };
  const silence = room.silent.get(id);
  return silence && { kind: "gone", receipt: silence.receipt };
}

function checkKick(room: GroupRoom, target: Uint8Array): void {
  const { state } = epochIn(room);
  const own = room.keys.member.publicKey;
  const isPeer = isModeratorKey(state, target) && !isOwnerKey(state, own);
  if (isOwnerKey(state, target) || equalBytes(target, own) || isPeer) refuse("not to be kicked");
}

async function planKick(
  room: GroupRoom,
  { memberIds, keepInvites }: Extract<CommitPurpose, { kind: "kick" }>,
): Promise<CommitPlan> {
  const { group, state } = epochIn(room);
  if (!isModeratorKey(state, room.keys.member.publicKey)) refuse("only owner and delegates kick");
  const leaves = membersOf(group).filter((leaf) => memberIds.includes(toHex(leaf.memberId)));
  const absent = state.absent.filter(({ memberKey }) => memberIds.includes(toHex(memberIdOf(memberKey))));
  for (const { signatureKey } of leaves) checkKick(room, signatureKey);
  for (const { memberKey } of absent) checkKick(room, memberKey);
  const removals = leaves.map((leaf) => ({ leaf, reason: { kind: "kick" } as const }));
  const forgotten = absent.flatMap(({ memberKey }): Order[] => {
    const forget: Order = { kind: "forget", memberKey };
    return isModeratorKey(state, memberKey) ? [{ kind: "undelegate", memberKey }, forget] : [forget];
  });
  if (removals.length + forgotten.length === 0) return { removals, orders: [], invites: [] };
  const kicked = [...leaves.map(({ signatureKey }) => signatureKey), ...absent.map(({ memberKey }) => memberKey)];
  const ended = state.invites.filter(({ issuer, maxUses }) => {
    const isTheirs = kicked.some((key) => equalBytes(key, issuer));
    // A delegate's end with its powers; those of somebody who has none any more have to be named.
    return isTheirs ? !isModeratorKey(state, issuer) : maxUses === 0 && !keepInvites;
  });
  const renewed = await renewInvites(room, ended);
  return { removals, orders: [...forgotten, ...renewed.orders], invites: renewed.invites };
}

/** Whoever was kicked knows the links that everybody may use: they end, and our own get successors. */
async function renewInvites(
  room: GroupRoom,
  ended: readonly Invite[],
): Promise<Pick<CommitPlan, "orders" | "invites">> {
  const orders: Order[] = ended.map(({ inviteId }) => ({ kind: "revoke", inviteId }));
  const invites: OwnInviteKeys[] = [];
  for (const old of room.invites) {
    if (!ended.some(({ inviteId }) => equalBytes(inviteId, old.keys.inviteId))) continue;
    const made = await remakeOwnInvite(old);
    invites.push(made);
    orders.push(await inviteOrder(room, made));
  }
  return { orders, invites };
}

async function inviteOrder(room: GroupRoom, made: OwnInviteKeys): Promise<Order> {
  const { signature, used: _, ...terms } = await signOwnInvite(made, room.keys);
  return { kind: "invite", terms, signature };
}

async function planOrders(room: GroupRoom, requests: readonly OrderRequest[], at: Occasion): Promise<CommitPlan> {
  const { state } = epochIn(room);
  const own = room.keys.member.publicKey;
  if (!isModeratorKey(state, own)) refuse("only owner and delegates give orders");
  const orders: Order[] = [];
  const invites: OwnInviteKeys[] = [];
  let { rules } = state;
  for (const request of requests) {
    switch (request.kind) {
      case "rules": {
        const order = await rulesOrder(room, rules, request);
        rules = order.rules;
        orders.push(order);
        break;
      }
      case "invite": {
        const made = await makeOwnInvite(request.invite, at);
        invites.push(made);
        orders.push(await inviteOrder(room, made));
        break;
      }
      case "revoke":
        orders.push({ kind: "revoke", inviteId: request.inviteId });
        break;
      case "handover":
      case "delegate":
      case "undelegate":
        orders.push(await powerOrder(room, request, at));
        break;
      case "relay":
        if (!state.relayKey || !equalBytes(state.relayKey, request.key)) orders.push(request);
        break;
      default:
        request satisfies never;
    }
  }
  return { removals: [], orders, invites };
}

function checkOwner(room: GroupRoom): void {
  if (!isOwnerKey(epochIn(room).state, room.keys.member.publicKey)) refuse("only the owner does this");
}

async function rulesOrder(
  room: GroupRoom,
  before: Rules,
  change: Extract<OrderRequest, { kind: "rules" }>,
): Promise<Extract<Order, { kind: "rules" }>> {
  checkOwner(room);
  const { policy, member } = room.keys;
  const rules = {
    serial: before.serial + 1,
    maxMembers: change.maxMembers ?? before.maxMembers,
    isLocked: change.isLocked ?? before.isLocked,
  };
  if (rules.maxMembers < 1 || rules.maxMembers > policy.maxMembers) refuse("most members");
  return { kind: "rules", rules, signature: await sign(member.seed, rulesText(policy.groupId, rules)) };
}

async function powerOrder(
  room: GroupRoom,
  request: Extract<OrderRequest, { memberId: string }>,
  { nowMs }: Occasion,
): Promise<Order> {
  checkOwner(room);
  const { group, state } = epochIn(room);
  const { handle, policy, member, relayKey: own } = room.keys;
  if (request.kind === "undelegate") {
    const id = fromHex(request.memberId) ?? new Uint8Array();
    const found = state.delegates.find(({ memberKey }) => equalBytes(memberIdOf(memberKey), id));
    return found ? { kind: "undelegate", memberKey: found.memberKey } : refuse("no such delegate");
  }
  const leaf = membersOf(group).find(hasId(request.memberId)) ?? refuse("no such member");
  const powers = { memberKey: leaf.signatureKey, relayKey: leaf.data.relayKey };
  if (request.kind === "delegate") {
    const token = await sign(own.seed, delegationText(handle, powers.relayKey, nowMs));
    const delegate = { ...powers, issued: nowMs, token };
    return {
      kind: "delegate",
      ...delegate,
      signature: await sign(member.seed, delegateText(policy.groupId, delegate)),
    };
  }
  const counter = nowMs + HANDOVER_LEAD_MS;
  const argument = encode(ownerBodies["owner:handover"], { key: powers.relayKey });
  const relaySignature = await sign(own.seed, ownerText(handle, counter, "owner:handover", argument));
  const signature = await sign(member.seed, handoverText(policy.groupId, powers));
  return { kind: "handover", ...powers, counter, relaySignature, signature };
}

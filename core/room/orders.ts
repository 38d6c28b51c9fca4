// What owner and delegates change about a room: each order is checked and applied in the commit that carries it.
import { equalBytes } from "../../codec/bytes.ts";
import { verify } from "../crypto/signature.ts";
import { CoreError } from "../errors.ts";
import type { Leaf } from "../mls/group.ts";
import { delegateText, handoverText, rulesText } from "./commit-notes.ts";
import type { Order } from "./commit-notes.ts";
import { isInviteSigned } from "./invite.ts";
import { isModeratorKey, isOwnerKey, isReadOnly, MAX_DELEGATES, MAX_HANDOVERS, MAX_INVITES } from "./room-state.ts";
import type { RoomState } from "./room-state.ts";

type OrderOf<K extends Order["kind"]> = Extract<Order, { kind: K }>;

function refuse(why: string): never {
  throw new CoreError("commit_refused", why);
}

/** A member that may be given powers: it talks, and the relay key is the one in its leaf. */
function checkCandidate(state: RoomState, members: readonly Leaf[], order: OrderOf<"handover" | "delegate">): void {
  const leaf = members.find(({ signatureKey }) => equalBytes(signatureKey, order.memberKey));
  if (!leaf || isReadOnly(state, leaf.memberId) || isOwnerKey(state, leaf.signatureKey)) refuse("no such candidate");
  else if (!equalBytes(leaf.data.relayKey, order.relayKey)) refuse("another relay key");
}

async function applyRules(state: RoomState, order: OrderOf<"rules">): Promise<RoomState> {
  const { rules, signature } = order;
  const { policy, owner } = state;
  if (rules.serial <= state.rules.serial) return refuse("older rules");
  if (rules.maxMembers < 1 || rules.maxMembers > policy.maxMembers) return refuse("most members");
  if (!(await verify(owner.memberKey, rulesText(policy.groupId, rules), signature))) return refuse("rules");
  return { ...state, rules, signedRules: { rules, signature } };
}

async function applyInvite(state: RoomState, committer: Leaf, order: OrderOf<"invite">): Promise<RoomState> {
  const { terms, signature } = order;
  const invite = { ...terms, signature, used: 0 };
  if (!equalBytes(terms.issuer, committer.signatureKey)) return refuse("invite of somebody else");
  if (state.invites.length >= MAX_INVITES) return refuse("too many invites");
  if (state.invites.some(({ inviteId }) => equalBytes(inviteId, terms.inviteId))) return refuse("invite is there");
  if (!(await isInviteSigned(state.policy.groupId, invite))) return refuse("invite");
  return { ...state, invites: [...state.invites, invite] };
}

function applyRevoke(state: RoomState, { inviteId }: OrderOf<"revoke">): RoomState {
  const invites = state.invites.filter((entry) => !equalBytes(entry.inviteId, inviteId));
  return invites.length < state.invites.length ? { ...state, invites } : refuse("no such invite");
}

/** What delegates may do rests on the owner's word: under a new owner they begin anew, and their invites end. */
async function applyHandover(
  state: RoomState,
  members: readonly Leaf[],
  order: OrderOf<"handover">,
): Promise<RoomState> {
  checkCandidate(state, members, order);
  const { kind: _, ...handover } = order;
  const { handovers } = state.owner;
  if (handovers.length >= MAX_HANDOVERS) return refuse("too many handovers");
  const text = handoverText(state.policy.groupId, handover);
  if (!(await verify(state.owner.memberKey, text, handover.signature))) return refuse("handover");
  const { memberKey, relayKey } = handover;
  const isLost = (issuer: Uint8Array) =>
    !equalBytes(issuer, memberKey) && state.delegates.some((entry) => equalBytes(entry.memberKey, issuer));
  const invites = state.invites.filter(({ issuer }) => !isLost(issuer));
  return { ...state, owner: { memberKey, relayKey, handovers: [...handovers, handover] }, delegates: [], invites };
}

async function applyDelegate(
  state: RoomState,
  members: readonly Leaf[],
  order: OrderOf<"delegate">,
): Promise<RoomState> {
  checkCandidate(state, members, order);
  const { kind: _, ...delegate } = order;
  if (state.delegates.length >= MAX_DELEGATES) return refuse("too many delegates");
  if (isModeratorKey(state, delegate.memberKey)) return refuse("is a delegate");
  const text = delegateText(state.policy.groupId, delegate);
  if (!(await verify(state.owner.memberKey, text, delegate.signature))) return refuse("delegate");
  return { ...state, delegates: [...state.delegates, delegate] };
}

function applyUndelegate(state: RoomState, { memberKey }: OrderOf<"undelegate">): RoomState {
  const delegates = state.delegates.filter((entry) => !equalBytes(entry.memberKey, memberKey));
  if (delegates.length === state.delegates.length) return refuse("no such delegate");
  return { ...state, delegates, invites: state.invites.filter(({ issuer }) => !equalBytes(issuer, memberKey)) };
}

/** A kick of somebody who is away: powers and invites end as with any other. */
function applyForget(state: RoomState, committer: Leaf, { memberKey }: OrderOf<"forget">): RoomState {
  const absent = state.absent.filter((entry) => !equalBytes(entry.memberKey, memberKey));
  if (absent.length === state.absent.length) return refuse("nobody absent");
  const isPeer = isModeratorKey(state, memberKey) && !isOwnerKey(state, committer.signatureKey);
  if (isOwnerKey(state, memberKey) || isPeer) return refuse("not to be forgotten");
  const next = { ...state, absent };
  const isDelegate = state.delegates.some((entry) => equalBytes(entry.memberKey, memberKey));
  return isDelegate ? applyUndelegate(next, { kind: "undelegate", memberKey }) : next;
}

const ownerOrders: readonly Order["kind"][] = ["rules", "handover", "delegate", "undelegate"];

async function applyOrder(
  state: RoomState,
  members: readonly Leaf[],
  committer: Leaf,
  order: Order,
): Promise<RoomState> {
  const isAllowed = ownerOrders.includes(order.kind)
    ? isOwnerKey(state, committer.signatureKey)
    : isModeratorKey(state, committer.signatureKey);
  if (!isAllowed) return refuse("order without the right to");
  switch (order.kind) {
    case "rules":
      return applyRules(state, order);
    case "invite":
      return applyInvite(state, committer, order);
    case "revoke":
      return applyRevoke(state, order);
    case "handover":
      return applyHandover(state, members, order);
    case "delegate":
      return applyDelegate(state, members, order);
    case "undelegate":
      return applyUndelegate(state, order);
    case "relay":
      return { ...state, relayKey: order.key };
    case "forget":
      return applyForget(state, committer, order);
    default:
      return order satisfies never;
  }
}

/** Applies the orders of a commit one after the other. Throws `commit_refused` for the first that may not be. */
export async function applyOrders(
  state: RoomState,
  members: readonly Leaf[],
  committer: Leaf,
  orders: readonly Order[],
): Promise<RoomState> {
  let next = state;
  for (const order of orders) next = await applyOrder(next, members, committer, order);
  return next;
}

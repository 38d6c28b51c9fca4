// What all members know beyond the MLS group: who owns the room, its rules, live invites, and which commit brought each
// member in. It travels with the GroupInfo, so that a newcomer can check the next joiner at once. Changed only by commits,
// in commit order; each commit names the digest of the state it builds on, so nobody can be handed another one unnoticed.
import { equalBytes, toHex, utf8 } from "../../codec/bytes.ts";
import { blob, bool, decode, encode, fixed, list, optional, struct, u32 } from "../../codec/codec.ts";
import { DecodeError } from "../../codec/reader.ts";
import { sha256 } from "../crypto/hash.ts";
import { verify } from "../crypto/signature.ts";
import { CoreError } from "../errors.ts";
import { memberIdOf } from "../mls/profile.ts";
import type { RoomContext } from "../mls/profile.ts";
import { delegate, delegateText, handover, handoverText, rulesText, signedRules } from "./commit-notes.ts";
import type { Delegate, Handover, Rules, SignedRules } from "./commit-notes.ts";
import { invite, isInviteSigned } from "./invite.ts";
import type { Invite } from "./invite.ts";
import { flagsFromByte } from "./link.ts";
import { handleOf, MAX_ROOM_MEMBERS, openPolicy, signedPolicy } from "./policy.ts";
import type { Policy, SignedPolicy } from "./policy.ts";

export const MAX_INVITES = 64;
export const MAX_HANDOVERS = 32;
export const MAX_DELEGATES = 32;

/** `seat` is how the relay calls a member: the first bytes of the commit that brought it in. */
export interface SeatOf {
  readonly memberId: Uint8Array;
  readonly seat: Uint8Array;
  readonly isReadOnly: boolean;
}

/** A member that was taken out because it was silent, and may come back under its key. */
export interface Absent {
  readonly memberKey: Uint8Array;
  readonly returnKey: Uint8Array;
  readonly isReadOnly: boolean;
}

export interface Owner {
  readonly memberKey: Uint8Array;
  readonly relayKey: Uint8Array;
  /** From the creator on. */
  readonly handovers: readonly Handover[];
}

export interface RoomState {
  readonly handle: Uint8Array;
  readonly signedPolicy: SignedPolicy;
  readonly policy: Policy;
  readonly owner: Owner;
  readonly rules: Rules;
  /** Absent while the rules are those of the policy. */
  readonly signedRules: SignedRules | undefined;
  readonly invites: readonly Invite[];
  readonly delegates: readonly Delegate[];
  /** What the relay signs its receipts with. */
  readonly relayKey: Uint8Array | undefined;
  /** Generation of the outer key; grows with each kick. */
  readonly generation: number;
  readonly seats: readonly SeatOf[];
  readonly absent: readonly Absent[];
}

interface Carried {
  readonly policy: SignedPolicy;
  readonly handovers: Handover[];
  readonly rules: SignedRules | undefined;
  readonly invites: Invite[];
  readonly delegates: Delegate[];
  readonly relayKey: Uint8Array | undefined;
  readonly generation: number;
  readonly seats: SeatOf[];
  readonly absent: Absent[];
}

interface Shared {
  readonly groupInfo: Uint8Array;
  readonly state: Carried;
}

const carried = struct<Carried>({
  policy: signedPolicy,
  handovers: list(handover, MAX_HANDOVERS),
  rules: optional(signedRules),
  invites: list(invite, MAX_INVITES),
  delegates: list(delegate, MAX_DELEGATES),
  relayKey: optional(fixed(32)),
  generation: u32,
  seats: list(struct<SeatOf>({ memberId: fixed(16), seat: fixed(16), isReadOnly: bool }), MAX_ROOM_MEMBERS),
  absent: list(struct<Absent>({ memberKey: fixed(32), returnKey: fixed(32), isReadOnly: bool }), MAX_ROOM_MEMBERS),
});

const shared = struct<Shared>({ groupInfo: blob(256 * 1024), state: carried });

function carriedOf(state: RoomState): Carried {
  const { signedPolicy: policy, owner, signedRules: rules, relayKey, generation } = state;
  return {
    policy,
    handovers: [...owner.handovers],
    rules,
    invites: [...state.invites],
    delegates: [...state.delegates],
    relayKey,
    generation,
    seats: [...state.seats],
    absent: [...state.absent],
  };
}

/** Two members agree on everything in here exactly when this is equal. */
export function stateDigest(state: RoomState): Uint8Array {
  return sha256(utf8("SR1 state"), encode(carried, carriedOf(state)));
}

/** GroupInfo and room state in one, as it is sealed for the relay. */
export function encodeShared(groupInfo: Uint8Array, state: RoomState): Uint8Array {
  return encode(shared, { groupInfo, state: carriedOf(state) });
}

/** Throws `malformed`. */
export function decodeShared(bytes: Uint8Array): Shared {
  try {
    return decode(shared, bytes);
  } catch (cause) {
    if (cause instanceof DecodeError) throw new CoreError("malformed", "room state", { cause });
    throw cause;
  }
}

export function genesisState(options: {
  signedPolicy: SignedPolicy;
  policy: Policy;
  invites: readonly Invite[];
  creator: Uint8Array;
  seat: Uint8Array;
}): RoomState {
  const { policy, invites, creator, seat } = options;
  return {
    handle: handleOf(policy),
    signedPolicy: options.signedPolicy,
    policy,
    owner: { memberKey: policy.ownerKey, relayKey: policy.relayOwnerKey, handovers: [] },
    rules: { serial: 0, maxMembers: policy.maxMembers, isLocked: false },
    signedRules: undefined,
    invites,
    delegates: [],
    relayKey: undefined,
    generation: 0,
    seats: [{ memberId: creator, seat, isReadOnly: false }],
    absent: [],
  };
}

async function openOwner(policy: Policy, handovers: readonly Handover[]): Promise<Owner> {
  let owner: Owner = { memberKey: policy.ownerKey, relayKey: policy.relayOwnerKey, handovers: [] };
  for (const entry of handovers) {
    const isSigned = await verify(owner.memberKey, handoverText(policy.groupId, entry), entry.signature);
    if (!isSigned) throw new CoreError("bad_signature", "handover");
    const { memberKey, relayKey } = entry;
    owner = { memberKey, relayKey, handovers: [...owner.handovers, entry] };
  }
  return owner;
}

/** Whether one of `keys` has signed `text`. */
async function isSignedByOneOf(keys: readonly Uint8Array[], text: Uint8Array, signature: Uint8Array): Promise<boolean> {
  for (const key of keys) if (await verify(key, text, signature)) return true;
  return false;
}

/** Believes a shared state as far as the owners signed it; the rest is checked by everybody when we commit on it. */
export async function openRoomState({ state }: Shared, context: RoomContext): Promise<RoomState> {
  const policy = await openPolicy(state.policy, context);
  const { groupId } = policy;
  const owner = await openOwner(policy, state.handovers);
  const owners = [policy.ownerKey, ...state.handovers.map(({ memberKey }) => memberKey)];
  for (const entry of state.delegates) {
    const isSigned = await verify(owner.memberKey, delegateText(groupId, entry), entry.signature);
    if (!isSigned) throw new CoreError("bad_signature", "delegate");
  }
  const issuers = [...owners, ...state.delegates.map(({ memberKey }) => memberKey)];
  for (const entry of state.invites) {
    const isIssuer = issuers.some((key) => equalBytes(key, entry.issuer));
    if (!isIssuer || !(await isInviteSigned(groupId, entry))) throw new CoreError("bad_signature", "invite");
  }
  const { rules: signed } = state;
  if (signed && !(await isSignedByOneOf(owners, rulesText(groupId, signed.rules), signed.signature))) {
    throw new CoreError("bad_signature", "rules");
  }
  const { invites, delegates, relayKey, generation, seats, absent } = state;
  const rules = signed?.rules ?? { serial: 0, maxMembers: policy.maxMembers, isLocked: false };
  const handle = handleOf(policy);
  const parts = { owner, rules, invites, delegates, relayKey, generation, seats, absent };
  return { handle, signedPolicy: state.policy, policy, signedRules: signed, ...parts };
}

/** Picks the entry of a member id. */
export const sameId = (a: Uint8Array) => (entry: { memberId: Uint8Array }) => equalBytes(a, entry.memberId);
/** Picks the entry of a member key. */
export const sameKey = (a: Uint8Array) => (entry: { memberKey: Uint8Array }) => equalBytes(a, entry.memberKey);

export function seatFor(state: RoomState, memberId: Uint8Array): Uint8Array | undefined {
  return state.seats.find(sameId(memberId))?.seat;
}

export function isReadOnly(state: RoomState, memberId: Uint8Array): boolean {
  return state.seats.find(sameId(memberId))?.isReadOnly ?? false;
}

export function isOwnerKey(state: RoomState, signatureKey: Uint8Array): boolean {
  return equalBytes(signatureKey, state.owner.memberKey);
}

/** The owner or a delegate. */
export function isModeratorKey(state: RoomState, signatureKey: Uint8Array): boolean {
  return isOwnerKey(state, signatureKey) || state.delegates.some(sameKey(signatureKey));
}

/** The same member under the name of a new seat. */
export function renewSeat(state: RoomState, memberId: Uint8Array, seat: Uint8Array): RoomState {
  const entry = { memberId, seat, isReadOnly: isReadOnly(state, memberId) };
  return { ...state, seats: [...state.seats.filter((other) => !sameId(memberId)(other)), entry] };
}

const idOf = (key: Uint8Array): string => toHex(memberIdOf(key));

/** The state as plain values, for everybody who is not to know keys. */
export function termsOf(state: RoomState) {
  return {
    ownerId: idOf(state.owner.memberKey),
    delegates: state.delegates.map(({ memberKey }) => idOf(memberKey)),
    readOnly: state.seats.filter((seat) => seat.isReadOnly).map(({ memberId }) => toHex(memberId)),
    isLocked: state.rules.isLocked,
    maxMembers: state.rules.maxMembers,
    invites: state.invites.map(({ inviteId, maxUses, used, flags, issuer }) => ({
      inviteId,
      maxUses,
      used,
      ...flagsFromByte(flags),
      issuer: idOf(issuer),
    })),
    relayKey: state.relayKey,
    generation: state.generation,
  };
}

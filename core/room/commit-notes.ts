// What a commit says beside MLS, in its authenticated data: on which room state it builds, why members are removed, and what
// the owner or a delegate orders. Being part of the commit, it is signed by the committer and has the order of commits.
import { concat, utf8 } from "../../codec/bytes.ts";
import { bool, decode, encode, fixed, list, struct, u16, u32, u53, u8, variant } from "../../codec/codec.ts";
import type { Codec } from "../../codec/codec.ts";
import { DecodeError } from "../../codec/reader.ts";
import { CoreError } from "../errors.ts";
import { inviteTerms } from "./invite.ts";
import type { InviteTerms } from "./invite.ts";
import { MAX_ROOM_MEMBERS } from "./policy.ts";

export const MAX_ORDERS = 160;

/** Why a member is removed. */
export type Reason =
  /** By the owner or a delegate. */
  | { readonly kind: "kick" }
  /** It has said so: its signature over leaveText of content.ts. */
  | { readonly kind: "left"; readonly statement: Uint8Array }
  /** The relay says that its seat has been silent for long: signature over codec/signing.ts goneText. */
  | { readonly kind: "gone"; readonly receipt: Uint8Array };

/** The part of a room's policy that its owner may change. */
export interface Rules {
  readonly serial: number;
  readonly maxMembers: number;
  readonly isLocked: boolean;
}

export interface SignedRules {
  readonly rules: Rules;
  /** The owner's, over {@link rulesText}. */
  readonly signature: Uint8Array;
}

/** A new owner, named by the one before. */
export interface Handover {
  readonly memberKey: Uint8Array;
  readonly relayKey: Uint8Array;
  /** With `relaySignature` the proof that the relay wants for `owner:handover`. */
  readonly counter: number;
  readonly relaySignature: Uint8Array;
  /** By the member key of the owner before, over {@link handoverText}. */
  readonly signature: Uint8Array;
}

/** A member with the powers of a moderator. */
export interface Delegate {
  readonly memberKey: Uint8Array;
  readonly relayKey: Uint8Array;
  /** For the relay: counter and signature over codec/signing.ts delegationText by the owner's relay key. */
  readonly issued: number;
  readonly token: Uint8Array;
  /** By the owner's member key, over {@link delegateText}. */
  readonly signature: Uint8Array;
}

export type Order =
  | ({ readonly kind: "rules" } & SignedRules)
  | { readonly kind: "invite"; readonly terms: InviteTerms; readonly signature: Uint8Array }
  | { readonly kind: "revoke"; readonly inviteId: Uint8Array }
  | ({ readonly kind: "handover" } & Handover)
  | ({ readonly kind: "delegate" } & Delegate)
  | { readonly kind: "undelegate"; readonly memberKey: Uint8Array }
  /** The key that the relay signs its receipts with. */
  | { readonly kind: "relay"; readonly key: Uint8Array }
  /** A member that was taken out as silent may not come back. */
  | { readonly kind: "forget"; readonly memberKey: Uint8Array };

export interface CommitNotes {
  /** Digest of the room state that the commit builds on. */
  readonly base: Uint8Array;
  /** One for each Remove, in their order. */
  readonly reasons: readonly Reason[];
  readonly orders: readonly Order[];
}

const key = fixed(32);
const signature = fixed(64);
const rules = struct<Rules>({ serial: u32, maxMembers: u16, isLocked: bool });
export const signedRules = struct<SignedRules>({ rules, signature });
export const handover = struct<Handover>({
  memberKey: key,
  relayKey: key,
  counter: u53,
  relaySignature: signature,
  signature,
});
export const delegate = struct<Delegate>({
  memberKey: key,
  relayKey: key,
  issued: u53,
  token: signature,
  signature,
});

const reason = variant<Reason>({
  kick: [0x01, struct<object>({})],
  left: [0x02, struct<{ statement: Uint8Array }>({ statement: signature })],
  gone: [0x03, struct<{ receipt: Uint8Array }>({ receipt: signature })],
});

const order = variant<Order>({
  rules: [0x01, signedRules],
  invite: [0x02, struct<{ terms: InviteTerms; signature: Uint8Array }>({ terms: inviteTerms, signature })],
  revoke: [0x03, struct<{ inviteId: Uint8Array }>({ inviteId: fixed(16) })],
  handover: [0x04, handover],
  delegate: [0x05, delegate],
  undelegate: [0x06, struct<{ memberKey: Uint8Array }>({ memberKey: key })],
  relay: [0x07, struct<{ key: Uint8Array }>({ key })],
  forget: [0x08, struct<{ memberKey: Uint8Array }>({ memberKey: key })],
});

interface Notes {
  readonly version: number;
  readonly base: Uint8Array;
  readonly reasons: Reason[];
  readonly orders: Order[];
}

const notes: Codec<Notes> = struct<Notes>({
  version: u8,
  base: key,
  reasons: list(reason, MAX_ROOM_MEMBERS),
  orders: list(order, MAX_ORDERS),
});

export function encodeNotes({ base, reasons, orders }: CommitNotes): Uint8Array {
  return encode(notes, { version: 1, base, reasons: [...reasons], orders: [...orders] });
}

/** Throws `commit_refused`. */
export function decodeNotes(bytes: Uint8Array): CommitNotes {
  try {
    const { version, ...value } = decode(notes, bytes);
    if (version !== 1) throw new CoreError("commit_refused", "notes of another version");
    return value;
  } catch (cause) {
    if (cause instanceof DecodeError) throw new CoreError("commit_refused", "notes", { cause });
    throw cause;
  }
}

export function rulesText(groupId: Uint8Array, value: Rules): Uint8Array {
  return concat(utf8("SR1 rules"), groupId, encode(rules, value));
}

export function handoverText(groupId: Uint8Array, value: Pick<Handover, "memberKey" | "relayKey">): Uint8Array {
  return concat(utf8("SR1 handover"), groupId, value.memberKey, value.relayKey);
}

export function delegateText(groupId: Uint8Array, value: Omit<Delegate, "signature">): Uint8Array {
  const { memberKey, relayKey, issued, token } = value;
  return concat(utf8("SR1 delegate-order"), groupId, memberKey, relayKey, encode(u53, issued), token);
}

/** What whoever approves a knock signs. */
export function approvalText(groupId: Uint8Array, inviteId: Uint8Array, signatureKey: Uint8Array): Uint8Array {
  return concat(utf8("SR1 approve"), groupId, inviteId, signatureKey);
}

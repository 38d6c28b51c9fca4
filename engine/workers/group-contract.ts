// The contract between the engine and the place where a room's keys live: a module worker in the extension, the same thread
// in Node. Every value can be cloned. Sealed bytes and public facts come out; keys never do, but for the credential that a
// restarted engine needs.
import type { RoomRecord } from "../../codec/signing.ts";
import type { ContentBody } from "../../core/room/content.ts";
import type { EnvelopeKind } from "../../core/room/envelope.ts";
import type { Head, InviteRecord, OwnerBody, OwnerProof, OwnerRequestName } from "../../wire/events.ts";

/** What never changes about a room, as far as a member or applicant may know it. Ids are hexadecimal member ids. */
export interface RoomFacts {
  readonly handle: Uint8Array;
  readonly record: RoomRecord;
  readonly name: string;
  readonly lifeS: number;
  /** The most that the room can ever hold; what holds now is in {@link RoomTerms}. */
  readonly maxMembers: number;
  readonly selfId: string;
}

/** A new invite as its maker wants it. */
export interface InviteRequest {
  readonly password: string | undefined;
  readonly askFirst: boolean;
  readonly readOnly: boolean;
  /** 0 means open. */
  readonly maxUses: number;
  readonly lifeS: number;
}

/** An invite of this member's own making: only its maker can show the link again. */
export interface OwnInvite {
  readonly inviteId: Uint8Array;
  readonly link: string;
  /** Wall clock in ms. */
  readonly expiresAtMs: number;
}

/** An invite as every member knows it. */
export interface InviteFacts {
  readonly inviteId: Uint8Array;
  readonly maxUses: number;
  readonly used: number;
  readonly hasPassword: boolean;
  readonly askFirst: boolean;
  readonly readOnly: boolean;
  /** Member id of its maker. */
  readonly issuer: string;
}

/** What all members agree on beside the group itself; changes only with commits. */
export interface RoomTerms {
  readonly ownerId: string;
  readonly delegates: readonly string[];
  readonly readOnly: readonly string[];
  readonly isLocked: boolean;
  readonly maxMembers: number;
  readonly invites: readonly InviteFacts[];
  /** Checks the relay's receipts; to be brought up to date by an order when the relay names another one. */
  readonly relayKey: Uint8Array | undefined;
  /** Generation of the outer key. */
  readonly generation: number;
}

export interface Created {
  readonly facts: RoomFacts;
  readonly cid: Uint8Array;
  readonly groupInfo: Uint8Array;
  readonly invites: InviteRecord[];
  readonly standing: Standing;
}

/** The epoch a room stands in. Ids are hexadecimal member ids. */
export interface Standing {
  readonly cid: Uint8Array;
  readonly epoch: number;
  readonly members: readonly string[];
  /** First bytes of the epoch authenticator, compared in beats. */
  readonly authenticator: Uint8Array;
  /** Members that left, or that the relay has vouched silent, and still have a leaf. */
  readonly leaving: readonly string[];
  readonly terms: RoomTerms;
}

export type RemovalReason = "left" | "kicked" | "gone";

/** What a commit did, for what people are shown. */
export interface Change {
  readonly standing: Standing;
  readonly joined: string | undefined;
  readonly isRejoin: boolean;
  /** How `joined` came in: who made the invite, and who let it in where the invite asks first. */
  readonly invitedBy: string | undefined;
  readonly approvedBy: string | undefined;
  readonly removed: readonly { readonly id: string; readonly reason: RemovalReason }[];
  /** Who made the commit. */
  readonly by: string;
  readonly orders: readonly OrderFact[];
}

export type OrderFact =
  | { readonly kind: "rules"; readonly isLocked: boolean; readonly maxMembers: number }
  | { readonly kind: "invite" | "revoke"; readonly inviteId: Uint8Array }
  | { readonly kind: "handover" | "delegate" | "undelegate"; readonly member: string }
  | { readonly kind: "relay" | "forget" };

/** What the owner or a delegate wants changed. */
export type OrderRequest =
  | { readonly kind: "rules"; readonly isLocked?: boolean; readonly maxMembers?: number }
  | { readonly kind: "invite"; readonly invite: InviteRequest }
  | { readonly kind: "revoke"; readonly inviteId: Uint8Array }
  | { readonly kind: "handover" | "delegate" | "undelegate"; readonly memberId: string }
  | { readonly kind: "relay"; readonly key: Uint8Array };

export type CommitPurpose =
  | { readonly kind: "update" }
  /** Takes out those that have left or are vouched silent. */
  | { readonly kind: "clear" }
  | { readonly kind: "kick"; readonly memberIds: readonly string[]; readonly keepInvites: boolean }
  | { readonly kind: "orders"; readonly orders: readonly OrderRequest[] };

/** A request to the relay that has to follow a commit; each is signed with {@link GroupHost.proveOwner}. */
export type OwnerRequest = {
  readonly [N in OwnerRequestName]: { readonly name: N; readonly body: OwnerBody<N> };
}[OwnerRequestName];

export interface PreparedCommit {
  readonly baseCid: Uint8Array;
  readonly cid: Uint8Array;
  readonly envelope: Uint8Array;
  readonly groupInfo: Uint8Array;
  readonly rotation: Uint8Array | undefined;
  /** To be asked of the relay, in this order, once it has accepted the commit. */
  readonly requests: readonly OwnerRequest[];
}

export type Applied =
  | { readonly kind: "applied"; readonly change: Change }
  /** This member is out. */
  | { readonly kind: "removed"; readonly by: string; readonly reason: RemovalReason }
  /** The commit breaks the rules; the room stands where it stood. */
  | { readonly kind: "refused" };

export type RolledBack = { readonly kind: "restored"; readonly standing: Standing } | { readonly kind: "lost" };

export interface SealRequest {
  readonly kind: Extract<EnvelopeKind, "message" | "signal" | "beat">;
  readonly messageId: Uint8Array;
  readonly run: number;
  readonly sequence: number;
  readonly previous: Uint8Array;
  readonly lamport: number;
  readonly body: ContentBody;
}

export interface Sealed {
  readonly cid: Uint8Array;
  readonly envelope: Uint8Array;
  /** Of a beat: the same under the outer keys of before, for members that have not followed a kick yet. */
  readonly before: readonly Uint8Array[];
  /** Identifies the content; what the next numbered content names as its previous one. */
  readonly digest: Uint8Array;
  /** The signed content itself, for those that are handed on. */
  readonly signed: Uint8Array;
}

export interface Profile {
  readonly memberId: string;
  readonly name: string;
  readonly lamport: number;
  readonly signed: Uint8Array;
}

/** A content that its author's key has proved. */
export interface Opened {
  readonly memberId: string;
  readonly messageId: Uint8Array;
  readonly run: number;
  readonly sequence: number;
  readonly previous: Uint8Array;
  readonly digest: Uint8Array;
  readonly lamport: number;
  /** Commit id of the epoch it was sent in. */
  readonly cid: Uint8Array;
  /** Number of that epoch; undefined for a handed-on content of an epoch this member was not in. */
  readonly epoch: number | undefined;
  /** Of a past epoch, or handed on from an epoch this member was not in. */
  readonly isLate: boolean;
  readonly body: ContentBody;
  readonly signed: Uint8Array;
  /** Profiles of a state sync that prove to be their members' own. */
  readonly profiles: readonly Profile[];
  /** Contents handed on in an `again` that prove to be their authors' own. */
  readonly contents: readonly Opened[];
}

/** Somebody who asks to be let in. */
export interface Knock {
  readonly memberId: string;
  readonly name: string;
}

/** All calls name the room; those of one room are carried out one after the other. They reject with a CoreError. */
export interface GroupHost {
  create(
    room: string,
    options: { relay: string; name: string; lifeS: number; maxMembers: number; invite: InviteRequest; nowMs: number },
  ): Promise<Created>;
  /** Takes an invite link; the packet it proves for is opened by {@link openPacket}. A password takes about a second. */
  openLink(room: string, options: { link: string; password: string | undefined }): Promise<{ inviteId: Uint8Array }>;
  proveInvite(room: string, options: { origin: string; nonce: Uint8Array }): Promise<Uint8Array>;
  /** `undefined` when the invite asks first: then {@link knock} comes next. */
  openPacket(room: string, packet: Uint8Array): Promise<RoomFacts | undefined>;
  knock(room: string, options: { name: string }): Promise<Uint8Array>;
  /** `undefined` when it was denied. */
  openKnockAnswer(room: string, sealed: Uint8Array): Promise<RoomFacts | undefined>;
  /** Reads a knock by an invite of the room; rejects for one that is none. */
  openKnock(room: string, options: { inviteId: Uint8Array; sealed: Uint8Array }): Promise<Knock>;
  /** Owner or delegate: the sealed answer. */
  answerKnock(
    room: string,
    options: { inviteId: Uint8Array; sealed: Uint8Array; isAdmitted: boolean },
  ): Promise<Uint8Array>;
  /** Prepares the external commit into the epoch of `head`: the first time, or again under the same key. */
  prepareJoin(room: string, head: Head): Promise<PreparedCommit>;
  /** Prepares a member's commit; `undefined` when there is nothing to do. Rejects with `not_allowed` without the right. */
  prepareCommit(
    room: string,
    options: { purpose: CommitPurpose; relay: string; nowMs: number },
  ): Promise<PreparedCommit | undefined>;
  /** The relay has decided about the prepared commit. */
  settle(room: string, accepted: boolean): Promise<Change | undefined>;
  apply(room: string, commit: { baseCid: Uint8Array; envelope: Uint8Array }): Promise<Applied>;
  rollBack(room: string, options: { cid: Uint8Array; head: Head }): Promise<RolledBack>;
  seal(room: string, request: SealRequest): Promise<Sealed>;
  open(
    room: string,
    options: { kind: SealRequest["kind"]; cid: Uint8Array; envelope: Uint8Array; nowMs: number },
  ): Promise<Opened>;
  /** A fresh sealed GroupInfo of the current epoch. */
  groupInfo(room: string): Promise<{ cid: Uint8Array; groupInfo: Uint8Array }>;
  /** What a relay that lost the room has to be shown. */
  restoreOffer(room: string): Promise<{ record: RoomRecord; seat: Uint8Array; head: Head }>;
  /** Takes the relay's word that a seat is silent; false when it proves nothing. */
  noteSilent(room: string, options: { seat: Uint8Array; receipt: Uint8Array }): Promise<boolean>;
  /** Everything a relay must be told by the owner or a delegate to be up to date: invites, lock, handovers. */
  ownerRequests(room: string, options: { relay: string; nowMs: number }): Promise<readonly OwnerRequest[]>;
  proveOwner(room: string, options: { counter: number; request: OwnerRequest }): Promise<OwnerProof>;
  isEndProven(room: string, proof: OwnerProof): Promise<boolean>;
  /** The invites this member has made and that are still live. */
  ownInvites(room: string): Promise<readonly OwnInvite[]>;
  /** Eight words, equal for all members of an epoch. */
  roomCode(room: string): Promise<readonly string[]>;
  /** Thirty digits of a member's key, now or lately in the room. */
  fingerprint(room: string, memberId: string): Promise<string>;
  /** The commitment to a nonce for the short emoji; kept until {@link sas}. */
  commitSas(room: string, options: { nonce: Uint8Array; memberId: string }): Promise<Uint8Array>;
  /** Seven indices below 64 from everybody's nonces, in the current epoch. */
  sas(room: string, nonces: readonly Uint8Array[]): Promise<readonly number[]>;
  /** What a restarted engine needs to re-enter: never MLS state, never a message. */
  credential(room: string): Promise<Uint8Array>;
  restore(room: string, credential: Uint8Array): Promise<RoomFacts>;
  /** Overwrites all keys of the room. */
  wipe(room: string): Promise<void>;
  close(): void;
}

export const groupMethods = [
  "create",
  "openLink",
  "proveInvite",
  "openPacket",
  "knock",
  "openKnockAnswer",
  "openKnock",
  "answerKnock",
  "prepareJoin",
  "prepareCommit",
  "settle",
  "apply",
  "rollBack",
  "seal",
  "open",
  "groupInfo",
  "restoreOffer",
  "noteSilent",
  "ownerRequests",
  "proveOwner",
  "isEndProven",
  "ownInvites",
  "roomCode",
  "fingerprint",
  "commitSas",
  "sas",
  "credential",
  "restore",
  "wipe",
] as const satisfies readonly (keyof GroupHost)[];
export type GroupMethod = (typeof groupMethods)[number];

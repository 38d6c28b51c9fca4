// The contract between the engine and the place where a room's keys live: a module worker in the extension, the same thread
// in Node. Every value can be cloned. Sealed bytes and public facts come out; keys never do, but for the credential that a
// restarted engine needs.
import type { ContentBody } from "../../core/room/content.ts";
import type { EnvelopeKind } from "../../core/room/envelope.ts";
import type { Head, InviteRecord } from "../../wire/events.ts";

/** What a member may know about the room it is in or about to enter. */
export interface RoomFacts {
  readonly handle: Uint8Array;
  readonly name: string;
  readonly lifeS: number;
  readonly maxMembers: number;
  readonly selfId: string;
  readonly ownerId: string;
  readonly relayOwnerKey: Uint8Array;
}

export interface Created {
  readonly facts: RoomFacts;
  readonly cid: Uint8Array;
  readonly groupInfo: Uint8Array;
  readonly invites: InviteRecord[];
  readonly link: string;
  readonly standing: Standing;
}

/** The epoch a room stands in. Ids are hexadecimal member ids. */
export interface Standing {
  readonly cid: Uint8Array;
  readonly epoch: number;
  readonly members: readonly string[];
  /** First bytes of the epoch authenticator, compared in beats. */
  readonly authenticator: Uint8Array;
  /** Members that left and still have a leaf. */
  readonly leaving: readonly string[];
}

export interface Change {
  readonly standing: Standing;
  readonly joined: string | undefined;
  readonly isRejoin: boolean;
  readonly removed: readonly string[];
  readonly removedBy: string | undefined;
  readonly isLeave: boolean;
}

export interface PreparedCommit {
  readonly baseCid: Uint8Array;
  readonly cid: Uint8Array;
  readonly envelope: Uint8Array;
  readonly groupInfo: Uint8Array;
}

export type Applied =
  | { readonly kind: "applied"; readonly change: Change }
  /** This member is out. */
  | { readonly kind: "removed"; readonly by: string; readonly isLeave: boolean }
  /** The commit breaks the rules; the room stands where it stood. */
  | { readonly kind: "refused" };

export type RolledBack = { readonly kind: "restored"; readonly standing: Standing } | { readonly kind: "lost" };

export interface SealRequest {
  readonly kind: Extract<EnvelopeKind, "message" | "signal">;
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
  /** What the next numbered content names as its previous one. */
  readonly digest: Uint8Array;
  /** The signed content itself, for those that are handed on to newcomers. */
  readonly signed: Uint8Array;
}

export interface Profile {
  readonly memberId: string;
  readonly name: string;
  readonly lamport: number;
  readonly signed: Uint8Array;
}

export interface Opened {
  readonly memberId: string;
  readonly messageId: Uint8Array;
  readonly run: number;
  readonly sequence: number;
  readonly lamport: number;
  readonly epoch: number;
  readonly isLate: boolean;
  readonly body: ContentBody;
  readonly signed: Uint8Array;
  /** Profiles of a state sync that prove to be their members' own. */
  readonly profiles: readonly Profile[];
}

/** All calls name the room; those of one room are carried out one after the other. They reject with a CoreError. */
export interface GroupHost {
  create(room: string, options: { relay: string; name: string; lifeS: number; maxMembers: number }): Promise<Created>;
  /** Takes an invite link; the packet it proves for is opened by {@link openPacket}. */
  openLink(room: string, link: string): Promise<{ inviteId: Uint8Array }>;
  proveInvite(room: string, options: { origin: string; nonce: Uint8Array }): Promise<Uint8Array>;
  openPacket(room: string, packet: Uint8Array): Promise<RoomFacts>;
  /** Prepares the external commit into the epoch of `head`: the first time, or again under the same key. */
  prepareJoin(room: string, head: Head): Promise<PreparedCommit>;
  /** Prepares a member's commit; `undefined` when there is nothing to do. */
  prepareCommit(
    room: string,
    purpose: { kind: "update" } | { kind: "remove-leavers" } | { kind: "kick"; memberId: string },
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
  /** How the relay calls a member's place. */
  seatOf(room: string, memberId: string): Promise<Uint8Array | undefined>;
  proveOwner(
    room: string,
    options: { counter: number; operation: "end" | "evict"; argument: Uint8Array },
  ): Promise<Uint8Array>;
  isEndProven(room: string, proof: { counter: number; signature: Uint8Array }): Promise<boolean>;
  /** What a restarted engine needs to re-enter: never MLS state, never a message. */
  credential(room: string): Promise<Uint8Array>;
  restore(room: string, credential: Uint8Array): Promise<RoomFacts & { link: string | undefined }>;
  /** Overwrites all keys of the room. */
  wipe(room: string): Promise<void>;
  close(): void;
}

export const groupMethods = [
  "create",
  "openLink",
  "proveInvite",
  "openPacket",
  "prepareJoin",
  "prepareCommit",
  "settle",
  "apply",
  "rollBack",
  "seal",
  "open",
  "groupInfo",
  "seatOf",
  "proveOwner",
  "isEndProven",
  "credential",
  "restore",
  "wipe",
] as const satisfies readonly (keyof GroupHost)[];
export type GroupMethod = (typeof groupMethods)[number];

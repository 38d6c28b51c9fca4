// What a session knows of its room, for the flows beside this file. One room, one serial queue: whatever changes the group
// or the timeline runs inside it.
import type {
  EmojiRound,
  EndReason,
  EngineFault,
  KnockSnapshot,
  RoomPhase,
  RoomSnapshot,
} from "../../bridge/contract.ts";
import type { Settings } from "../../bridge/contract.ts";
import type { Stand } from "../../core/room/judgement.ts";
import { Ledger } from "../../core/room/ledger.ts";
import { emptyTimeline } from "../../core/room/timeline.ts";
import type { Timeline } from "../../core/room/timeline.ts";
import type { EnginePorts } from "../ports.ts";
import type { RelayClient } from "../relay/relay-client.ts";
import type { GroupHost, OwnInvite, PreparedCommit, RoomFacts, Standing } from "../workers/group-contract.ts";
import { SerialQueue } from "./serial-queue.ts";

/** A message of ours: it waits here until the relay has fanned it out. */
export interface OutgoingText {
  readonly id: string;
  readonly messageId: Uint8Array;
  readonly text: string;
  readonly atMs: number;
  /** Set at the first attempt, and kept: a message that is sent twice is shown once. */
  position: { sequence: number; lamport: number; previous: Uint8Array; digest: Uint8Array } | undefined;
  state: "waiting" | "in-flight" | "held" | "sent" | "failed";
}

export interface KnownProfile {
  readonly name: string;
  readonly lamport: number;
  readonly signed: Uint8Array;
}

/** Somebody who asks to be let in, with what the answer needs. */
export interface WaitingKnock extends KnockSnapshot {
  readonly knock: Uint8Array;
  readonly inviteId: Uint8Array;
  readonly sealed: Uint8Array;
}

/** The link that brought this member in. */
export interface JoinLink {
  readonly text: string;
  /** Hexadecimal; empty until the link has been opened. */
  readonly inviteId: string;
}

export interface Room {
  readonly id: string;
  readonly relayOrigin: string;
  readonly ports: EnginePorts;
  readonly host: GroupHost;
  readonly settings: () => Settings;
  readonly queue: SerialQueue;
  relay: RelayClient | undefined;
  phase: RoomPhase;
  /** While joining: what is being waited for. */
  entry: RoomSnapshot["entry"];
  facts: RoomFacts | undefined;
  standing: Standing | undefined;
  resumeToken: Uint8Array | undefined;
  joinLink: JoinLink | undefined;
  displayName: string;
  /** Numbers of our contents begin anew with each start of the engine. */
  run: number;
  lastSequence: number;
  lastDigest: Uint8Array;
  /** The last number that got through, and the digest of that content. */
  lastSent: number;
  sentDigest: Uint8Array;
  timeline: Timeline;
  readonly ledger: Ledger;
  readonly outgoing: OutgoingText[];
  readonly profiles: Map<string, KnownProfile>;
  /** Monotonic time at which each member was last heard. */
  readonly heardAtMs: Map<string, number>;
  /** Monotonic time at which we last came in: whoever was there then counts as heard. */
  enteredAtMs: number;
  /** Commit ids of the epochs in which this engine has been, in hexadecimal; the last few hundred. */
  readonly epochs: Set<string>;
  /** This engine has come back past epochs in which it was not. */
  hasRejoined: boolean;
  /** The epoch in which each member that we saw come in did so first. */
  readonly joinedIn: Map<string, number>;
  /** Monotonic time of the end; grows never. */
  endsAtMs: number;
  /** No older epoch is entered: it would be one that the relay keeps from the past. */
  minEpoch: number;
  /** Until somebody else has been heard in our epoch, we do not say that we are inside. */
  isVerified: boolean;
  /** This member has been inside before: from then on it comes back by its seat, not by the invite. */
  wasOpen: boolean;
  unread: number;
  undecryptable: number;
  pending: PreparedCommit | undefined;
  /** The commit that the relay stands at, whether or not we follow it. */
  relayCid: Uint8Array | undefined;
  /** What the relay signs its receipts with, as it says. */
  relayKey: Uint8Array | undefined;
  ownInvites: readonly OwnInvite[];
  /** Failed proofs per invite, as the relay counts them. */
  readonly guesses: Map<string, number>;
  readonly knocks: Map<string, WaitingKnock>;
  /** What each member says it holds of ours. */
  readonly receipts: Map<string, { readonly run: number; readonly sequence: number }>;
  /** Monotonic time until which each member counts as typing. */
  readonly typing: Map<string, number>;
  /** Where each member last said it stands. */
  readonly claims: Map<string, Stand>;
  /** Members whose claims we could not confirm by coming back: they no longer keep us from sending. */
  readonly doubted: Set<string>;
  readonly equivocators: Set<string>;
  warning: { readonly kind: "split" | "behind"; readonly members: readonly string[] } | undefined;
  /** Nothing is sent while a commit that others have is not applied here, or one that we refuse stands. */
  readonly holds: Set<"behind" | "refused">;
  /** Member ids whose key this person has compared. */
  readonly verified: Set<string>;
  emoji: EmojiRound | undefined;
  end: { reason: EndReason; fault: EngineFault | undefined; byName?: string | undefined } | undefined;
}

export function newRoom(options: {
  id: string;
  relayOrigin: string;
  ports: EnginePorts;
  host: GroupHost;
  settings: () => Settings;
  displayName: string;
}): Room {
  return {
    ...options,
    queue: new SerialQueue(),
    relay: undefined,
    phase: "joining",
    entry: "connecting",
    facts: undefined,
    standing: undefined,
    resumeToken: undefined,
    joinLink: undefined,
    run: 1,
    lastSequence: 0,
    lastDigest: new Uint8Array(32),
    lastSent: 0,
    sentDigest: new Uint8Array(32),
    timeline: emptyTimeline,
    ledger: new Ledger(),
    outgoing: [],
    profiles: new Map(),
    heardAtMs: new Map(),
    enteredAtMs: 0,
    epochs: new Set(),
    hasRejoined: false,
    joinedIn: new Map(),
    endsAtMs: Number.POSITIVE_INFINITY,
    minEpoch: 0,
    isVerified: false,
    wasOpen: false,
    unread: 0,
    undecryptable: 0,
    pending: undefined,
    relayCid: undefined,
    relayKey: undefined,
    ownInvites: [],
    guesses: new Map(),
    knocks: new Map(),
    receipts: new Map(),
    typing: new Map(),
    claims: new Map(),
    doubted: new Set(),
    equivocators: new Set(),
    warning: undefined,
    holds: new Set(),
    verified: new Set(),
    emoji: undefined,
    end: undefined,
  };
}

/** Nothing that was said in the room, and nobody's name, stays in memory. */
export function forgetContents(room: Room): void {
  room.resumeToken = undefined;
  room.joinLink = undefined;
  room.ownInvites = [];
  room.outgoing.length = 0;
  room.timeline = emptyTimeline;
  room.ledger.clear();
  room.equivocators.clear();
  room.standing = undefined;
  room.profiles.clear();
  room.knocks.clear();
  room.warning = undefined;
  room.emoji = undefined;
}

export function selfIdOf(room: Room): string {
  return room.facts?.selfId ?? "";
}

export function othersOf(room: Room): string[] {
  return room.standing?.members.filter((id) => id !== selfIdOf(room)) ?? [];
}

export function isOwner(room: Room, memberId = selfIdOf(room)): boolean {
  return memberId !== "" && room.standing?.terms.ownerId === memberId;
}

export function isDelegate(room: Room, memberId = selfIdOf(room)): boolean {
  return room.standing?.terms.delegates.includes(memberId) ?? false;
}

export function isModerator(room: Room): boolean {
  return isOwner(room) || isDelegate(room);
}

export function isReadOnly(room: Room, memberId = selfIdOf(room)): boolean {
  return room.standing?.terms.readOnly.includes(memberId) ?? false;
}

/** No answer of the relay, and nobody's word, makes a room live longer than it was known to. */
export function limitLife(room: Room, lifeMs: number): void {
  room.endsAtMs = Math.min(room.endsAtMs, room.ports.clock.monotonicMs() + lifeMs);
}

export function remainingMs(room: Room): number {
  return Math.max(0, Math.round(room.endsAtMs - room.ports.clock.monotonicMs()));
}

export function beatIntervalMs(room: Room): number {
  return Math.max(15_000, 500 * (room.standing?.members.length ?? 1));
}

export function isOnline(room: Room, memberId: string): boolean {
  if (memberId === selfIdOf(room)) return room.phase === "open";
  const heardAtMs = Math.max(room.heardAtMs.get(memberId) ?? 0, room.enteredAtMs);
  return room.ports.clock.monotonicMs() - heardAtMs < 3 * beatIntervalMs(room);
}

/** A member whose profile has not arrived yet is a guest. */
export function nameOf(room: Room, memberId: string): string {
  if (memberId === selfIdOf(room)) return room.displayName;
  return room.profiles.get(memberId)?.name ?? `Guest ${memberId.slice(0, 4)}`;
}

/**
 * Who of `ids` should act: 0 for the lowest, who acts at once; the others wait in turn and act only if nobody did. Members
 * that have not been heard lately come last.
 */
export function rankOf(room: Room, ids: readonly string[]): number {
  const order = ids.toSorted((a, b) => Number(isOnline(room, b)) - Number(isOnline(room, a)) || (a < b ? -1 : 1));
  return Math.max(order.indexOf(selfIdOf(room)), 0);
}

// What a session knows of its room, for the flows beside this file. One room, one serial queue: whatever changes the group
// or the timeline runs inside it.
import type { EndReason, EngineFault, RoomPhase } from "../../bridge/contract.ts";
import { emptyTimeline } from "../../core/room/timeline.ts";
import type { Timeline } from "../../core/room/timeline.ts";
import type { EnginePorts } from "../ports.ts";
import type { RelayClient } from "../relay/relay-client.ts";
import type { GroupHost, RoomFacts, Standing } from "../workers/group-contract.ts";
import { SerialQueue } from "./serial-queue.ts";

/** A message of ours: it waits here until the relay has fanned it out. */
export interface OutgoingText {
  readonly id: string;
  readonly messageId: Uint8Array;
  readonly text: string;
  readonly atMs: number;
  /** Set at the first attempt, and kept: a message that is sent twice is shown once. */
  position: { sequence: number; lamport: number; previous: Uint8Array } | undefined;
  state: "waiting" | "in-flight" | "held" | "sent" | "failed";
}

export interface KnownProfile {
  readonly name: string;
  readonly lamport: number;
  readonly signed: Uint8Array;
}

export interface Room {
  readonly id: string;
  readonly relayOrigin: string;
  readonly ports: EnginePorts;
  readonly host: GroupHost;
  readonly queue: SerialQueue;
  relay: RelayClient | undefined;
  phase: RoomPhase;
  facts: RoomFacts | undefined;
  standing: Standing | undefined;
  resumeToken: Uint8Array | undefined;
  link: string | undefined;
  displayName: string;
  /** Numbers of our contents begin anew with each start of the engine. */
  run: number;
  lastSequence: number;
  lastSent: number;
  lastDigest: Uint8Array;
  timeline: Timeline;
  readonly outgoing: OutgoingText[];
  readonly profiles: Map<string, KnownProfile>;
  /** Monotonic time at which each member was last heard. */
  readonly heardAtMs: Map<string, number>;
  /** Monotonic time at which we last came in: whoever was there then counts as heard. */
  enteredAtMs: number;
  /** Monotonic time of the end; grows never. */
  endsAtMs: number;
  /** No older epoch is entered: it would be one that the relay keeps from the past. */
  minEpoch: number;
  /** Until somebody else has been heard in our epoch, we do not say that we are inside. */
  isVerified: boolean;
  unread: number;
  undecryptable: number;
  pendingCid: Uint8Array | undefined;
  end: { reason: EndReason; fault: EngineFault | undefined } | undefined;
}

export function newRoom(options: {
  id: string;
  relayOrigin: string;
  ports: EnginePorts;
  host: GroupHost;
  displayName: string;
}): Room {
  return {
    ...options,
    queue: new SerialQueue(),
    relay: undefined,
    phase: "joining",
    facts: undefined,
    standing: undefined,
    resumeToken: undefined,
    link: undefined,
    run: 1,
    lastSequence: 0,
    lastSent: 0,
    lastDigest: new Uint8Array(32),
    timeline: emptyTimeline,
    outgoing: [],
    profiles: new Map(),
    heardAtMs: new Map(),
    enteredAtMs: 0,
    endsAtMs: Number.POSITIVE_INFINITY,
    minEpoch: 0,
    isVerified: false,
    unread: 0,
    undecryptable: 0,
    pendingCid: undefined,
    end: undefined,
  };
}

export function selfIdOf(room: Room): string {
  return room.facts?.selfId ?? "";
}

export function othersOf(room: Room): string[] {
  return room.standing?.members.filter((id) => id !== selfIdOf(room)) ?? [];
}

/** No answer of the relay, and nobody's word, makes a room live longer than it was known to. */
export function limitLife(room: Room, remainingMs: number): void {
  room.endsAtMs = Math.min(room.endsAtMs, room.ports.clock.monotonicMs() + remainingMs);
}

export function beatIntervalMs(room: Room): number {
  return Math.max(15_000, 500 * (room.standing?.members.length ?? 1));
}

export function isOnline(room: Room, memberId: string): boolean {
  if (memberId === selfIdOf(room)) return room.phase === "open";
  const heardAtMs = Math.max(room.heardAtMs.get(memberId) ?? 0, room.enteredAtMs);
  return room.ports.clock.monotonicMs() - heardAtMs < 3 * beatIntervalMs(room);
}

/**
 * Who of `ids` should act: 0 for the lowest, who acts at once; the others wait in turn and act only if nobody did. Members
 * that have not been heard lately come last.
 */
export function rankOf(room: Room, ids: readonly string[]): number {
  const order = ids.toSorted((a, b) => Number(isOnline(room, b)) - Number(isOnline(room, a)) || (a < b ? -1 : 1));
  return Math.max(order.indexOf(selfIdOf(room)), 0);
}

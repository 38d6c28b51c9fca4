// Ways into a room: create it, prove an invite, knock, come back to a seat, and the external commit that brings a member in
// or back.
import { toHex } from "../../codec/bytes.ts";
import { EngineError } from "../../bridge/fault.ts";
import { CoreError } from "../../core/errors.ts";
import { decodeLink } from "../../core/room/link.ts";
import type { Head } from "../../wire/events.ts";
import { RelayLost, RelayRefusal } from "../relay/relay-client.ts";
import type { RelayClient } from "../relay/relay-client.ts";
import type { InviteRequest, RoomFacts } from "../workers/group-contract.ts";
import { noteEpoch } from "./commit-flow.ts";
import type { CommitFlow } from "./commit-flow.ts";
import { limitLife } from "./room.ts";
import type { Room } from "./room.ts";

/** More tries than any honest room needs: with a ticket the first one is accepted. */
const MAX_TRIES = 8;
/** GroupInfos that may turn out to be of no use before the room is given up. */
const MAX_UNUSABLE = 3;
const TICKET_WAIT_MS = 60_000;
/** After a complaint another member has to answer; not all of them may be there. */
const FRESH_WAIT_MS = 15_000;

export interface NewRoom {
  readonly name: string;
  readonly lifeS: number;
  readonly maxMembers: number;
  readonly invite: InviteRequest;
}

export function relayOf(room: Room): RelayClient {
  if (!room.relay) throw new RelayLost("no connection");
  return room.relay;
}

export async function createRoom(room: Room, options: NewRoom): Promise<void> {
  const { host, ports, relayOrigin: relay } = room;
  const created = await host.create(room.id, { relay, ...options, nowMs: ports.clock.wallMs() });
  const { facts, cid, groupInfo, invites } = created;
  const answer = await relayOf(room).request("room:create", { record: facts.record, cid, groupInfo, invites });
  room.facts = facts;
  room.standing = created.standing;
  noteEpoch(room, cid);
  room.relayCid = cid;
  room.resumeToken = answer.seat.resumeToken;
  room.relayKey = answer.relayKey;
  room.ownInvites = await host.ownInvites(room.id);
  limitLife(room, Math.min(answer.lifeMs, options.lifeS * 1000));
}

/** The way in that a link is, with the password that goes with it. */
export interface Invitation {
  readonly link: string;
  readonly password: string | undefined;
}

/**
 * Proves the invite to the relay; from here on the room is known, but not entered. False when the invite asks first: then
 * {@link sendKnock} comes next.
 */
export async function openInvite(room: Room, invitation: Invitation): Promise<boolean> {
  const packet = await proveInvite(room, invitation);
  const facts = await room.host.openPacket(room.id, packet);
  if (facts) learn(room, facts);
  return facts !== undefined;
}

/** Proves it for the relay's sake alone: it lets a member that it has put out take the ticket again. */
export async function proveInvite(room: Room, { link, password: given }: Invitation): Promise<Uint8Array> {
  const relay = relayOf(room);
  const password = decodeLink(link).flags.hasPassword ? given : undefined;
  const { inviteId } = await room.host.openLink(room.id, { link, password });
  const { nonce } = await relay.request("invite:challenge", { inviteId });
  const signature = await room.host.proveInvite(room.id, { origin: room.relayOrigin, nonce });
  const { packet, lifeMs } = await proven(relay.request("invite:open", { inviteId, signature }), password);
  if (!room.wasOpen) room.joinLink = { text: link, inviteId: toHex(inviteId) };
  limitLife(room, lifeMs);
  return packet;
}

/** Whoever names a password is told that it may be the wrong one; the relay itself tells nobody why. */
async function proven<T>(answer: Promise<T>, password: string | undefined): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const mayBeWrong = password !== undefined && error instanceof RelayRefusal && error.code === "not_admitted";
    throw mayBeWrong ? new EngineError("password_wrong", { cause: error }) : error;
  }
}

function learn(room: Room, facts: RoomFacts): void {
  room.facts = facts;
  room.entry = "entering";
  limitLife(room, facts.lifeS * 1000);
}

export async function sendKnock(room: Room): Promise<void> {
  const sealed = await room.host.knock(room.id, { name: room.displayName });
  await relayOf(room).request("knock:send", { sealed });
  room.entry = "knocking";
}

/** Rejects with `knock_denied`, or because the answer is not of this room. */
export async function takeKnockAnswer(room: Room, sealed: Uint8Array): Promise<void> {
  const facts = await room.host.openKnockAnswer(room.id, sealed);
  if (!facts) throw new EngineError("knock_denied");
  learn(room, facts);
}

/** Waits for the one ticket of the room. The grant is a notice, so the caller hands in what tells of it. */
export class Tickets {
  #waiting: { resolve: (head: Head) => void; reject: (error: Error) => void; minEpoch: number } | undefined;

  /** A grant of before, told again, is not the one that is waited for; `older` says how long to go on waiting, and why not. */
  granted(head: Head, older: (giveUp: (why: Error) => void) => void): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    if (head.epoch < waiting.minEpoch) {
      older(waiting.reject);
      return;
    }
    waiting.resolve(head);
    this.#waiting = undefined;
  }

  lost(): void {
    this.#waiting?.reject(new RelayLost("connection lost"));
    this.#waiting = undefined;
  }

  async take(room: Room, waitMs = TICKET_WAIT_MS): Promise<Head> {
    const { promise: granted, resolve, reject } = Promise.withResolvers<Head>();
    this.#waiting = { resolve, reject, minEpoch: Math.max(room.minEpoch, room.standing?.epoch ?? 0) };
    const cancel = room.ports.clock.setTimer(waitMs, () => reject(new RelayLost("no ticket")));
    try {
      const [head] = await Promise.all([granted, relayOf(room).request("ticket:take", {})]);
      return head;
    } finally {
      cancel();
      this.#waiting = undefined;
    }
  }
}

/**
 * Enters, or comes back to, the room's group by an external commit behind a ticket. Rejects with `room_unverified` when
 * what the relay hands out does not belong to the room, with `room_full` when the room takes nobody.
 */
export async function enterGroup(room: Room, tickets: Tickets, commits: CommitFlow): Promise<void> {
  room.entry = "entering";
  room.pending = undefined;
  let head = await tickets.take(room);
  const failed = { stale: 0, unusable: 0 };
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    if (head.epoch < Math.max(room.minEpoch, room.standing?.epoch ?? 0)) throw new EngineError("room_unverified");
    try {
      await enterAt(room, head, commits);
      return;
    } catch (error) {
      failed.stale = error instanceof RelayRefusal && error.code === "stale_epoch" ? failed.stale + 1 : 0;
      failed.unusable += Number(error instanceof CoreError);
      // Without an answer it may have been accepted: the ring will tell after the reconnect.
      if (error instanceof RelayLost) throw error;
      await commits.giveUp();
      head = await nextHead(room, tickets, { error, ...failed });
    }
  }
  throw new EngineError("relay_unreachable");
}

async function enterAt(room: Room, head: Head, commits: CommitFlow): Promise<void> {
  if (commits.isSpurned(head.groupInfo)) throw new CoreError("malformed", "the members have refused this GroupInfo");
  const prepared = await room.host.prepareJoin(room.id, head);
  const { baseCid, envelope, groupInfo, rotation } = prepared;
  commits.entering(prepared, head);
  const answer = await relayOf(room).request("commit:send", { baseCid, envelope, groupInfo, rotation });
  if (answer.seat) room.resumeToken = answer.seat.resumeToken;
  await commits.confirm();
}

async function nextHead(
  room: Room,
  tickets: Tickets,
  failure: { error: unknown; stale: number; unusable: number },
): Promise<Head> {
  const { error, stale, unusable } = failure;
  if (error instanceof CoreError) {
    if (unusable > MAX_UNUSABLE || (error.code === "commit_refused" && unusable > 1)) {
      throw new EngineError(error.code === "commit_refused" ? "room_full" : "room_unverified", { cause: error });
    }
    // The GroupInfo is of no use: another member is asked for a fresh one, once the ticket is back.
    await relayOf(room).request("ticket:drop", { unusable: true });
    return tickets.take(room, FRESH_WAIT_MS).catch((cause: unknown) => {
      throw error.code === "commit_refused" ? new EngineError("room_full", { cause }) : cause;
    });
  }
  if (!(error instanceof RelayRefusal)) throw error;
  // Once, a member's commit came first and the ticket is still ours; twice, the lease ran out while we worked.
  if (error.code === "stale_epoch" && error.head && stale < 2) return error.head;
  if (error.code === "not_admitted" || error.code === "stale_epoch") {
    await relayOf(room).request("ticket:drop", { unusable: false });
    return tickets.take(room);
  }
  throw error;
}

/** A newcomer could not use the GroupInfo that the relay has: here is another one. */
export async function offerGroupInfo(room: Room): Promise<void> {
  const fresh = await room.host.groupInfo(room.id);
  await room.relay?.request("gi:update", fresh).catch(() => undefined);
}

// Ways into a room: create it, prove an invite, come back to a seat, and the external commit that brings a member in or back.
import { EngineError } from "../../bridge/fault.ts";
import { CoreError } from "../../core/errors.ts";
import type { Head } from "../../wire/events.ts";
import { RelayLost, RelayRefusal } from "../relay/relay-client.ts";
import type { RelayClient } from "../relay/relay-client.ts";
import type { CommitFlow } from "./commit-flow.ts";
import { limitLife } from "./room.ts";
import type { Room } from "./room.ts";

/** More tries than any honest room needs: with a ticket the first one is accepted. */
const MAX_TRIES = 8;
const TICKET_WAIT_MS = 60_000;

export function relayOf(room: Room): RelayClient {
  if (!room.relay) throw new RelayLost("no connection");
  return room.relay;
}

export async function createRoom(
  room: Room,
  options: { name: string; lifeS: number; maxMembers: number },
): Promise<void> {
  const created = await room.host.create(room.id, { relay: room.relayOrigin, ...options });
  const { facts, cid, groupInfo, invites } = created;
  const answer = await relayOf(room).request("room:create", {
    handle: facts.handle,
    ownerKey: facts.relayOwnerKey,
    lifeS: options.lifeS,
    maxMembers: options.maxMembers,
    cid,
    groupInfo,
    invites,
  });
  room.facts = facts;
  room.link = created.link;
  room.standing = created.standing;
  room.resumeToken = answer.seat.resumeToken;
  limitLife(room, Math.min(answer.lifeMs, options.lifeS * 1000));
}

/** Proves the invite of `link` to the relay; from here on the room is known, but not entered. */
export async function openInvite(room: Room, link: string): Promise<void> {
  const relay = relayOf(room);
  const { inviteId } = await room.host.openLink(room.id, link);
  const { nonce } = await relay.request("invite:challenge", { inviteId });
  const signature = await room.host.proveInvite(room.id, { origin: room.relayOrigin, nonce });
  const { packet, lifeMs } = await relay.request("invite:open", { inviteId, signature });
  room.facts = await room.host.openPacket(room.id, packet);
  room.link = link;
  limitLife(room, Math.min(lifeMs, room.facts.lifeS * 1000));
}

/** Waits for the one ticket of the room. The grant is a notice, so the caller hands in what tells of it. */
export class Tickets {
  #waiting: { resolve: (head: Head) => void; reject: (error: Error) => void } | undefined;

  granted(head: Head): void {
    this.#waiting?.resolve(head);
    this.#waiting = undefined;
  }

  lost(): void {
    this.#waiting?.reject(new RelayLost("connection lost"));
    this.#waiting = undefined;
  }

  async take(room: Room): Promise<Head> {
    const { promise: granted, resolve, reject } = Promise.withResolvers<Head>();
    this.#waiting = { resolve, reject };
    const cancel = room.ports.clock.setTimer(TICKET_WAIT_MS, () => reject(new RelayLost("no ticket")));
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
 * what the relay hands out does not belong to the room.
 */
export async function enterGroup(room: Room, tickets: Tickets, commits: CommitFlow): Promise<void> {
  let head = await tickets.take(room);
  let staleInRow = 0;
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    if (head.epoch < Math.max(room.minEpoch, room.standing?.epoch ?? 0)) throw new EngineError("room_unverified");
    try {
      const { baseCid, cid, envelope, groupInfo } = await room.host.prepareJoin(room.id, head);
      room.pendingCid = cid;
      const answer = await relayOf(room).request("commit:send", { baseCid, envelope, groupInfo });
      if (answer.seat) room.resumeToken = answer.seat.resumeToken;
      await commits.confirm();
      return;
    } catch (error) {
      staleInRow = error instanceof RelayRefusal && error.code === "stale_epoch" ? staleInRow + 1 : 0;
      head = await nextHead(room, tickets, { error, staleInRow });
    }
  }
  throw new EngineError("relay_unreachable");
}

async function nextHead(room: Room, tickets: Tickets, failure: { error: unknown; staleInRow: number }): Promise<Head> {
  const { error, staleInRow } = failure;
  if (error instanceof CoreError) {
    if (error.code === "commit_refused") throw new EngineError("room_full", { cause: error });
    // The GroupInfo is of no use: another member is asked for a fresh one, once the ticket is back.
    await relayOf(room).request("ticket:drop", { unusable: true });
    return tickets.take(room);
  }
  if (!(error instanceof RelayRefusal)) throw error;
  await room.host.settle(room.id, false);
  room.pendingCid = undefined;
  // Once, a member's commit came first and the ticket is still ours; twice, the lease ran out while we worked.
  if (error.code === "stale_epoch" && error.head && staleInRow < 2) return error.head;
  if (error.code === "not_admitted" || error.code === "stale_epoch") {
    await relayOf(room).request("ticket:drop", { unusable: false });
    return tickets.take(room);
  }
  throw error;
}

// The way in: an applicant by an invite, who knocks if it has to, queues for the ticket, and commits (ordering.ts).
import type { Answer, Ask } from "../../wire/events.ts";
import { asksFirst } from "./invite.ts";
import type { ConnectionId } from "./keys.ts";
import { addKnock, hasSpaceForKnock, knockNotice } from "./knocks.ts";
import type { RoomKeeper } from "./room-keeper.ts";
import { refuse } from "./room-store.ts";
import type { Decision } from "./room-store.ts";
import type { Room } from "./room.ts";

const MAX_COMPLAINTS = 3;
/** How long the queue waits for a fresh GroupInfo. */
const FRESH_GROUP_INFO_MS = 2_000;

/** The connection has proved the invite. */
export function admit(keeper: RoomKeeper, by: ConnectionId, inviteId: Uint8Array): Decision<Answer<"invite:open">> {
  const invite = keeper.registry.findInvite(inviteId, keeper.nowMs);
  const room = invite === undefined ? undefined : keeper.live(keeper.registry.roomOf(invite));
  if (invite === undefined || room === undefined) return refuse("not_admitted");
  if (keeper.standings.get(by)?.kind === "seat") return refuse("not_admitted");
  const barrier = keeper.barrier(room, invite);
  if (barrier !== undefined) return refuse(barrier);
  keeper.apply(by, room, invite);
  return { ok: true, value: { packet: invite.record.packet, lifeMs: room.lifeMs(keeper.nowMs) } };
}

export function knock(keeper: RoomKeeper, by: ConnectionId, ask: Ask<"knock:send">): Decision<Answer<"knock:send">> {
  const standing = keeper.standing(by);
  if (standing?.kind !== "applicant") return refuse("not_admitted");
  const { room, invite } = standing;
  if (invite === undefined || !asksFirst(invite) || !keeper.registry.isLive(invite, keeper.nowMs))
    return refuse("not_admitted");
  const barrier = keeper.barrier(room, invite);
  if (barrier !== undefined) return refuse(barrier);
  if (standing.isAdmitted || room.knocks.has(by)) return refuse("malformed");
  if (!hasSpaceForKnock(room)) return refuse("try_later");
  const added = addKnock(room, by, invite, ask.sealed);
  keeper.outlet.tell(room.listeners(), "knock:received", knockNotice(added));
  return { ok: true, value: { knock: added.id } };
}

export function takeTicket(keeper: RoomKeeper, by: ConnectionId): Decision<Answer<"ticket:take">> {
  const standing = keeper.standing(by);
  if (standing === undefined) return refuse("not_admitted");
  const { room } = standing;
  if (standing.kind === "applicant") {
    if (!keeper.mayEnter(standing)) return refuse("not_admitted");
    const barrier = keeper.barrier(room, standing.invite);
    if (barrier !== undefined) return refuse(barrier);
  }
  if (!room.tickets.has(by) && room.tickets.length >= keeper.options.waitingJoiners) return refuse("try_later");
  const position = room.tickets.take(by);
  keeper.grant(room);
  return { ok: true, value: { position } };
}

export function dropTicket(keeper: RoomKeeper, by: ConnectionId, ask: Ask<"ticket:drop">): Decision<object> {
  const standing = keeper.standing(by);
  if (standing === undefined) return refuse("not_admitted");
  const { room } = standing;
  const isComplaint = ask.unusable && room.tickets.isHeldBy(by);
  room.tickets.remove(by);
  if (isComplaint && (standing.kind === "seat" || ++standing.complaints <= MAX_COMPLAINTS))
    askForGroupInfo(keeper, room, by);
  keeper.grant(room);
  return { ok: true, value: {} };
}

/** Asks a seat that has not been asked yet; when all have, the room has to live with what it has. */
function askForGroupInfo(keeper: RoomKeeper, room: Room, except: ConnectionId): void {
  for (const seat of room.seats.values()) {
    if (seat.connection === undefined || seat.connection === except || room.asked.has(seat)) continue;
    room.asked.add(seat);
    room.owing.add(seat);
    room.tickets.pause(keeper.nowMs + FRESH_GROUP_INFO_MS);
    keeper.outlet.tell([seat.connection], "gi:wanted", { cid: room.head.cid });
    return;
  }
}

// What owners and delegates may do to a room, one function for each request. Who asks was decided before.
import { equalBytes } from "../../codec/bytes.ts";
import type { InviteRecord, OwnerBody } from "../../wire/events.ts";
import { MAX_INVITES } from "../../wire/limits.ts";
import { isValidInvite, openInvite } from "./invite.ts";
import { seatKey } from "./keys.ts";
import { findKnock } from "./knocks.ts";
import type { RoomKeeper } from "./room-keeper.ts";
import { refuse } from "./room-store.ts";
import type { Decision, OwnerRequest } from "./room-store.ts";
import type { Room } from "./room.ts";

const done: Decision<object> = { ok: true, value: {} };

/** One step: what is refused changes nothing, and what is done cannot be asked again with the same counter. */
export function carryOut(keeper: RoomKeeper, room: Room, request: OwnerRequest): Decision<object> {
  const objection = room.owner.objection(request);
  if (objection !== undefined) return refuse(objection);
  const decision = perform(keeper, room, request);
  if (decision.ok) room.owner.record(request);
  return decision;
}

function perform(keeper: RoomKeeper, room: Room, request: OwnerRequest): Decision<object> {
  switch (request.name) {
    case "room:end":
      keeper.endRoom(room, { reason: "ended", proof: request.proof });
      return done;
    case "room:lock":
      room.isLocked = request.body.isLocked;
      return done;
    case "seat:evict":
      return evict(keeper, room, request.body);
    case "invite:put":
      return putInvite(keeper, room, request.body.invite);
    case "invite:revoke":
      return revokeInvite(keeper, room, request.body);
    case "knock:answer":
      return answerKnock(keeper, room, request.body);
    case "owner:handover":
      room.owner.handOver(request.body.key);
      return done;
    case "owner:undelegate":
      return room.owner.undelegate(request.body.key, request.proof.counter) ? done : refuse("try_later");
    default:
      return request satisfies never;
  }
}

function evict(keeper: RoomKeeper, room: Room, body: OwnerBody<"seat:evict">): Decision<object> {
  const seat = room.seats.get(seatKey(body.seat));
  if (seat === undefined) return done;
  keeper.outlet.tell(room.listeners(), "seat:gone", { seat: seat.id, reason: "evicted" });
  room.removeSeat(seat);
  keeper.unseat(room, seat);
  keeper.afterDeparture(room);
  return done;
}

/** A packet is resealed when the outer key changes; everything else about an invite stays what it was. */
function putInvite(keeper: RoomKeeper, room: Room, record: InviteRecord): Decision<object> {
  const { registry, nowMs } = keeper;
  const known = registry.registered(record.inviteId);
  if (known !== undefined) {
    const isSame = equalBytes(known.record.authKey, record.authKey) && known.record.flags === record.flags;
    if (known.room !== room.key || !isSame) return refuse("malformed");
    known.record = { ...known.record, packet: record.packet };
    return done;
  }
  if (!isValidInvite(record)) return refuse("malformed");
  if (room.invites.size >= MAX_INVITES) return refuse("full");
  registry.addInvite(openInvite(room, record, nowMs));
  keeper.arm(room);
  return done;
}

/** Whoever was on the way in by it is sent away. */
function revokeInvite(keeper: RoomKeeper, room: Room, body: OwnerBody<"invite:revoke">): Decision<object> {
  const invite = keeper.registry.registered(body.inviteId);
  if (invite?.room !== room.key) return done;
  invite.isRevoked = true;
  keeper.closeInvite(invite);
  for (const by of room.applicants) {
    const standing = keeper.standings.get(by);
    if (standing?.kind === "applicant" && standing.invite === invite) keeper.dismiss(by);
  }
  return done;
}

/** A knock that waits no longer has had its answer. */
function answerKnock(keeper: RoomKeeper, room: Room, body: OwnerBody<"knock:answer">): Decision<object> {
  const knock = findKnock(room, body.knock);
  if (knock !== undefined) keeper.answerKnock(room, knock, { isAdmitted: body.isAdmitted, sealed: body.sealed });
  return done;
}

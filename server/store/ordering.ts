// Who may move a room on, and who may say no to it. How the room moves is in commits.ts.
import { equalBytes } from "../../codec/bytes.ts";
import type { Answer, Ask } from "../../wire/events.ts";
import type { RingEntry } from "./commit-ring.ts";
import { applyCommit, commitId, isFresh, isOutvoted, rollBack } from "./commits.ts";
import type { Committer } from "./commits.ts";
import type { ConnectionId } from "./keys.ts";
import type { RoomKeeper } from "./room-keeper.ts";
import { refuse } from "./room-store.ts";
import type { Decision } from "./room-store.ts";
import type { Room } from "./room.ts";
import type { Application, Seating } from "./standing.ts";

export function commit(keeper: RoomKeeper, by: ConnectionId, ask: Ask<"commit:send">): Decision<Answer<"commit:send">> {
  const standing = keeper.standing(by);
  if (standing === undefined) return refuse("not_admitted");
  const { room } = standing;
  const committer = committerOf(keeper, by, standing);
  if (typeof committer === "string") {
    return committer === "stale_epoch" ? refuse(committer, room.head) : refuse(committer);
  }
  if (!equalBytes(ask.baseCid, room.head.cid)) return refuse("stale_epoch", room.head);
  const cid = commitId(ask.envelope);
  if (!isFresh(room, cid)) return refuse("malformed");
  const { entry, seat } = applyCommit(room, { ...ask, cid }, committer, keeper.nowMs);
  room.tickets.remove(by);
  keeper.outlet.tell(room.listeners(by), "commit:accepted", entry.passedOn);
  if (committer.kind === "joiner") {
    if (committer.invite !== undefined) keeper.registry.takeUse(committer.invite);
    keeper.seat(by, room, seat);
  }
  keeper.grant(room);
  const given = committer.kind === "member" ? undefined : { seat: seat.id, resumeToken: seat.token };
  return { ok: true, value: { epoch: entry.passedOn.epoch, seq: entry.passedOn.seq, seat: given } };
}

function committerOf(keeper: RoomKeeper, by: ConnectionId, standing: Application | Seating) {
  const { room } = standing;
  const hasTicket = room.tickets.isHeldBy(by);
  if (standing.kind === "seat") {
    const committer: Committer = { kind: hasTicket ? "rejoiner" : "member", seat: standing.seat };
    return committer;
  }
  if (!keeper.mayEnter(standing)) return "not_admitted" as const;
  // A joiner whose lease ran out while its commit was under way has to queue again; it did nothing wrong.
  if (!hasTicket) return standing.wasGranted ? ("stale_epoch" as const) : ("not_admitted" as const);
  const committer: Committer = { kind: "joiner", connection: by, invite: standing.invite };
  return keeper.barrier(room, standing.invite) ?? committer;
}

export function reject(keeper: RoomKeeper, by: ConnectionId, ask: Ask<"commit:reject">): Decision<object> {
  const seating = keeper.seating(by);
  if (seating === undefined) return refuse("not_admitted");
  const { room, seat } = seating;
  const entry = room.ring.find(ask.cid);
  if (entry === undefined) return refuse("stale_epoch", room.head);
  if (!entry.electorate.has(seat)) return refuse("not_admitted");
  entry.rejections.add(seat);
  if (isOutvoted(room, entry)) undo(keeper, room, entry);
  return { ok: true, value: {} };
}

function undo(keeper: RoomKeeper, room: Room, entry: RingEntry): void {
  const everybody = room.listeners();
  const { evicted, refunded } = rollBack(room, entry);
  for (const invite of refunded) keeper.registry.returnUse(invite, keeper.nowMs);
  keeper.outlet.tell(everybody, "commit:rolled-back", { cid: entry.cid, head: room.head, seq: room.seq });
  for (const seat of evicted) {
    keeper.outlet.tell(room.listeners(), "seat:gone", { seat: seat.id, reason: "evicted" });
    keeper.unseat(room, seat);
  }
  keeper.afterDeparture(room);
}

/** The room that a message sealed at `cid` may pass through, or why it may not. */
export function findPassage(keeper: RoomKeeper, by: ConnectionId, cid: Uint8Array): Decision<{ readonly room: Room }> {
  const seating = keeper.seating(by);
  if (seating === undefined) return refuse("not_admitted");
  const { room, seat } = seating;
  if (seat.isReadOnly) return refuse("read_only");
  return room.ring.isRecent(cid) ? { ok: true, value: { room } } : refuse("stale_epoch", room.head);
}

export function updateGroupInfo(keeper: RoomKeeper, by: ConnectionId, ask: Ask<"gi:update">): Decision<object> {
  const seating = keeper.seating(by);
  if (seating === undefined) return refuse("not_admitted");
  const { room, seat } = seating;
  if (!equalBytes(ask.cid, room.head.cid)) return refuse("stale_epoch", room.head);
  // Once, by who was asked: a GroupInfo otherwise changes with a commit alone.
  if (!room.owing.delete(seat)) return refuse("not_admitted");
  room.head = { ...room.head, groupInfo: ask.groupInfo };
  room.tickets.resume();
  keeper.grant(room);
  return { ok: true, value: {} };
}

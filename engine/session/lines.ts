// What a commit did, as the lines that people read: who came and went, by whose doing, and what was changed.
import { toHex } from "../../codec/bytes.ts";
import { addLine, expectFrom } from "../../core/room/timeline.ts";
import type { Line } from "../../core/room/timeline.ts";
import type { Change, OrderFact, RemovalReason, Standing } from "../workers/group-contract.ts";
import { selfIdOf } from "./room.ts";
import type { Room } from "./room.ts";

/** Part of every line of a commit, so that a commit that never happened takes its lines along. */
export function markOf(cid: Uint8Array): string {
  return toHex(cid).slice(0, 16);
}

const removals: Record<RemovalReason, "left" | "removed" | "gone"> = { left: "left", kicked: "removed", gone: "gone" };

/** Shows what `change` did since `before`. */
export function showChange(room: Room, before: Standing | undefined, change: Change): void {
  if (change.joined !== undefined) showArrival(room, before, { ...change, joined: change.joined });
  const atMs = room.ports.clock.wallMs();
  const mark = markOf(change.standing.cid);
  const { by } = change;
  for (const { id, reason } of change.removed) {
    const kind = removals[reason];
    const who = reason === "kicked" ? by : undefined;
    const line: Line = { kind, id: `${kind}-${id}-${mark}`, member: id, by: who, approvedBy: undefined, atMs };
    room.timeline = addLine(room.timeline, line);
  }
  // With somebody's removal invites are replaced by the way.
  const orders = change.orders.filter(({ kind }) => change.removed.length === 0 || !isAboutInvites(kind));
  for (const [at, order] of orders.entries()) {
    for (const { what, member } of changesOf(order, before, by)) {
      room.timeline = addLine(room.timeline, { kind: "changed", id: `${what}-${at}-${mark}`, what, member, by, atMs });
    }
  }
}

function showArrival(room: Room, before: Standing | undefined, change: Change & { readonly joined: string }): void {
  const { joined, standing, invitedBy: by, approvedBy } = change;
  if (!room.joinedIn.has(joined)) room.joinedIn.set(joined, standing.epoch);
  if (!before) return;
  if (joined === selfIdOf(room)) {
    room.hasRejoined = true;
    // We come back after more than we could follow: whoever is new has said nothing yet that we know of.
    for (const id of standing.members) if (!before.members.includes(id)) expect(room, id);
    return;
  }
  if (before.members.includes(joined)) return;
  // Only somebody who is known already comes in without an invite.
  const kind = by === undefined ? "returned" : "joined";
  const id = `${kind}-${joined}-${markOf(standing.cid)}`;
  const atMs = room.ports.clock.wallMs();
  room.timeline = addLine(room.timeline, { kind, id, member: joined, by, approvedBy, atMs });
  expect(room, joined);
}

/** The first thing this member says is its first. */
function expect(room: Room, memberId: string): void {
  room.timeline = expectFrom(room.timeline, memberId);
  room.ledger.expect(memberId);
}

const isAboutInvites = (kind: OrderFact["kind"]): boolean => kind === "invite" || kind === "revoke";

type Shown = Pick<Extract<Line, { kind: "changed" }>, "what" | "member">;

function changesOf(order: OrderFact, before: Standing | undefined, by: string): Shown[] {
  switch (order.kind) {
    case "rules": {
      const shown: Shown[] = [];
      const { isLocked, maxMembers } = order;
      if (isLocked !== (before?.terms.isLocked ?? false)) {
        shown.push({ what: isLocked ? "locked" : "unlocked", member: by });
      }
      if (maxMembers !== before?.terms.maxMembers) shown.push({ what: "limit", member: by });
      return shown;
    }
    case "invite":
    case "revoke":
      return [{ what: order.kind, member: by }];
    case "handover":
      return [{ what: "owner", member: order.member }];
    case "delegate":
    case "undelegate":
      return [{ what: order.kind, member: order.member }];
    case "relay":
    case "forget":
      return [];
    default:
      return order satisfies never;
  }
}

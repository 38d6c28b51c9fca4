// Those who ask to be let in. What they say is kept while they wait and no longer.
import { randomBytes } from "node:crypto";
import { equalBytes } from "../../codec/bytes.ts";
import type { NoticeBody } from "../../wire/events.ts";
import { ID_BYTES } from "../../wire/limits.ts";
import type { Invite } from "./invite.ts";
import type { ConnectionId } from "./keys.ts";

/** Knocks of one room that wait at a time. */
const MAX_KNOCKS = 32;

export interface Knock {
  readonly id: Uint8Array;
  readonly from: ConnectionId;
  readonly invite: Invite;
  readonly sealed: Uint8Array;
}

interface Door {
  /** By whoever knocks: one each. */
  readonly knocks: Map<ConnectionId, Knock>;
}

export function hasSpaceForKnock(room: Door): boolean {
  return room.knocks.size < MAX_KNOCKS;
}

export function addKnock(room: Door, from: ConnectionId, invite: Invite, sealed: Uint8Array): Knock {
  const knock = { id: new Uint8Array(randomBytes(ID_BYTES)), from, invite, sealed };
  room.knocks.set(from, knock);
  return knock;
}

export function findKnock(room: Door, id: Uint8Array): Knock | undefined {
  return [...room.knocks.values()].find((knock) => equalBytes(knock.id, id));
}

/** How the members are told of it. */
export function knockNotice({ id, invite, sealed }: Knock): NoticeBody<"knock:received"> {
  return { knock: id, inviteId: invite.record.inviteId, sealed };
}

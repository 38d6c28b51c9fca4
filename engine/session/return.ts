// The ways back after a broken connection: to one's seat, with what the relay's ring has of the time between; by showing the
// room to a relay that has lost its memory; by an external commit; and by an invite where the relay has put us out because
// of somebody else's commit.
import { EngineError } from "../../bridge/fault.ts";
import { CoreError } from "../../core/errors.ts";
import { decodeLink } from "../../core/room/link.ts";
import type { Answer } from "../../wire/events.ts";
import { RelayRefusal } from "../relay/relay-client.ts";
import type { CommitFlow } from "./commit-flow.ts";
import { enterGroup, proveInvite, relayOf } from "./entry.ts";
import type { Invitation, Tickets } from "./entry.ts";
import type { OwnerRequests } from "./owner-requests.ts";
import { limitLife, remainingMs } from "./room.ts";
import type { Room } from "./room.ts";

export interface ReturnParts {
  readonly tickets: Tickets;
  readonly commits: CommitFlow;
  readonly requests: OwnerRequests;
  /** The way in, as long as we have only just come in by it. */
  readonly invitation: Invitation | undefined;
}

/**
 * Inside the room's queue. True when we have stayed in the group all the time. Rejects with the relay's refusal when there is
 * no way back.
 */
export async function resumeSeat(room: Room, parts: ReturnParts): Promise<boolean> {
  const { facts, resumeToken, standing } = room;
  if (!facts) throw new EngineError("internal");
  if (!resumeToken) {
    await proveAgain(room, parts.invitation);
    await rejoin(room, parts);
    return false;
  }
  let answer: Answer<"room:resume">;
  try {
    answer = await relayOf(room).request("room:resume", { handle: facts.handle, resumeToken, cid: standing?.cid });
  } catch (error) {
    if (!(error instanceof RelayRefusal) || error.code !== "not_admitted" || !standing) throw error;
    return restoreRoom(room, parts, error);
  }
  limitLife(room, answer.lifeMs);
  room.relayKey = answer.relayKey;
  if (answer.mustRejoin || !room.standing) {
    await rejoin(room, parts);
    return false;
  }
  for (const entry of answer.missed) await parts.commits.handleCommit(entry);
  // Not among what was missed: it was never accepted.
  await parts.commits.giveUp();
  return true;
}

/** Comes back by an external commit. */
export async function rejoin(
  room: Room,
  { tickets, commits, requests }: Omit<ReturnParts, "invitation">,
): Promise<void> {
  await enterGroup(room, tickets, commits);
  // What we had still to tell the relay may have gone with the old engine or the old epoch.
  await requests.addAll();
}

/**
 * The relay knows nothing of our seat: it has lost its memory, or has put us out. It can tell which; `refusal` is what we
 * are left with in the latter case.
 */
async function restoreRoom(room: Room, parts: ReturnParts, refusal: RelayRefusal): Promise<boolean> {
  const { host, id } = room;
  const offer = await host.restoreOffer(id).catch((error: unknown) => {
    throw error instanceof CoreError ? refusal : error;
  });
  const answer = await relayOf(room).request("room:restore", { ...offer, lifeMs: remainingMs(room) });
  limitLife(room, answer.lifeMs);
  room.relayKey = answer.relayKey;
  if (!answer.seat) {
    await rejoin(room, parts);
    return false;
  }
  room.resumeToken = answer.seat.resumeToken;
  room.relayCid = room.standing?.cid;
  await parts.commits.giveUp();
  await parts.requests.addAll();
  return true;
}

/** Whether the relay can be shown this invite again without anybody being asked. */
export const isAskedFirst = ({ link }: Invitation): boolean => decodeLink(link).flags.askFirst;

/** Any invite that lets anybody in will do: the members know us by our key. */
async function proveAgain(room: Room, invitation: Invitation | undefined): Promise<void> {
  if (invitation && !isAskedFirst(invitation)) {
    await proveInvite(room, invitation);
    return;
  }
  const links = [...room.ownInvites.map(({ link }) => link), room.joinLink?.text ?? ""].filter((link) => link !== "");
  const link = links.find((text) => {
    const { flags } = decodeLink(text);
    return !flags.hasPassword && !flags.askFirst;
  });
  if (link === undefined) throw new EngineError("not_admitted");
  await proveInvite(room, { link, password: undefined });
}

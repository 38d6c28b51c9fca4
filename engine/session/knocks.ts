// Those who ask to be let in, as every member is told of them; owner and delegates answer. Runs inside the room's queue.
import { toHex } from "../../codec/bytes.ts";
import { EngineError } from "../../bridge/fault.ts";
import type { NoticeBody } from "../../wire/events.ts";
import { CoreError } from "../../core/errors.ts";
import { RelayRefusal } from "../relay/relay-client.ts";
import { faultOf } from "../errors.ts";
import type { OwnerRequests } from "./owner-requests.ts";
import { isModerator } from "./room.ts";
import type { Room } from "./room.ts";

/** More people than anybody would answer; the relay lets fewer wait. */
const MAX_KNOCKS = 100;

export async function knockReceived(room: Room, notice: NoticeBody<"knock:received">): Promise<void> {
  const { knock, inviteId, sealed } = notice;
  const id = toHex(knock);
  if (room.knocks.size >= MAX_KNOCKS && !room.knocks.has(id)) return;
  try {
    const { memberId, name } = await room.host.openKnock(room.id, { inviteId, sealed });
    room.knocks.set(id, { id, knock, memberId, name, atMs: room.ports.clock.wallMs(), inviteId, sealed });
  } catch (error) {
    // Sealed under an invite that the room does not have: nobody that the members have invited.
    if (!(error instanceof CoreError)) throw error;
  }
}

export function knockGone(room: Room, { knock }: NoticeBody<"knock:gone">): void {
  room.knocks.delete(toHex(knock));
}

export async function answerKnock(
  room: Room,
  requests: OwnerRequests,
  answer: { knockId: string; isAdmitted: boolean },
): Promise<void> {
  const { knockId, isAdmitted } = answer;
  const waiting = room.knocks.get(knockId);
  if (!waiting || !isModerator(room)) throw new EngineError("not_allowed");
  const { inviteId, sealed: asked } = waiting;
  try {
    const sealed = await room.host.answerKnock(room.id, { inviteId, sealed: asked, isAdmitted });
    await requests.ask({ name: "knock:answer", body: { knock: waiting.knock, isAdmitted, sealed } });
  } catch (cause) {
    // Whoever knocked has gone, or somebody else was faster.
    if (cause instanceof RelayRefusal && cause.code === "not_admitted") room.knocks.delete(knockId);
    throw new EngineError(cause instanceof CoreError ? "not_allowed" : faultOf(cause), { cause });
  }
  room.knocks.delete(knockId);
}

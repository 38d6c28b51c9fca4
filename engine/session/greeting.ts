// The first and the last that others hear of a member. Runs inside the room's queue.
import { relayOf } from "./entry.ts";
import { sealContent, sendNow } from "./outbox.ts";
import { isReadOnly, othersOf, selfIdOf } from "./room.ts";
import type { Room } from "./room.ts";

export const GOODBYE_MS = 2_000;

/** Says who we are and, where others are, asks to be told who is here. */
export async function greet(room: Room): Promise<void> {
  const lamport = room.timeline.lamport + 1;
  const sealed = await sendNow(room, "message", { kind: "profile", name: room.displayName });
  if (sealed) room.profiles.set(selfIdOf(room), { name: room.displayName, lamport, signed: sealed.signed });
  if (othersOf(room).length > 0) await sendNow(room, "message", { kind: "hello" });
}

/** Signs that we leave for good, and gives the seat back. */
export async function sayGoodbye(room: Room): Promise<void> {
  if (othersOf(room).length > 0) await sendLeave(room);
  await relayOf(room).request("room:leave", {}, GOODBYE_MS);
}

async function sendLeave(room: Room): Promise<void> {
  const kind = isReadOnly(room) ? "signal" : "message";
  const { cid, envelope } = await sealContent(room, {
    kind,
    body: { kind: "leave", statement: new Uint8Array(64) },
    sequence: room.lastSequence + 1,
    previous: room.lastDigest,
  });
  if (kind === "signal") relayOf(room).signal("signal:send", { cid, envelope });
  else await relayOf(room).request("message:send", { cid, envelope }, GOODBYE_MS);
}

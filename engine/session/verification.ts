// What people compare outside the room to be sure that nobody sits between them: the code of the room as it stands, and a
// fingerprint per member.
import { EngineError } from "../../bridge/fault.ts";
import type { Verification } from "../../bridge/contract.ts";
import type { Room } from "./room.ts";

export async function verificationOf(room: Room): Promise<Verification> {
  const { host, id, standing } = room;
  if (!standing || room.phase === "ended") throw new EngineError("not_allowed");
  try {
    const words = await host.roomCode(id);
    const fingerprints = await Promise.all(
      standing.members.map(async (memberId) => ({ memberId, digits: await host.fingerprint(id, memberId) })),
    );
    return { words, fingerprints };
  } catch (cause) {
    // The room moves on under the question: whoever asks again is answered.
    throw new EngineError("not_allowed", { cause });
  }
}

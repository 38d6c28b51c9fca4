import { MemoryStore } from "../../server/store/memory-store.ts";
import { MAX_MEMBERS, MAX_ROOM_TTL_S } from "../../wire/limits.ts";
import { describeRoomEndings } from "./room-endings.contract.ts";
import { describeRoomKnock } from "./room-knock.contract.ts";
import { describeRoomOwner } from "./room-owner.contract.ts";
import { describeRoomRestore } from "./room-restore.contract.ts";
import { describeRoomSchedules } from "./room-schedule.contract.ts";
import { describeRoomSilence } from "./room-silence.contract.ts";
import { describeRoomStore } from "./room-store.contract.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { RecordingOutlet } from "./support/store-bench.ts";
import type { StoreBench } from "./support/store-bench.ts";

const options = {
  maxRoomTtlS: MAX_ROOM_TTL_S,
  maxMembers: MAX_MEMBERS,
  emptyGraceS: 120,
  rooms: 4,
  tombstones: 2,
  waitingJoiners: 8,
  inviteAttempts: { burst: 5, perSecond: 0.5 },
};

async function openBench(): Promise<StoreBench> {
  const clock = new FakeClock();
  const outlet = new RecordingOutlet();
  return { store: new MemoryStore(options, clock, outlet), outlet, advance: async (ms) => clock.advance(ms) };
}

describeRoomStore("memory store", openBench);
describeRoomEndings("memory store", openBench);
describeRoomOwner("memory store", openBench);
describeRoomKnock("memory store", openBench);
describeRoomSilence("memory store", openBench);
describeRoomRestore("memory store", openBench);
describeRoomSchedules("memory store", openBench);

import { MemoryStore } from "../../server/store/memory-store.ts";
import { describeRoomEndings } from "./room-endings.contract.ts";
import { describeRoomKnock } from "./room-knock.contract.ts";
import { describeRoomOwner } from "./room-owner.contract.ts";
import { describeRoomRestore } from "./room-restore.contract.ts";
import { describeRoomSchedules } from "./room-schedule.contract.ts";
import { describeRoomSilence } from "./room-silence.contract.ts";
import { describeRoomStore } from "./room-store.contract.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { RecordingOutlet, storeOptions } from "./support/store-bench.ts";
import type { StoreBench } from "./support/store-bench.ts";

async function openBench(): Promise<StoreBench> {
  const clock = new FakeClock();
  const outlet = new RecordingOutlet();
  return { store: new MemoryStore(storeOptions, clock, outlet), outlet, advance: async (ms) => clock.advance(ms) };
}

describeRoomStore("memory store", openBench);
describeRoomEndings("memory store", openBench);
describeRoomOwner("memory store", openBench);
describeRoomKnock("memory store", openBench);
describeRoomSilence("memory store", openBench);
describeRoomRestore("memory store", openBench);
describeRoomSchedules("memory store", openBench);

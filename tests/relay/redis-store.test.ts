// Everything that every room store guarantees, by Redis.
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { createLogger } from "../../server/log.ts";
import { RedisLink } from "../../server/store/redis/redis-link.ts";
import { RedisNode } from "../../server/store/redis/redis-node.ts";
import { RedisStore } from "../../server/store/redis/redis-store.ts";
import { describeRoomEndings } from "./room-endings.contract.ts";
import { describeRoomKnock } from "./room-knock.contract.ts";
import { describeRoomOwner } from "./room-owner.contract.ts";
import { describeRoomRestore } from "./room-restore.contract.ts";
import { describeRoomSchedules } from "./room-schedule.contract.ts";
import { describeRoomSilence } from "./room-silence.contract.ts";
import { describeRoomStore } from "./room-store.contract.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { startRedisServer } from "../support/redis-server.ts";
import type { RedisServer } from "../support/redis-server.ts";
import { RecordingOutlet, storeOptions } from "./support/store-bench.ts";
import type { StoreBench } from "./support/store-bench.ts";

const options = {
  ...storeOptions,
  nodeLifeMs: 10_000,
  leaseMs: 15_000,
};

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.stop());

async function openBench(): Promise<StoreBench> {
  const clock = new FakeClock();
  const outlet = new RecordingOutlet();
  const log = createLogger("silent");
  const link = new RedisLink([server.url], log);
  const node = new RedisNode({ options, clock, outlet, link, log });
  await node.open();
  await link.commands.flushall();
  const store = new RedisStore(node);
  onTestFinished(() => store.close());
  const advance = async (ms: number): Promise<void> => {
    await node.settled();
    let left = ms;
    for (let due = clock.dueInMs(); due !== undefined && due <= left; due = clock.dueInMs()) {
      clock.advance(due);
      left -= due;
      await node.settled();
    }
    clock.advance(left);
    await node.settled();
  };
  return { store, outlet, advance };
}

describeRoomStore("redis store", openBench);
describeRoomEndings("redis store", openBench);
describeRoomOwner("redis store", openBench);
describeRoomKnock("redis store", openBench);
describeRoomSilence("redis store", openBench);
describeRoomRestore("redis store", openBench);
// The rules are the memory store's; what can go wrong here is keeping and waking.
describeRoomSchedules("redis store", openBench, 60);

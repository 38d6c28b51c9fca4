// What only time shows about relays that share a Redis; beside the other tests, because it is all waiting.
import { expect, test } from "vitest";
import { NODE_LIFE_MS } from "../../server/limits.ts";
import { roomKeys, spectate, startNodes, throughProxy } from "./support/nodes.ts";
import { join, openRoom, roomPlan } from "./support/people.ts";
import { redisForTest } from "./support/redis-server.ts";

test("a room that reaches its time leaves nothing behind", async () => {
  const server = await redisForTest();
  const redis = await spectate(server);
  const [node] = await startNodes(1, server.url);
  if (node === undefined) throw new Error("no node");
  const { client } = await openRoom(node, roomPlan({ lifeS: 10 }));
  await expect.poll(() => client.all("room:ended"), { timeout: 12_000 }).toMatchObject([{ reason: "expired" }]);
  await expect.poll(() => roomKeys(redis), { timeout: 1_000 }).toEqual([]);
  expect(await redis.exists("sr1:ended")).toBe(0);
});

test("the people of a node that died are gone for the others after a while", async () => {
  const server = await redisForTest();
  const { proxy, url } = await throughProxy(server);
  const [dying] = await startNodes(1, url);
  const [living] = await startNodes(1, server.url);
  if (dying === undefined || living === undefined) throw new Error("no nodes");
  const plan = roomPlan();
  await openRoom(living, plan);
  await join(dying, plan);
  expect((await living.store.size()).connections).toBe(2);
  // For the others there is no difference between a dead node and one that never says anything again.
  proxy.cut();
  await expect
    .poll(async () => (await living.store.size()).connections, { timeout: NODE_LIFE_MS + 5_000, interval: 250 })
    .toBe(1);
  expect((await living.store.size()).seats).toBe(2);
});

// What only time shows about relays that share a Redis.
import { expect, test } from "vitest";
import { roomKeys, startNodes, throughProxy } from "./support/nodes.ts";
import { bytes, join, openRoom, roomPlan } from "./support/people.ts";
import { openRedis, redisForTest } from "./support/redis-server.ts";

test("a room that reaches its time leaves nothing behind", async () => {
  const server = await redisForTest();
  const redis = openRedis(server.url);
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
  const limits = { nodeLifeMs: 1_000 };
  const [dying] = await startNodes(1, url, {}, limits);
  const [living] = await startNodes(1, server.url, {}, limits);
  if (dying === undefined || living === undefined) throw new Error("no nodes");
  const plan = roomPlan();
  await openRoom(living, plan);
  await join(dying, plan);
  expect((await living.store.size()).connections).toBe(2);
  // For the others there is no difference between a dead node and one that never says anything again.
  proxy.cut();
  await expect.poll(async () => (await living.store.size()).connections, { timeout: 6_000, interval: 100 }).toBe(1);
  expect((await living.store.size()).seats).toBe(2);
});

test("a room goes on for as long as somebody is in it, and is let go when no relay cares for it any more", async () => {
  const server = await redisForTest();
  const redis = openRedis(server.url);
  const { proxy, url } = await throughProxy(server);
  const leaseMs = 300;
  const [node] = await startNodes(1, url, { EMPTY_GRACE_S: "0" }, { leaseMs });
  if (node === undefined) throw new Error("no node");
  const plan = roomPlan();
  const { client } = await openRoom(node, plan);
  const begin = Date.now();
  await expect.poll(() => Date.now() - begin, { timeout: 5_000 }).toBeGreaterThan(5 * leaseMs);
  expect(await roomKeys(redis)).toHaveLength(3);
  await client.get("message:send", { cid: plan.ask.cid, envelope: bytes(9) });
  proxy.cut();
  await expect.poll(() => roomKeys(redis), { timeout: 4 * leaseMs }).toEqual([]);
});

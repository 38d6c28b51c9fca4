// Several relays that share a Redis, over real sockets.
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { at, ready, roomKeys, startNodes, throughProxy } from "./support/nodes.ts";
import {
  apply,
  bytes,
  commitOn,
  enter,
  invite,
  join,
  openRoom,
  roomPlan,
  sha256,
  signAsk,
  signEnd,
} from "./support/people.ts";
import type { Member } from "./support/people.ts";
import { clusterForTest } from "./support/redis-cluster.ts";
import { startRedisServer } from "../support/redis-server.ts";
import { openRedis, redisForTest } from "./support/redis-server.ts";
import type { RedisServer } from "../support/redis-server.ts";

let shared: RedisServer;
beforeAll(async () => {
  shared = await startRedisServer();
});
afterAll(() => shared.stop());

test("people on three nodes are in one room, and all see one order", async () => {
  const nodes = await startNodes(3, shared.url);
  const plan = roomPlan({ maxMembers: 20 });
  const members: Member[] = [await openRoom(at(nodes, 0), plan)];
  for (let i = 1; i < 9; i++) members.push(await join(at(nodes, i), plan));
  const cid = at(members, members.length - 1).cid;
  // Decisions come in between, on another node than most messages.
  const lock = async (): Promise<void> => {
    for (let counter = 1; counter <= 20; counter++) {
      const ask = signAsk(plan.signer, counter, "room:lock", { isLocked: counter % 2 === 1 });
      await at(members, 0).client.get("room:lock", ask);
    }
  };
  const locked = lock();
  const acks = await Promise.all(
    members.flatMap(({ client }) =>
      Array.from({ length: 30 }, () => client.get("message:send", { cid, envelope: bytes(200) })),
    ),
  );
  await locked;
  const seqs = acks.map(({ seq }) => seq).toSorted((a, b) => a - b);
  expect(new Set(seqs).size).toBe(270);
  for (const { client } of members) {
    await expect.poll(() => client.all("message:received").length).toBe(240);
    const heard = client.all("message:received").map(({ seq }) => seq);
    expect(heard).toEqual(heard.toSorted((a, b) => a - b));
    expect(new Set(heard).size).toBe(240);
  }
  // Whatever anybody heard under a number, everybody heard under it.
  const heard = members.flatMap(({ client }) => client.all("message:received"));
  const told = new Set(heard.map(({ seq, envelope }) => `${seq} ${Buffer.from(envelope).toString("hex")}`));
  expect(told.size).toBe(270);
});

test("of commits at once on several nodes one wins, and the others are told where the room stands", async () => {
  const nodes = await startNodes(3, shared.url);
  const plan = roomPlan();
  const members = [await openRoom(at(nodes, 0), plan)];
  for (let i = 1; i < 6; i++) members.push(await join(at(nodes, i), plan));
  let { cid } = at(members, 5);
  for (let round = 0; round < 10; round++) {
    const asks = members.map(() => commitOn(cid));
    const outcomes = await Promise.all(members.map(({ client }, i) => client.ask("commit:send", at(asks, i))));
    const won = outcomes.flatMap((outcome, i) => (outcome.ok ? [i] : []));
    expect(won).toHaveLength(1);
    cid = sha256(at(asks, won[0] ?? 0).envelope);
    const refusals = outcomes.flatMap((outcome) => (outcome.ok ? [] : outcome.refusal));
    const refusal = expect.objectContaining({
      code: "stale_epoch",
      head: expect.objectContaining({ cid, epoch: 6 + round }),
    });
    expect(refusals).toEqual(Array.from({ length: 5 }, () => refusal));
  }
  // Ten were accepted, and each was told to everybody but its committer.
  const heard = (): number =>
    members.flatMap(({ client }) => client.all("commit:accepted").filter(({ epoch }) => epoch > 5)).length;
  await expect.poll(heard).toBe(50);
});

test("an invite with one use lets one in, whichever node is asked", async () => {
  const nodes = await startNodes(3, shared.url);
  const made = invite({ uses: 1 });
  const plan = roomPlan({ invites: [made.record] }, made);
  await openRoom(at(nodes, 0), plan);
  const clients = [];
  for (let i = 0; i < 3; i++) clients.push(await apply(at(nodes, i), made));
  const outcomes = await Promise.allSettled(clients.map((client) => enter(client)));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("what an owner does on one node holds on the others", async () => {
  const server = await redisForTest();
  const nodes = await startNodes(2, server.url);
  const plan = roomPlan();
  const owner = await openRoom(at(nodes, 0), plan);
  const guest = await join(at(nodes, 1), plan);
  const [channel = ""] = (await server.ask("PUBSUB", "CHANNELS")).split(",");
  expect(await server.ask("PUBSUB", "NUMSUB", channel)).toBe(`${channel},2`);
  await owner.client.get("seat:evict", signAsk(plan.signer, 1, "seat:evict", { seat: guest.seat.seat }));
  await guest.client.closed();
  // A relay takes no part in rooms that nobody of it is in.
  await expect.poll(() => server.ask("PUBSUB", "NUMSUB", channel)).toBe(`${channel},1`);
  const second = await join(at(nodes, 1), plan);
  await owner.client.get("room:lock", signAsk(plan.signer, 2, "room:lock", { isLocked: true }));
  await expect(join(at(nodes, 1), plan)).rejects.toThrow("locked");
  await owner.client.get("room:end", signEnd(plan, 3));
  expect(await second.client.next("room:ended")).toMatchObject({ reason: "ended" });
  await second.client.closed();
});

test("every key has an end no later than its room's, and with the room they are gone", async () => {
  const server = await redisForTest();
  const redis = openRedis(server.url);
  const nodes = await startNodes(2, server.url);
  const plan = roomPlan({ lifeS: 60 });
  let samples = 0;
  const over = new AbortController();
  const watch = (async () => {
    while (!over.signal.aborted) {
      for (const key of await redis.keys("*")) {
        const ms = await redis.pttl(key);
        // Gone in between, or with an end.
        if (ms === -1 || ms > 60_000) throw new Error(`${key.slice(0, 8)} lives for ${ms}`);
        samples++;
      }
    }
  })();
  const owner = await openRoom(at(nodes, 0), plan);
  const guest = await join(at(nodes, 1), plan);
  for (let i = 0; i < 20; i++) await guest.client.get("message:send", { cid: guest.cid, envelope: bytes(99) });
  guest.client.close();
  await join(at(nodes, 1), plan);
  await expect(
    (async () => {
      const { client } = await openRoom(at(nodes, 1), roomPlan({ lifeS: 60 }));
      await client.refusalOf("invite:open", { inviteId: plan.invite.record.inviteId, signature: bytes(64) });
    })(),
  ).resolves.toBeUndefined();
  await owner.client.get("room:end", signEnd(plan, 1));
  over.abort();
  await watch;
  expect(samples).toBeGreaterThan(20);
  // The other room is still there, with its key, its invite and its place in the list.
  await expect.poll(async () => (await roomKeys(redis)).length, { timeout: 1_000 }).toBe(3);
  expect(await redis.zcard("sr1:ended")).toBe(1);
});

test("a Redis that hangs: refused at once, nobody is cut off, and all goes on when it is back", async () => {
  const server = await redisForTest();
  const nodes = await startNodes(2, server.url);
  const plan = roomPlan();
  const owner = await openRoom(at(nodes, 0), plan);
  const guest = await join(at(nodes, 1), plan);
  server.signal("SIGSTOP");
  await expect.poll(() => ready(at(nodes, 0)), { timeout: 5_000 }).toBe(503);
  await expect.poll(() => ready(at(nodes, 1)), { timeout: 5_000 }).toBe(503);
  const message = { cid: guest.cid, envelope: bytes(50) };
  expect((await guest.client.refusalOf("message:send", message)).code).toBe("try_later");
  expect((await owner.client.refusalOf("commit:send", commitOn(guest.cid))).code).toBe("try_later");
  const stranger = await connect(at(nodes, 0).url);
  expect((await stranger.refusalOf("room:create", roomPlan().ask)).code).toBe("try_later");
  server.signal("SIGCONT");
  const back = Date.now();
  await expect.poll(() => ready(at(nodes, 0)), { timeout: 5_000 }).toBe(200);
  await expect.poll(() => ready(at(nodes, 1)), { timeout: 5_000 }).toBe(200);
  expect(Date.now() - back).toBeLessThan(5_000);
  expect([owner.client.socket.connected, guest.client.socket.connected]).toEqual([true, true]);
  await guest.client.get("message:send", message);
  expect((await owner.client.next("message:received")).envelope).toEqual(message.envelope);
});

test("a node that loses Redis alone decides nothing; the room goes on without it and takes its people back", async () => {
  const server = await redisForTest();
  const { proxy, url } = await throughProxy(server);
  const [away] = await startNodes(1, url);
  const [here] = await startNodes(1, server.url);
  if (away === undefined || here === undefined) throw new Error("no nodes");
  const plan = roomPlan();
  const owner = await openRoom(here, plan);
  const guest = await join(away, plan);
  proxy.cut();
  await expect.poll(() => ready(away)).toBe(503);
  expect((await guest.client.refusalOf("commit:send", commitOn(guest.cid))).code).toBe("try_later");
  const ask = commitOn(guest.cid);
  await owner.client.get("commit:send", ask);
  proxy.mend();
  // It missed something, so it comes back and asks.
  await guest.client.closed();
  await expect.poll(() => ready(away)).toBe(200);
  const again = await connect(away.url);
  const { resumeToken } = guest.seat;
  const answer = await again.get("room:resume", { handle: plan.handle, resumeToken, cid: guest.cid });
  expect(answer).toMatchObject({ mustRejoin: false, missed: [{ baseCid: guest.cid, envelope: ask.envelope }] });
});

test("a node that missed nothing while Redis was away keeps its connections", async () => {
  const server = await redisForTest();
  const { proxy, url } = await throughProxy(server);
  const [node] = await startNodes(1, url);
  if (node === undefined) throw new Error("no node");
  const owner = await openRoom(node, roomPlan());
  proxy.cut();
  await expect.poll(() => ready(node)).toBe(503);
  proxy.mend();
  await expect.poll(() => ready(node)).toBe(200);
  expect(owner.client.socket.connected).toBe(true);
  await owner.client.get("message:send", { cid: owner.cid, envelope: bytes(9) });
});

test("a Redis that comes back empty: everybody is sent to come back, and may show the room", async () => {
  const server = await redisForTest();
  const nodes = await startNodes(2, server.url);
  const plan = roomPlan();
  const owner = await openRoom(at(nodes, 0), plan);
  const guest = await join(at(nodes, 1), plan);
  const ended = await openRoom(at(nodes, 0), roomPlan());
  await server.restart();
  await Promise.all([owner, guest, ended].map(({ client }) => client.closed()));
  await expect.poll(() => ready(at(nodes, 0))).toBe(200);
  await expect.poll(() => ready(at(nodes, 1))).toBe(200);
  const head = { cid: guest.cid, epoch: 1, groupInfo: bytes(300), rotation: undefined };
  const back = await Promise.all(
    [owner, guest].map(async ({ seat }, i) => {
      const client = await connect(at(nodes, i).url);
      const { resumeToken } = seat;
      expect((await client.refusalOf("room:resume", { handle: plan.handle, resumeToken, cid: head.cid })).code).toBe(
        "not_admitted",
      );
      const answer = await client.get("room:restore", {
        record: plan.record,
        seat: seat.seat,
        head,
        lifeMs: 3_000_000,
      });
      return { client, answer };
    }),
  );
  expect(back.map(({ answer }) => answer.seat?.seat)).toEqual([owner.seat.seat, guest.seat.seat]);
  await at(back, 0).client.get("message:send", { cid: head.cid, envelope: bytes(9) });
  expect(await at(back, 1).client.next("message:received")).toMatchObject({ seq: 1 });
});

test("a room that was ended stays ended for a Redis that takes over and does not know", async () => {
  const server = await redisForTest();
  const nodes = await startNodes(2, server.url);
  const plan = roomPlan();
  const owner = await openRoom(at(nodes, 0), plan);
  await owner.client.get("room:end", signEnd(plan, 1));
  await server.restart();
  await expect.poll(() => ready(at(nodes, 0))).toBe(200);
  await expect.poll(() => ready(at(nodes, 1))).toBe(200);
  // The relay that is asked never heard of the room.
  const client = await connect(at(nodes, 1).url);
  const head = { cid: owner.cid, epoch: 0, groupInfo: bytes(300), rotation: undefined };
  const offer = { record: plan.record, seat: owner.seat.seat, head, lifeMs: 3_000_000 };
  expect((await client.refusalOf("room:restore", offer)).code).toBe("expired");
});

test("a Redis Cluster keeps rooms just the same, each in one slot", async () => {
  const nodes = await startNodes(2, await clusterForTest());
  for (let i = 0; i < 6; i++) {
    const plan = roomPlan();
    const owner = await openRoom(at(nodes, i), plan);
    const guest = await join(at(nodes, i + 1), plan);
    await guest.client.get("message:send", { cid: guest.cid, envelope: bytes(99) });
    expect(await owner.client.next("message:received")).toMatchObject({ seq: 2 });
    await owner.client.get("room:end", signEnd(plan, 1));
    expect(await guest.client.next("room:ended")).toMatchObject({ reason: "ended" });
  }
});

test("a publication that did not arrive is noticed with the next one, and whoever missed it comes back", async () => {
  const server = await redisForTest();
  const redis = openRedis(server.url);
  const nodes = await startNodes(2, server.url);
  const plan = roomPlan();
  const owner = await openRoom(at(nodes, 0), plan);
  const guest = await join(at(nodes, 1), plan);
  const [room = ""] = (await roomKeys(redis)).filter((key) => key.endsWith("}"));
  // As if something had been published that nobody was told.
  await redis.hincrby(room, "p", 1);
  void guest.client.ask("message:send", { cid: guest.cid, envelope: bytes(9) }).catch(() => undefined);
  await Promise.all([owner.client.closed(), guest.client.closed()]);
  const again = await connect(at(nodes, 1).url);
  const { resumeToken } = guest.seat;
  const resumed = await again.get("room:resume", { handle: plan.handle, resumeToken, cid: guest.cid });
  expect(resumed).toMatchObject({ mustRejoin: false, seq: 2 });
});

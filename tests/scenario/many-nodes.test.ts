// Rooms on several relays and one Redis, by the extension's own engine: whatever happens to a relay or to Redis, nobody
// has to do anything and nothing is lost.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLogger } from "../../server/log.ts";
import { startRedisServer } from "../support/redis-server.ts";
import type { RedisServer } from "../support/redis-server.ts";
import { openClient } from "../support/node-client.ts";
import type { Client, ClientRoom } from "../support/node-client.ts";
import { startRelay } from "../support/relay.ts";
import type { TestRelay } from "../support/relay.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import type { TcpProxy } from "../support/tcp-proxy.ts";
import { agree, isOpen } from "./setting.ts";

interface Stage {
  readonly redis: RedisServer;
  /** The one address of all relays. */
  readonly door: TcpProxy;
  /** The one address of Redis. */
  readonly redisDoor: TcpProxy;
  readonly nodes: TestRelay[];
}

const stage: { now?: Stage } = {};
const clients: Client[] = [];

function at(): Stage {
  if (stage.now === undefined) throw new Error("nothing is up");
  return stage.now;
}

async function startNode(): Promise<TestRelay> {
  const { door, redisDoor } = at();
  const env = { REDIS_URL: redisDoor.origin.replace("http:", "redis:"), PUBLIC_URL: door.origin };
  return startRelay(env, { log: createLogger("silent") });
}

function aim(): void {
  at().door.aim(...at().nodes.map(({ port }) => port));
}

beforeEach(async () => {
  const redis = await startRedisServer();
  stage.now = { redis, door: await openTcpProxy(), redisDoor: await openTcpProxy(), nodes: [] };
  at().redisDoor.aim(redis.port);
  for (let i = 0; i < 3; i++) at().nodes.push(await startNode());
  aim();
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  const { nodes, door, redisDoor, redis } = at();
  await Promise.all(nodes.map((node) => node.close()));
  await door.close();
  await redisDoor.close();
  await redis.stop();
});

async function open(): Promise<Client> {
  const client = await openClient({ relay: at().door.origin });
  clients.push(client);
  return client;
}

async function people(guests: number): Promise<ClientRoom[]> {
  const owner = await (await open()).createRoom({ displayName: "Owner" });
  const rooms = [owner];
  for (let i = 1; i <= guests; i++) rooms.push(await (await open()).join(owner.link, { name: `Guest ${i}` }));
  await agree(rooms);
  return rooms;
}

const texts = (room: ClientRoom): string[] =>
  room
    .messages()
    .map(({ state, text }) => (state === "gap" ? "gap" : text))
    .toSorted();

async function allRead(rooms: readonly ClientRoom[], sent: readonly string[]): Promise<void> {
  for (const room of rooms)
    await expect.poll(() => texts(room), { timeout: 20_000, interval: 50 }).toEqual(sent.toSorted());
}

test("relays are replaced one after the other under load: nothing is lost, and everybody moves within 2 s", async () => {
  const rooms = await people(3);
  const sent: string[] = [];
  const over = new AbortController();
  const talk = rooms.map(async (room, who) => {
    for (let i = 0; !over.signal.aborted; i++) {
      const text = `${who}: ${i}`;
      sent.push(text);
      await room.send(text);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  const slowest: number[] = [];
  for (let round = 0; round < 3; round++) {
    const { nodes } = at();
    const [leaving] = nodes.splice(0, 1, await startNode());
    nodes.push(...nodes.splice(0, 1));
    aim();
    const begin = Date.now();
    await leaving?.close();
    await Promise.all(rooms.map((room) => room.until(isOpen, "it is back")));
    slowest.push(Date.now() - begin);
  }
  over.abort();
  await Promise.all(talk);
  await allRead(rooms, sent);
  await agree(rooms);
  expect(Math.max(...slowest)).toBeLessThan(2_000);
});

test("Redis is killed and comes back empty: the room is there again, with what was written meanwhile", async () => {
  const rooms = await people(2);
  const sent = ["before", "meanwhile", "after"];
  await rooms[0]?.send("before");
  await allRead(rooms, ["before"]);
  await at().redis.restart();
  await rooms[1]?.send("meanwhile");
  const begin = Date.now();
  await agree(rooms);
  // Most of it is the window in which everybody may say where the room stood.
  expect(Date.now() - begin).toBeLessThan(8_000);
  await rooms[2]?.send("after");
  await allRead(rooms, sent);
});

test("a replica takes over and lacks the last writes: no room is split, and nothing is lost", async () => {
  const rooms = await people(2);
  await rooms[0]?.send("first");
  await allRead(rooms, ["first"]);
  const replica = await startRedisServer("--replicaof", "127.0.0.1", String(at().redis.port));
  try {
    await expect.poll(() => replica.ask("INFO", "replication"), { timeout: 10_000 }).toContain("master_link_status:up");
    // What comes now never reaches it.
    await replica.ask("REPLICAOF", "NO", "ONE");
    await rooms[1]?.renewKeys();
    await rooms[1]?.send("second");
    await allRead(rooms, ["first", "second"]);
    await agree(rooms);
    at().redisDoor.cut();
    at().redisDoor.aim(replica.port);
    at().redisDoor.mend();
    await agree(rooms);
    await rooms[2]?.send("third");
    await allRead(rooms, ["first", "second", "third"]);
    expect(rooms.every(isOpen)).toBe(true);
  } finally {
    await replica.stop();
  }
});

test("a relay dies without a word: its people are back by the others, and nothing is lost", async () => {
  const rooms = await people(2);
  const sent = ["one", "two"];
  await rooms[0]?.send("one");
  await allRead(rooms, ["one"]);
  const { nodes, door } = at();
  // Nobody of it can be reached, and it cannot reach anybody.
  const [dead] = nodes.splice(0, 1);
  aim();
  door.cut();
  door.mend();
  await rooms[1]?.send("two");
  await allRead(rooms, sent);
  await agree(rooms);
  expect(rooms.every(isOpen)).toBe(true);
  await dead?.close();
});

import { connect as connectTcp } from "node:net";
import { expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { HealthyPair } from "./support/healthy-pair.ts";
import { bytes, join, openRoom, roomPlan } from "./support/people.ts";
import { RawSocket } from "./support/raw.ts";
import { startRelay } from "./support/relay.ts";

test("who sends too fast is told when to come back, and nothing that was acknowledged is lost", async () => {
  const relay = await startRelay({}, { limits: { messages: { burst: 20, perSecond: 10 } } });
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  const message = { cid: guest.cid, envelope: bytes(32) };
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => guest.client.ask("message:send", message)));
  const accepted = outcomes.filter(({ ok }) => ok).length;
  expect(accepted).toBeGreaterThanOrEqual(20);
  expect(accepted).toBeLessThan(60);
  for (const outcome of outcomes) {
    if (outcome.ok) continue;
    expect(outcome.refusal.code).toBe("rate_limited");
    expect(outcome.refusal.retryAfterMs).toBeGreaterThan(0);
    expect(outcome.refusal.retryAfterMs).toBeLessThanOrEqual(100);
  }
  await owner.client.settle();
  expect(owner.client.all("message:received")).toHaveLength(accepted);
  await owner.client.get("message:send", message);
});

test("a seat has its rate, however often its holder connects again", async () => {
  const limits = { messages: { burst: 20, perSecond: 0.1 } };
  const relay = await startRelay({}, { limits });
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const { client, seat, cid } = await join(relay, plan);
  const message = { cid, envelope: bytes(32) };
  for (let i = 0; i < 20; i++) await client.get("message:send", message);
  const again = await connect(relay.url);
  await again.get("room:resume", { handle: plan.handle, resumeToken: seat.resumeToken, cid });
  expect(await again.refusalOf("message:send", message)).toMatchObject({ code: "rate_limited" });
  again.close();
  await expect.poll(() => relay.connectionCount()).toBe(1);
  const third = await connect(relay.url);
  await third.get("room:resume", { handle: plan.handle, resumeToken: seat.resumeToken, cid });
  expect(await third.refusalOf("message:send", message)).toMatchObject({ code: "rate_limited" });
  await owner.client.get("message:send", message);
});

test("fifty members of one address talk all at once", async () => {
  const relay = await startRelay();
  const plan = roomPlan({ maxMembers: 50 });
  const owner = await openRoom(relay, plan);
  const members = await Promise.all(Array.from({ length: 49 }, () => join(relay, plan)));
  const message = { cid: owner.cid, envelope: bytes(256) };
  const latest = { ...message, cid: members.at(-1)?.cid ?? owner.cid };
  const { head } = await owner.client.refusalOf("message:send", { ...latest, cid: bytes(32) });
  const current = { ...message, cid: head?.cid ?? owner.cid };
  await Promise.all(
    members.map(async ({ client }) => {
      for (let i = 0; i < 20; i++) await client.get("message:send", current);
    }),
  );
  await owner.client.settle();
  expect(owner.client.all("message:received").map(({ seq }) => seq)).toEqual(
    Array.from({ length: 980 }, (_, i) => i + 50),
  );
});

test("one address has so many connections, and others are not affected", async () => {
  const relay = await startRelay(
    { HOST: "0.0.0.0", PUBLIC_URL: "http://127.0.0.1" },
    { limits: { connectionsPerAddress: 3 } },
  );
  const sockets = [await connect(relay.url), await connect(relay.url), await connect(relay.url)];
  await expect(connect(relay.url)).rejects.toThrow("websocket error");
  await expect(
    connect(relay.url, { headers: { "X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9" } }),
  ).rejects.toThrow("websocket error");
  await new RawSocket(relay.port, { localAddress: "127.0.0.2" }).enter();
  sockets[0]?.close();
  await expect.poll(() => relay.connectionCount()).toBe(3);
  await connect(relay.url);
});

test("rooms of one address are counted, also when many are asked for at once", async () => {
  const relay = await startRelay({}, { limits: { roomsPerAddress: { points: 3, windowS: 60 } } });
  const clients = await Promise.all(Array.from({ length: 6 }, () => connect(relay.url)));
  const outcomes = await Promise.all(clients.map((client) => client.ask("room:create", roomPlan().ask)));
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(3);
  expect(await relay.store.size()).toMatchObject({ rooms: 3 });
  expect(outcomes.find(({ ok }) => !ok)).toMatchObject({ refusal: { code: "rate_limited" } });
});

test("a connection that never says hello is closed", async () => {
  const relay = await startRelay({}, { limits: { handshakeMs: 300 } });
  const raw = new RawSocket(relay.port);
  await raw.next((frame) => typeof frame === "string" && frame.startsWith("0"));
  expect(await raw.closed()).toBe(1005);
  const silent = connectTcp(relay.port, "127.0.0.1");
  silent.resume();
  await new Promise((resolve) => silent.once("close", resolve));
  expect(silent.bytesWritten).toBe(0);
});

test("a link that went dead is noticed", async () => {
  const relay = await startRelay({}, { limits: { pingIntervalMs: 100, pingTimeoutMs: 100 } });
  const raw = await new RawSocket(relay.port).enter();
  raw.ws.removeAllListeners("message");
  await expect.poll(() => relay.connectionCount()).toBe(0);
});

test("a reader that stalls is cut, and the room goes on without it", async () => {
  const relay = await startRelay(
    {},
    { limits: { backlogBytes: 256 * 1024, messages: { burst: 10_000, perSecond: 10_000 } } },
  );
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const [slow, guest] = [await join(relay, plan), await join(relay, plan)];
  const engine = slow.client.socket.io.engine as unknown as { transport: { ws: { pause(): void } } };
  engine.transport.ws.pause();
  const message = { cid: guest.cid, envelope: bytes(60 * 1024) };
  let sent = 0;
  while (relay.connectionCount() === 3 && sent < 1_000) {
    await owner.client.get("message:send", message);
    sent++;
  }
  expect(relay.connectionCount()).toBe(2);
  await owner.client.get("message:send", message);
  await guest.client.settle();
  expect(guest.client.all("message:received")).toHaveLength(sent + 1);
  expect(await relay.store.size()).toMatchObject({ seats: 3, connections: 2 });
});

test("a reader that takes nothing for too long is cut, however little it is behind", async () => {
  const free = { burst: 10_000, perSecond: 10_000 };
  const relay = await startRelay(
    {},
    { limits: { backlogBytes: Infinity, stallMs: 1_000, messages: free, frames: free } },
  );
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const [slow, guest] = [await join(relay, plan), await join(relay, plan)];
  const engine = slow.client.socket.io.engine as unknown as { transport: { ws: { pause(): void } } };
  engine.transport.ws.pause();
  const message = { cid: guest.cid, envelope: bytes(60 * 1024) };
  // More than the kernel holds for it.
  for (let i = 0; i < 300; i++) await owner.client.get("message:send", message);
  await expect.poll(() => relay.connectionCount(), { timeout: 5_000 }).toBe(2);
  await owner.client.get("message:send", message);
  await guest.client.settle();
  expect(guest.client.all("message:received")).toHaveLength(301);
});

test("somebody who asks and never reads is cut too", async () => {
  const frames = { burst: 1e9, perSecond: 1e9 };
  const relay = await startRelay({}, { limits: { backlogBytes: 64 * 1024, strikes: Infinity, frames } });
  const pair = await HealthyPair.meet(relay);
  const raw = await new RawSocket(relay.port).enter();
  raw.ws.pause();
  const frame = bytes(9);
  for (let i = 0; i < 400 && relay.connectionCount() === 3; i++) {
    for (let k = 0; k < 2_000; k++) raw.send(frame);
    await pair.owner.client.settle().catch(() => undefined);
  }
  expect(relay.connectionCount()).toBe(2);
  await pair.talk();
});

// Logins for TURN servers: for whoever sits in a room, and for nobody else.
import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { iceServers } from "../../server/ice-servers.ts";
import { readConfig } from "../../server/config.ts";
import type { Client } from "./support/client.ts";
import { connect } from "./support/client.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { apply, bytes, enter, invite, join, openRoom, roomPlan, signEnd, signEvict } from "./support/people.ts";
import { startRelay } from "./support/relay.ts";

const urls = ["turn:turn.test:3478?transport=udp", "turns:turn.test:5349?transport=tcp"];
const secret = "a secret for tests alone";
const turn = { TURN_URLS: urls.join(", "), TURN_SECRET: secret };
const ASK_FIRST = 2;
const READ_ONLY = 4;

async function refusalTo(client: Client): Promise<string> {
  return (await client.refusalOf("ice:get", {})).code;
}

async function userOf(client: Client): Promise<string | undefined> {
  return (await client.get("ice:get", {})).servers[0]?.username.split(":")[1];
}

test("a seat is given the servers with a login for ten minutes by the wall clock", async () => {
  const relay = await startRelay(turn);
  const { client } = await openRoom(relay, roomPlan());
  const before = Math.floor(Date.now() / 1000);
  const { servers, lifeS } = await client.get("ice:get", {});
  const [server, ...more] = servers;
  expect(more).toEqual([]);
  expect(server?.urls).toEqual(urls);
  expect(lifeS).toBe(600);
  const [until = "", user = ""] = server?.username.split(":") ?? [];
  expect(Number(until) - before).toBeGreaterThanOrEqual(lifeS);
  expect(Number(until) - before).toBeLessThanOrEqual(lifeS + 5);
  expect(server?.credential).toBe(createHmac("sha1", secret).update(`${until}:${user}`).digest("base64"));
});

test("a stranger, an applicant, somebody who knocks and whoever left are refused", async () => {
  const relay = await startRelay(turn);
  const asking = invite({ flags: ASK_FIRST });
  const plan = roomPlan({ invites: [asking.record] }, asking);
  const { client: owner } = await openRoom(relay, plan);
  expect(await refusalTo(await connect(relay.url))).toBe("not_admitted");
  const knocker = await apply(relay, asking);
  expect(await refusalTo(knocker)).toBe("not_admitted");
  await knocker.get("knock:send", { sealed: bytes(60) });
  expect(await refusalTo(knocker)).toBe("not_admitted");
  await owner.get("room:leave", {});
  expect(await refusalTo(owner)).toBe("not_admitted");
});

test("somebody with the ticket, and a member after an eviction, are refused; a reader is not", async () => {
  const relay = await startRelay(turn);
  const reading = invite({ flags: READ_ONLY });
  const plan = roomPlan({ invites: [reading.record] }, reading);
  const owner = await openRoom(relay, plan);
  const guest = await apply(relay, reading);
  await guest.get("ticket:take", {});
  expect(await refusalTo(guest)).toBe("not_admitted");
  const { seat } = await enter(guest);
  expect(await userOf(guest)).toBe(await userOf(owner.client));
  await owner.client.get("seat:evict", signEvict(plan, 1, seat.seat));
  await guest.closed();
  const again = await connect(relay.url);
  await again.ask("room:resume", { handle: plan.handle, resumeToken: seat.resumeToken, cid: undefined });
  expect(await refusalTo(again)).toBe("not_admitted");
});

test.each(["expired", "ended"] as const)("nobody of a room that has %s is given any", async (how) => {
  const clock = new FakeClock();
  const relay = await startRelay(turn, { clock });
  const plan = roomPlan({ lifeS: 60 });
  const { client, seat } = await openRoom(relay, plan);
  expect(await userOf(client)).toBeDefined();
  if (how === "ended") await client.get("room:end", signEnd(plan, 1));
  else clock.advance(60_000);
  await client.next("room:ended");
  await client.closed();
  const again = await connect(relay.url);
  await again.ask("room:resume", { handle: plan.handle, resumeToken: seat.resumeToken, cid: undefined });
  expect(await refusalTo(again)).toBe("not_admitted");
});

test("a room is one user at every relay with the secret; users of rooms have nothing in common, nor with handles", async () => {
  const [one, other] = [await startRelay(turn), await startRelay(turn)];
  const plan = roomPlan();
  const owner = await openRoom(one, plan);
  const guest = await join(one, plan);
  const user = await userOf(owner.client);
  expect(user).toMatch(/^[\w-]{22}$/);
  expect(await userOf(guest.client)).toBe(user);
  expect(await userOf((await openRoom(other, plan)).client)).toBe(user);
  expect(await userOf((await openRoom(other, roomPlan())).client)).not.toBe(user);
  const turned = { urls, secret: `${secret}!` };
  expect(iceServers(turned, plan.handle, 0).servers[0]?.username).not.toContain(user);
  for (const encoding of ["hex", "base64url"] as const)
    expect(user).not.toContain(Buffer.from(plan.handle).toString(encoding).slice(0, 8));
});

test("logins are rationed per connection", async () => {
  const relay = await startRelay(turn, { limits: { minting: { burst: 3, perSecond: 0.01 } } });
  const { client } = await openRoom(relay, roomPlan());
  for (let count = 0; count < 3; count++) await client.get("ice:get", {});
  const refused = await client.refusalOf("ice:get", {});
  expect(refused.code).toBe("rate_limited");
  expect(refused.retryAfterMs).toBeGreaterThan(10_000);
});

test("a relay without TURN answers with no servers, and still no stranger", async () => {
  const relay = await startRelay();
  const { client } = await openRoom(relay, roomPlan());
  expect((await client.get("ice:get", {})).servers).toEqual([]);
  expect(await refusalTo(await connect(relay.url))).toBe("not_admitted");
});

test("more addresses than an answer holds are refused at the start", () => {
  const many = Array.from({ length: 9 }, (_, index) => `turn:t${index}.test`);
  for (const bad of [many.join(","), `turn:${"t".repeat(300)}.test`])
    expect(readConfig({ TURN_URLS: bad, TURN_SECRET: secret })).toMatchObject({ ok: false });
});

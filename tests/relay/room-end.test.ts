import { expect, test } from "vitest";
import type { Ask } from "../../wire/events.ts";
import { connect } from "./support/client.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { apply, bytes, join, openRoom, roomPlan, signAsk, signEnd, signEvict, signingKey } from "./support/people.ts";
import { startRelay } from "./support/relay.ts";

const nothing = { rooms: 0, invites: 0, seats: 0, connections: 0, knocks: 0, windows: 0, attempts: 0 };

test("the owner's signed end reaches everybody with its proof, and nothing is left", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  const waiting = await apply(relay, plan.invite);
  const end = signEnd(plan, 3);
  await owner.client.get("room:end", end);
  for (const client of [owner.client, guest.client, waiting]) {
    expect(await client.next("room:ended")).toEqual({ reason: "ended", proof: end.proof });
    await client.closed();
  }
  expect(await relay.store.size()).toEqual({ ...nothing, tombstones: 1 });
  const back = await connect(relay.url);
  const { resumeToken } = owner.seat;
  const resume = { handle: plan.handle, resumeToken, cid: plan.ask.cid };
  expect((await back.refusalOf("room:resume", resume)).code).toBe("not_admitted");
  expect((await back.refusalOf("room:create", plan.ask)).code).toBe("malformed");
});

test("an end that is forged, for another room, replayed or not the owner's ends nothing", async () => {
  const relay = await startRelay();
  const [plan, other] = [roomPlan(), roomPlan()];
  const owner = await openRoom(relay, plan);
  await openRoom(relay, other);
  const guest = await join(relay, plan);
  const stranger = await connect(relay.url);
  const end = signEnd(plan, 1);
  const evict = signEvict(plan, 1, guest.seat.seat);
  const counted = (counter: number): Ask<"room:end"> => ({ ...end, proof: { ...end.proof, counter } });
  const forged = (signature: Uint8Array): Ask<"room:end"> => ({ ...end, proof: { ...end.proof, signature } });
  for (const [client, ask] of [
    [owner.client, forged(bytes(64))],
    [owner.client, forged(new Uint8Array(64))],
    [owner.client, signAsk({ ...plan.signer, key: signingKey() }, 1, "room:end", {})],
    [owner.client, signAsk({ ...plan.signer, handle: other.handle }, 1, "room:end", {})],
    [owner.client, counted(2)],
    [owner.client, forged(evict.proof.signature)],
    [owner.client, signEnd(plan, 0)],
    [stranger, end],
  ] as const)
    expect((await client.refusalOf("room:end", ask)).code).toBe("not_admitted");
  await guest.client.get("message:send", { cid: guest.cid, envelope: bytes(9) });
  expect(await relay.store.size()).toMatchObject({ rooms: 2, seats: 3 });
});

test("a room of thirty days is not over at once, and over when it is", async () => {
  const clock = new FakeClock();
  const relay = await startRelay({}, { clock, limits: { admissionAnswerMs: 0 } });
  const plan = roomPlan({ lifeS: 30 * 24 * 3600 });
  const owner = await openRoom(relay, plan);
  clock.advance(30 * 24 * 3600_000 - 1);
  await owner.client.get("message:send", { cid: plan.ask.cid, envelope: bytes(9) });
  clock.advance(1);
  expect(await owner.client.next("room:ended")).toEqual({ reason: "expired", proof: undefined });
  await owner.client.closed();
  expect(await relay.store.size()).toEqual({ ...nothing, tombstones: 0 });
});

test("the last one who leaves ends the room at once", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  await owner.client.get("room:leave", {});
  expect(await guest.client.next("seat:gone")).toEqual({ seat: owner.seat.seat, reason: "left" });
  await guest.client.get("room:leave", {});
  expect(await relay.store.size()).toMatchObject(nothing);
  expect((await guest.client.refusalOf("room:leave", {})).code).toBe("not_admitted");
});

test("a room whose connections all dropped waits its grace and ends", async () => {
  const clock = new FakeClock();
  const relay = await startRelay({ EMPTY_GRACE_S: "30" }, { clock });
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  owner.client.close();
  await expect.poll(async () => (await relay.store.size()).connections).toBe(0);
  clock.advance(29_999);
  expect(await relay.store.size()).toMatchObject({ rooms: 1 });
  clock.advance(1);
  expect(await relay.store.size()).toMatchObject(nothing);
});

test("what the relay says it allows is what it allows", async () => {
  const relay = await startRelay({ MAX_ROOM_TTL_S: "600", MAX_MEMBERS: "5" });
  const client = await connect(relay.url);
  expect((await client.refusalOf("room:create", roomPlan({ lifeS: 601, maxMembers: 5 }).ask)).code).toBe("malformed");
  expect((await client.refusalOf("room:create", roomPlan({ lifeS: 600, maxMembers: 6 }).ask)).code).toBe("malformed");
  await client.get("room:create", roomPlan({ lifeS: 600, maxMembers: 5 }).ask);
});

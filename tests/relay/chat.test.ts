import { expect, test } from "vitest";
import { bytes, join, openRoom, roomPlan, signEnd } from "./support/people.ts";
import { startRelay } from "./support/relay.ts";

test("two members pass messages to each other in one order", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  const accepted = await owner.client.next("commit:accepted");
  expect(accepted).toMatchObject({ seq: 1, epoch: 1, baseCid: plan.ask.cid });
  const hello = { cid: guest.cid, envelope: bytes(256) };
  expect(await guest.client.get("message:send", hello)).toEqual({ seq: 2 });
  expect(await owner.client.next("message:received")).toEqual({ seq: 2, ...hello });
  expect(await owner.client.get("message:send", { ...hello, envelope: bytes(256) })).toEqual({ seq: 3 });
  expect((await guest.client.next("message:received")).seq).toBe(3);
  expect(guest.client.all("message:received")).toHaveLength(1);
});

test("a room that its owner ends is gone for everybody", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  const end = signEnd(plan, 1);
  await owner.client.get("room:end", end);
  expect(await guest.client.next("room:ended")).toEqual({ reason: "ended", proof: end });
  await guest.client.closed();
  await owner.client.closed();
  expect(await relay.store.size()).toEqual({ rooms: 0, invites: 0, seats: 0, connections: 0, tombstones: 1 });
});

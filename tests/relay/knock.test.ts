// Asking to be let in, from the knock to the seat, over real connections.
import { expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { apply, bytes, delegateOf, enter, invite, openRoom, roomPlan, signAsk } from "./support/people.ts";
import { startRelay } from "./support/relay.ts";

const askFirst = () => roomPlan({}, invite({ flags: 2 }));

test("somebody knocks, a delegate says yes, and it comes in with what it was told", async () => {
  const relay = await startRelay();
  const plan = askFirst();
  const owner = await openRoom(relay, plan);
  const client = await apply(relay, plan.invite);
  expect((await client.refusalOf("ticket:take", {})).code).toBe("not_admitted");
  const sealed = bytes(512);
  const { knock } = await client.get("knock:send", { sealed });
  const { inviteId } = plan.invite.record;
  expect(await owner.client.next("knock:received")).toEqual({ knock, inviteId, sealed });
  const answer = { knock, isAdmitted: true, sealed: bytes(1024) };
  await owner.client.get("knock:answer", signAsk(delegateOf(plan.signer), 1, "knock:answer", answer));
  expect(await client.next("knock:answered")).toEqual({ isAdmitted: true, sealed: answer.sealed });
  expect(await owner.client.next("knock:gone")).toEqual({ knock });
  await enter(client);
});

test("somebody who is denied is told, closed, and has seen nothing of the room", async () => {
  const relay = await startRelay();
  const plan = askFirst();
  const owner = await openRoom(relay, plan);
  const client = await apply(relay, plan.invite);
  const { knock } = await client.get("knock:send", { sealed: bytes(512) });
  await owner.client.get("message:send", { cid: plan.ask.cid, envelope: bytes(64) });
  const answer = { knock, isAdmitted: false, sealed: bytes(1024) };
  await owner.client.get("knock:answer", signAsk(plan.signer, 1, "knock:answer", answer));
  await client.closed();
  expect(client.heard).toEqual([{ name: "knock:answered", body: { isAdmitted: false, sealed: answer.sealed } }]);
});

test("whoever knocks may wait for half an hour, not five minutes, and the knock ends with it", async () => {
  const clock = new FakeClock();
  const relay = await startRelay({}, { clock, limits: { admissionAnswerMs: 0 } });
  const plan = askFirst();
  const owner = await openRoom(relay, plan);
  const [idle, client] = [await apply(relay, plan.invite), await apply(relay, plan.invite)];
  const { knock } = await client.get("knock:send", { sealed: bytes(512) });
  clock.advance(301_000);
  await idle.closed();
  clock.advance(25 * 60_000 - 2_000);
  await client.settle();
  expect(owner.client.all("knock:gone")).toEqual([]);
  clock.advance(2_000);
  await client.closed();
  expect(await owner.client.next("knock:gone")).toEqual({ knock });
});

test("somebody who was let in and does not come is closed like any joiner", async () => {
  const clock = new FakeClock();
  const relay = await startRelay({}, { clock, limits: { admissionAnswerMs: 0 } });
  const plan = askFirst();
  const owner = await openRoom(relay, plan);
  const client = await apply(relay, plan.invite);
  const { knock } = await client.get("knock:send", { sealed: bytes(512) });
  const answer = { knock, isAdmitted: true, sealed: bytes(1024) };
  await owner.client.get("knock:answer", signAsk(plan.signer, 1, "knock:answer", answer));
  await client.next("knock:answered");
  await client.get("ticket:take", {});
  clock.advance(299_000);
  await client.settle();
  expect(relay.connectionCount()).toBe(2);
  clock.advance(2_000);
  await client.closed();
});

test("an owner that comes back finds the knocks that waited, after its answer", async () => {
  const relay = await startRelay();
  const plan = askFirst();
  const owner = await openRoom(relay, plan);
  const client = await apply(relay, plan.invite);
  owner.client.close();
  await expect.poll(async () => (await relay.store.size()).connections).toBe(1);
  const sealed = bytes(512);
  const { knock } = await client.get("knock:send", { sealed });
  const back = await connect(relay.url);
  const { resumeToken } = owner.seat;
  await back.get("room:resume", { handle: plan.handle, resumeToken, cid: plan.ask.cid });
  expect((await back.next("knock:received")).sealed).toEqual(sealed);
  expect(back.arrivals.map(({ name }) => name)).toEqual(["answer", "knock:received"]);
  const answer = { knock, isAdmitted: true, sealed: bytes(9) };
  await back.get("knock:answer", signAsk(plan.signer, 1, "knock:answer", answer));
  await enter(client);
});

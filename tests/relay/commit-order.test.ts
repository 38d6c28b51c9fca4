import { expect, test } from "vitest";
import { decodeOutcome } from "../../wire/acknowledgement.ts";
import { connect } from "./support/client.ts";
import { apply, bytes, commitOn, enter, join, openRoom, roomPlan, sha256, signEvict } from "./support/people.ts";
import { startRelay } from "./support/relay.ts";

test("the relay accepts one commit per epoch and tells the loser where the room stands", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  for (let round = 0, base = guest.cid; round < 10; round++) {
    const asks = [commitOn(base), commitOn(base)] as const;
    const outcomes = await Promise.all([
      owner.client.ask("commit:send", asks[0]),
      guest.client.ask("commit:send", asks[1]),
    ]);
    const winner = outcomes[0].ok ? 0 : 1;
    expect(outcomes[1 - winner]?.ok).toBe(false);
    base = sha256(asks[winner].envelope);
    const head = { cid: base, epoch: round + 2, groupInfo: asks[winner].groupInfo, rotation: undefined };
    expect(outcomes[1 - winner]).toEqual({ ok: false, refusal: { code: "stale_epoch", retryAfterMs: 0, head } });
    const loser = winner === 0 ? guest : owner;
    while ((await loser.client.next("commit:accepted")).epoch < head.epoch);
  }
});

test("an answer always comes before what happened after it", async () => {
  const relay = await startRelay({}, { limits: { messages: { burst: 10_000, perSecond: 10_000 } } });
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  const message = (): { cid: Uint8Array; envelope: Uint8Array } => ({ cid: guest.cid, envelope: bytes(32) });
  const sent: Promise<unknown>[] = [];
  for (let i = 0; i < 200; i++) {
    sent.push(owner.client.get("message:send", message()));
    sent.push(guest.client.get("message:send", message()));
  }
  await Promise.all(sent);
  await guest.client.settle();
  const order = guest.client.arrivals.flatMap((arrival) => {
    if (arrival.name === "message:received") return arrival.body.seq;
    if (arrival.name !== "answer" || arrival.to !== "message:send") return [];
    const outcome = decodeOutcome("message:send", arrival.bytes);
    return outcome.ok ? outcome.answer.seq : [];
  });
  expect(order).toEqual(Array.from({ length: 400 }, (_, i) => i + 2));
});

test("a joiner hears its own seat before the first message of the room", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const client = await apply(relay, plan.invite);
  await client.get("ticket:take", {});
  const { head } = await client.next("ticket:granted");
  const before = client.arrivals.length;
  const joined = client.get("commit:send", commitOn(head.cid));
  owner.client.socket.onAny(() => {
    void owner.client.get("message:send", { cid: head.cid, envelope: bytes(9) });
  });
  await Promise.all([joined, client.next("message:received")]);
  expect(client.arrivals.slice(before).map(({ name }) => name)).toEqual(["answer", "message:received"]);
});

test("the grant comes after the answer that says so", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  await openRoom(relay, plan);
  const client = await apply(relay, plan.invite);
  await Promise.all([client.get("ticket:take", {}), client.next("ticket:granted")]);
  expect(client.arrivals.slice(-2).map(({ name }) => name)).toEqual(["answer", "ticket:granted"]);
});

test("who reconnects gets the commits it missed, and what comes then exactly once", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  guest.client.close();
  await expect.poll(async () => (await relay.store.size()).connections).toBe(1);
  const missed = commitOn(guest.cid);
  await owner.client.get("commit:send", missed);
  const back = await connect(relay.url);
  const message = { cid: sha256(missed.envelope), envelope: bytes(99) };
  const { handle } = plan;
  const [answer] = await Promise.all([
    back.get("room:resume", { handle, resumeToken: guest.seat.resumeToken, cid: guest.cid }),
    owner.client.get("message:send", message),
    owner.client.get("message:send", message),
  ]);
  expect(answer.mustRejoin).toBe(false);
  expect(answer.missed).toEqual([{ seq: 2, baseCid: guest.cid, epoch: 2, envelope: missed.envelope }]);
  await owner.client.get("message:send", message);
  for (let seq = answer.seq + 1; seq <= 5; seq++) expect((await back.next("message:received")).seq).toBe(seq);
  expect(back.all("message:received")).toHaveLength(5 - answer.seq);
});

test("a second connection with the same token takes the seat over", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  const second = await connect(relay.url);
  const { resumeToken } = guest.seat;
  await second.get("room:resume", { handle: plan.handle, resumeToken, cid: guest.cid });
  await guest.client.closed();
  await owner.client.get("message:send", { cid: guest.cid, envelope: bytes(9) });
  await second.next("message:received");
  expect(guest.client.all("message:received")).toEqual([]);
});

test("a majority rolls a commit back for everybody and the room lives on", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const [honest, evil] = [await join(relay, plan), await join(relay, plan)];
  const bad = commitOn(evil.cid);
  await evil.client.get("commit:send", bad);
  const cid = sha256(bad.envelope);
  await owner.client.get("commit:reject", { cid });
  expect(honest.client.all("commit:rolled-back")).toEqual([]);
  await honest.client.get("commit:reject", { cid });
  for (const { client } of [owner, honest, evil]) {
    const told = await client.next("commit:rolled-back");
    expect(told).toMatchObject({ cid, head: { cid: evil.cid, epoch: 2 }, seq: 4 });
  }
  await evil.client.closed();
  expect(await owner.client.next("seat:gone")).toEqual({ seat: evil.seat.seat, reason: "evicted" });
  await owner.client.get("commit:send", commitOn(evil.cid));
  await join(relay, plan);
});

test("a GroupInfo that a joiner cannot use is replaced by another member's", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const client = await apply(relay, plan.invite);
  await client.get("ticket:take", {});
  await client.next("ticket:granted");
  await client.get("ticket:drop", { unusable: true });
  expect(await owner.client.next("gi:wanted")).toEqual({ cid: plan.ask.cid });
  await client.get("ticket:take", {});
  const groupInfo = bytes(400);
  await owner.client.get("gi:update", { cid: plan.ask.cid, groupInfo });
  expect((await client.next("ticket:granted")).head.groupInfo).toEqual(groupInfo);
});

test("signals reach the other seats and take no sequence number", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  const signal = { cid: guest.cid, envelope: bytes(40) };
  guest.client.signal({ ...signal, cid: bytes(32) });
  guest.client.signal(signal);
  expect(await owner.client.next("signal:received")).toEqual(signal);
  expect((await owner.client.get("message:send", signal)).seq).toBe(2);
  expect(owner.client.all("signal:received")).toHaveLength(1);
  expect(guest.client.heard.map(({ name }) => name)).toEqual(["ticket:granted", "message:received"]);
});

test("an evicted member is told, closed and cannot come back", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const [guest, other] = [await join(relay, plan), await join(relay, plan)];
  const { seat, resumeToken } = guest.seat;
  const asked = signEvict(plan, 1, other.seat.seat);
  const forged = { ...asked, proof: { ...asked.proof, signature: bytes(64) } };
  expect((await other.client.refusalOf("seat:evict", forged)).code).toBe("not_admitted");
  expect((await owner.client.refusalOf("seat:evict", { ...asked, body: { seat } })).code).toBe("not_admitted");
  await owner.client.get("seat:evict", signEvict(plan, 1, seat));
  expect(await guest.client.next("seat:gone")).toEqual({ seat, reason: "evicted" });
  expect(await other.client.next("seat:gone")).toEqual({ seat, reason: "evicted" });
  await guest.client.closed();
  const back = await connect(relay.url);
  const resume = { handle: plan.handle, resumeToken, cid: guest.cid };
  expect((await back.refusalOf("room:resume", resume)).code).toBe("not_admitted");
  expect((await owner.client.refusalOf("seat:evict", signEvict(plan, 1, other.seat.seat))).code).toBe("not_admitted");
  await other.client.get("message:send", { cid: other.cid, envelope: bytes(9) });
});

test("a member that comes back into its tree renews its seat", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  const again = await enter(guest.client);
  expect(again.seat.seat).not.toEqual(guest.seat.seat);
  expect(again.seat.resumeToken).toEqual(guest.seat.resumeToken);
  await owner.client.next("commit:accepted");
  await owner.client.next("commit:accepted");
  expect(owner.client.all("seat:gone")).toEqual([]);
});

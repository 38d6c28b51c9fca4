// A relay is restarted and knows nothing; its members show it their room.
import { expect, test } from "vitest";
import { connect } from "./support/client.ts";
import type { Client } from "./support/client.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { apply, bytes, enter, invite, join, openRoom, roomPlan, signAsk } from "./support/people.ts";
import type { Member, RoomPlan } from "./support/people.ts";
import { startRelay } from "./support/relay.ts";
import type { RunningRelay } from "./support/relay.ts";
import type { Answer, Ask, Head } from "../../wire/events.ts";
import { RESTORE_WINDOW_MS } from "../../wire/limits.ts";

/** A room with members on a relay that is gone afterwards. */
async function lostRoom(guests: number): Promise<{ plan: RoomPlan; members: Member[]; head: Head }> {
  const relay = await startRelay();
  const plan = roomPlan();
  const members = [await openRoom(relay, plan)];
  for (let i = 0; i < guests; i++) members.push(await join(relay, plan));
  await relay.close();
  const cid = members.at(-1)?.cid ?? plan.ask.cid;
  return { plan, members, head: { cid, epoch: guests, groupInfo: bytes(300), rotation: undefined } };
}

async function newRelay(): Promise<{ relay: RunningRelay; clock: FakeClock }> {
  const clock = new FakeClock();
  return { relay: await startRelay({}, { clock, limits: { admissionAnswerMs: 0 } }), clock };
}

function offer({ record }: RoomPlan, { seat }: Member, head: Head, lifeMs = 3_000_000): Ask<"room:restore"> {
  return { record, seat: seat.seat, head, lifeMs };
}

/** Everybody offers, then the window ends. */
async function restoreAll(
  relay: RunningRelay,
  clock: FakeClock,
  asks: readonly Ask<"room:restore">[],
): Promise<{ client: Client; answer: Answer<"room:restore"> }[]> {
  const waiting: Promise<{ client: Client; answer: Answer<"room:restore"> }>[] = [];
  for (const ask of asks) {
    const client = await connect(relay.url);
    waiting.push(client.get("room:restore", ask).then((answer) => ({ client, answer })));
    await client.settle();
  }
  clock.advance(RESTORE_WINDOW_MS);
  return Promise.all(waiting);
}

test("two members find their room again, talk, and let a third in by an invite made anew", async () => {
  const { plan, members, head } = await lostRoom(1);
  const { relay, clock } = await newRelay();
  const [owner, guest] = await restoreAll(
    relay,
    clock,
    members.map((member) => offer(plan, member, head)),
  );
  if (owner === undefined || guest === undefined) throw new Error("nobody came back");
  expect(owner.answer.seat?.seat).toEqual(members[0]?.seat.seat);
  expect(guest.answer.seat?.seat).toEqual(members[1]?.seat.seat);
  expect(owner.answer).toMatchObject({ seq: 0, lifeMs: 3_000_000, relayKey: guest.answer.relayKey });
  await guest.client.get("message:send", { cid: head.cid, envelope: bytes(99) });
  expect(await owner.client.next("message:received")).toMatchObject({ seq: 1 });
  const made = invite();
  await owner.client.get("invite:put", signAsk(plan.signer, 1, "invite:put", { invite: made.record }));
  const third = await apply(relay, made);
  await third.get("ticket:take", {});
  expect((await third.next("ticket:granted")).head).toEqual(head);
});

test("of three the two who agree keep their seats, and the third comes back by a commit", async () => {
  const { plan, members, head } = await lostRoom(2);
  const { relay, clock } = await newRelay();
  const behind = { ...head, cid: members[0]?.cid ?? bytes(32), epoch: 0 };
  const all = await restoreAll(
    relay,
    clock,
    members.map((member, index) => offer(plan, member, index === 0 ? behind : head)),
  );
  expect(all.map(({ answer }) => answer.seat !== undefined)).toEqual([false, true, true]);
  const [late] = all;
  if (late === undefined) throw new Error("nobody was late");
  expect((await late.client.refusalOf("message:send", { cid: head.cid, envelope: bytes(9) })).code).toBe(
    "not_admitted",
  );
  await enter(late.client);
  for (const { client } of all.slice(1)) expect(await client.next("commit:accepted")).toMatchObject({ epoch: 3 });
});

test("the answer comes when the window is over, before anything of the room", async () => {
  const { plan, members, head } = await lostRoom(1);
  const { relay, clock } = await newRelay();
  const [owner, guest] = members as [Member, Member];
  const [a, b] = [await connect(relay.url), await connect(relay.url)];
  const first = a.get("room:restore", offer(plan, owner, head));
  await a.settle();
  clock.advance(RESTORE_WINDOW_MS - 1);
  const second = b.get("room:restore", offer(plan, guest, head));
  await Promise.all([a.settle(), b.settle()]);
  expect([...a.arrivals, ...b.arrivals].filter(({ name }) => name === "answer")).toHaveLength(3);
  clock.advance(1);
  await Promise.all([first, second]);
  await a.get("message:send", { cid: head.cid, envelope: bytes(9) });
  await b.next("message:received");
  expect(b.arrivals.at(-1)?.name).toBe("message:received");
});

test("windows of one address are counted like rooms, joining one is not", async () => {
  const relay = await startRelay({}, { limits: { roomsPerAddress: { points: 2, windowS: 60 } } });
  const head = { cid: bytes(32), epoch: 3, groupInfo: bytes(9), rotation: undefined };
  const ask = (plan = roomPlan()) => ({ record: plan.record, seat: bytes(16), head, lifeMs: 60_000 });
  const plan = roomPlan();
  const clients = await Promise.all(Array.from({ length: 6 }, () => connect(relay.url)));
  const [a, b, c, d, e, f] = clients as [Client, Client, Client, Client, Client, Client];
  const restored = [a.get("room:restore", ask(plan))];
  await a.settle();
  for (const client of [b, c, d]) {
    restored.push(client.get("room:restore", ask(plan)));
    await client.settle();
  }
  restored.push(e.get("room:restore", ask()));
  await e.settle();
  expect((await f.refusalOf("room:restore", ask())).code).toBe("rate_limited");
  expect((await Promise.all(restored)).filter(({ seat }) => seat !== undefined)).toHaveLength(5);
});

test("a relay that still has the room restores nothing, and one that ended it says so", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const head = { cid: plan.ask.cid, epoch: 0, groupInfo: bytes(9), rotation: undefined };
  const stranger = await connect(relay.url);
  expect((await stranger.refusalOf("room:restore", offer(plan, owner, head))).code).toBe("not_admitted");
  expect((await owner.client.refusalOf("room:restore", offer(plan, owner, head))).code).toBe("malformed");
  await owner.client.get("room:end", signAsk(plan.signer, 1, "room:end", {}));
  expect((await stranger.refusalOf("room:restore", offer(plan, owner, head))).code).toBe("expired");
});

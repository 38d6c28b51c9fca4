// Owners and delegates over real connections: what they sign is done, and nothing else is.
import { performance } from "node:perf_hooks";
import { expect, test } from "vitest";
import type { Ask, OwnerRequestName } from "../../wire/events.ts";
import { connect } from "./support/client.ts";
import { exampleAsks } from "./support/examples.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { HealthyPair } from "./support/healthy-pair.ts";
import {
  apply,
  bytes,
  commitOn,
  delegateOf,
  enter,
  invite,
  join,
  openRoom,
  prove,
  roomPlan,
  signAsk,
  signEvict,
  signingKey,
} from "./support/people.ts";
import { startRelay } from "./support/relay.ts";
import { SILENCE_MS } from "../../wire/limits.ts";

const names: readonly OwnerRequestName[] = [
  "room:lock",
  "seat:evict",
  "invite:put",
  "invite:revoke",
  "knock:answer",
  "owner:undelegate",
  "owner:handover",
  "room:end",
];

test.each(names)(
  "%s is believed of the owner only: forged, changed, replayed and foreign ones are refused",
  async (name) => {
    const relay = await startRelay();
    const pair = await HealthyPair.meet(relay);
    const { plan, owner, guest } = pair;
    const other = await openRoom(relay, roomPlan());
    const good = exampleAsks(plan, guest.cid)[name];
    const { body, proof } = good;
    const sign = (signer = plan.signer, request: OwnerRequestName = name) =>
      signAsk(signer, proof.counter, request, body as never).proof;
    const otherName: OwnerRequestName = name === "room:lock" ? "room:end" : "room:lock";
    const bad: Ask<OwnerRequestName>["proof"][] = [
      { ...proof, signature: bytes(64) },
      { ...proof, counter: proof.counter + 1 },
      sign({ ...plan.signer, key: signingKey() }),
      sign({ ...plan.signer, handle: roomPlan().handle }),
      { ...proof, signature: signAsk(plan.signer, proof.counter, otherName, {}).proof.signature },
      { ...proof, delegation: { key: plan.owner.publicKey, issued: 0, token: bytes(64) } },
      sign(delegateOf({ ...plan.signer, key: signingKey() })),
      { ...sign(delegateOf(plan.signer)), signature: bytes(64) },
      { ...sign(), delegation: delegateOf(plan.signer).delegation },
      sign(delegateOf({ ...plan.signer, handle: roomPlan().handle })),
    ];
    for (const forged of bad)
      expect((await guest.client.refusalOf(name, { body, proof: forged })).code).toBe("not_admitted");
    expect((await other.client.refusalOf(name, good as never)).code).toBe("not_admitted");
    await pair.talk();
    await owner.client.get(name, good);
    // An end leaves nobody a seat, so that it cannot even be asked again.
    if (name === "room:end") await owner.client.closed();
    const again = name === "room:end" ? await connect(relay.url) : owner.client;
    expect((await again.refusalOf(name, good as never)).code).toBe("not_admitted");
  },
);

test("a body that was not signed is refused, one byte is enough", async () => {
  const relay = await startRelay();
  const pair = await HealthyPair.meet(relay);
  const made = signAsk(pair.plan.signer, 1, "invite:put", { invite: invite().record });
  const changed = { ...made, body: { invite: { ...made.body.invite, uses: 1 } } };
  expect((await pair.owner.client.refusalOf("invite:put", changed)).code).toBe("not_admitted");
  await pair.owner.client.get("invite:put", made);
});

test("a locked room lets nobody in, and everybody again once it is unlocked", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const waiting = await apply(relay, plan.invite);
  await owner.client.get("room:lock", signAsk(plan.signer, 1, "room:lock", { isLocked: true }));
  expect((await waiting.refusalOf("ticket:take", {})).code).toBe("locked");
  const stranger = await connect(relay.url);
  await expect(prove(relay, stranger, plan.invite)).rejects.toThrow("locked");
  await owner.client.get("room:lock", signAsk(plan.signer, 2, "room:lock", { isLocked: false }));
  await enter(waiting);
  await prove(relay, stranger, plan.invite);
  await enter(stranger);
});

test("an evicted member is out within a second and hears nothing that comes after", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guests = [await join(relay, plan), await join(relay, plan), await join(relay, plan)] as const;
  const [, evil, last] = guests;
  const startMs = performance.now();
  await owner.client.get("seat:evict", signEvict(plan, 1, evil.seat.seat));
  await owner.client.get("message:send", { cid: last.cid, envelope: bytes(99) });
  await evil.client.closed();
  expect(performance.now() - startMs).toBeLessThan(1_000);
  expect(evil.client.heard.map(({ name }) => name)).not.toContain("message:received");
  await last.client.next("message:received");
});

test("a delegate may evict and make invites, may not end or lock, and loses its powers when they are taken back", async () => {
  const relay = await startRelay();
  const pair = await HealthyPair.meet(relay);
  const { plan, owner, guest } = pair;
  const delegate = delegateOf(plan.signer);
  const made = invite();
  await guest.client.get("invite:put", signAsk(delegate, 1, "invite:put", { invite: made.record }));
  const third = await enter(await apply(relay, made));
  for (const name of ["room:end", "room:lock", "owner:handover", "owner:undelegate"] as const) {
    const { body } = exampleAsks(plan, guest.cid)[name];
    const asked = signAsk(delegate, 2, name, body as never);
    expect((await guest.client.refusalOf(name, asked as never)).code).toBe("not_admitted");
  }
  await guest.client.get("seat:evict", signAsk(delegate, 2, "seat:evict", { seat: third.seat.seat }));
  await third.client.closed();
  const { publicKey } = delegate.key;
  await owner.client.get("owner:undelegate", signAsk(plan.signer, 1, "owner:undelegate", { key: publicKey }));
  const more = signAsk(delegate, 3, "seat:evict", { seat: owner.seat.seat });
  expect((await guest.client.refusalOf("seat:evict", more)).code).toBe("not_admitted");
});

test("a room that is handed over obeys its new owner, and the old one and its delegates no more", async () => {
  const relay = await startRelay();
  const { plan, owner, guest } = await HealthyPair.meet(relay);
  const next = { ...plan.signer, key: signingKey() };
  const oldDelegate = delegateOf(plan.signer);
  await owner.client.get("owner:handover", signAsk(plan.signer, 1, "owner:handover", { key: next.key.publicKey }));
  const seat = bytes(16);
  for (const signer of [plan.signer, oldDelegate, delegateOf(plan.signer, next.key)])
    expect((await owner.client.refusalOf("seat:evict", signAsk(signer, 9, "seat:evict", { seat }))).code).toBe(
      "not_admitted",
    );
  await guest.client.get("seat:evict", signAsk(delegateOf(next, oldDelegate.key), 1, "seat:evict", { seat }));
  const end = signAsk(next, 1, "room:end", {});
  await guest.client.get("room:end", end);
  expect(await owner.client.next("room:ended")).toEqual({ reason: "ended", proof: end.proof });
});

test("a rotation travels with its commit to whoever needs the head", async () => {
  const relay = await startRelay();
  const { plan, owner, guest } = await HealthyPair.meet(relay);
  const ask = commitOn(guest.cid, bytes(160));
  await owner.client.get("commit:send", ask);
  const stale = await guest.client.refusalOf("commit:send", commitOn(guest.cid));
  expect(stale.head?.rotation).toEqual(ask.rotation);
  const joiner = await apply(relay, plan.invite);
  await joiner.get("ticket:take", {});
  expect((await joiner.next("ticket:granted")).head.rotation).toEqual(ask.rotation);
});

test("a read-only member's messages are refused by name, and its signals and commits go out", async () => {
  const relay = await startRelay();
  const plan = roomPlan({}, invite({ flags: 4 }));
  const owner = await openRoom(relay, plan);
  const reader = await join(relay, plan);
  const message = { cid: reader.cid, envelope: bytes(40) };
  expect((await reader.client.refusalOf("message:send", message)).code).toBe("read_only");
  reader.client.signal(message);
  expect(await owner.client.next("signal:received")).toEqual(message);
  await reader.client.get("commit:send", commitOn(reader.cid));
  expect(owner.client.all("message:received")).toEqual([]);
});

test("a member that drops is called silent after 90 s to those who are here and to those who come", async () => {
  const clock = new FakeClock();
  const relay = await startRelay({}, { clock, limits: { admissionAnswerMs: 0 } });
  const { plan, owner, guest } = await HealthyPair.meet(relay);
  guest.client.close();
  await expect.poll(async () => (await relay.store.size()).connections).toBe(1);
  clock.advance(SILENCE_MS - 1);
  await owner.client.settle();
  expect(owner.client.all("seat:silent")).toEqual([]);
  clock.advance(1);
  const told = await owner.client.next("seat:silent");
  expect(told.seat).toEqual(guest.seat.seat);
  const newcomer = await join(relay, plan);
  expect(await newcomer.client.next("seat:silent")).toEqual(told);
  const back = await connect(relay.url);
  const { resumeToken } = guest.seat;
  const answer = await back.get("room:resume", { handle: plan.handle, resumeToken, cid: newcomer.cid });
  expect(answer).toMatchObject({ mustRejoin: true, missed: [] });
  expect((await enter(back)).seat.seat).not.toEqual(guest.seat.seat);
});

import { expect, test } from "vitest";
import type { Ask } from "../../wire/events.ts";
import { admissionText } from "../../codec/signing.ts";
import { connect } from "./support/client.ts";
import type { Client } from "./support/client.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { apply, bytes, enter, invite, join, openRoom, prove, roomPlan, signingKey } from "./support/people.ts";
import type { RoomPlan } from "./support/people.ts";
import { startRelay } from "./support/relay.ts";
import type { RunningRelay } from "./support/relay.ts";

async function proofOf(
  client: Client,
  { invite: { key, record } }: RoomPlan,
  origin: string,
): Promise<Ask<"invite:open">> {
  const { nonce } = await client.get("invite:challenge", { inviteId: record.inviteId });
  return { inviteId: record.inviteId, signature: key.sign(admissionText(origin, record.inviteId, nonce)) };
}

async function room(relay: RunningRelay): Promise<RoomPlan> {
  const plan = roomPlan();
  await openRoom(relay, plan);
  return plan;
}

test("whoever proves an invite gets its packet, may queue, and is no member yet", async () => {
  const relay = await startRelay();
  const plan = await room(relay);
  const client = await connect(relay.url);
  const answer = await client.get("invite:open", await proofOf(client, plan, relay.origin));
  expect(answer.packet).toEqual(plan.invite.record.packet);
  expect(answer.lifeMs).toBeGreaterThan(3_590_000);
  expect((await client.refusalOf("message:send", { cid: plan.ask.cid, envelope: bytes(9) })).code).toBe("not_admitted");
  expect(await enter(client)).toMatchObject({ seat: { resumeToken: expect.any(Uint8Array) } });
});

test("a proof is worth nothing a second time, on another connection, or for another relay", async () => {
  const relay = await startRelay();
  const plan = await room(relay);
  const [client, thief] = [await connect(relay.url), await connect(relay.url)];
  const proof = await proofOf(client, plan, relay.origin);
  await thief.get("invite:challenge", { inviteId: proof.inviteId });
  expect((await thief.refusalOf("invite:open", proof)).code).toBe("not_admitted");
  await client.get("invite:open", proof);
  expect((await client.refusalOf("invite:open", proof)).code).toBe("not_admitted");
  const elsewhere = await proofOf(thief, plan, "https://elsewhere.example");
  expect((await thief.refusalOf("invite:open", elsewhere)).code).toBe("not_admitted");
  expect((await thief.refusalOf("ticket:take", {})).code).toBe("not_admitted");
});

test("a challenge dies after a minute, and a second one replaces the first", async () => {
  const clock = new FakeClock();
  const relay = await startRelay({}, { clock, limits: { admissionAnswerMs: 0, strangerLifeMs: Infinity } });
  const plan = await room(relay);
  const client = await connect(relay.url);
  const early = await proofOf(client, plan, relay.origin);
  const fresh = await proofOf(client, plan, relay.origin);
  expect((await client.refusalOf("invite:open", early)).code).toBe("not_admitted");
  expect((await client.refusalOf("invite:open", fresh)).code).toBe("not_admitted");
  const late = await proofOf(client, plan, relay.origin);
  clock.advance(60_000);
  expect((await client.refusalOf("invite:open", late)).code).toBe("not_admitted");
  const inTime = await proofOf(client, plan, relay.origin);
  clock.advance(59_999);
  await client.get("invite:open", inTime);
});

test("unknown, expired, used up, wrong and missing proofs look alike and take as long", async () => {
  const relay = await startRelay({}, { limits: { admissionAnswerMs: 150 } });
  const used = roomPlan({}, invite({ uses: 1 }));
  await openRoom(relay, used);
  await join(relay, used);
  const plan = await room(relay);
  const client = await connect(relay.url);
  const wrong = { ...plan, invite: { ...plan.invite, key: signingKey() } };
  const asks: Ask<"invite:open">[] = [
    await proofOf(client, roomPlan(), relay.origin),
    await proofOf(client, used, relay.origin),
    await proofOf(client, wrong, relay.origin),
    { inviteId: bytes(16), signature: bytes(64) },
    { inviteId: plan.handle, signature: bytes(64) },
    { inviteId: bytes(16), signature: new Uint8Array(64) },
  ];
  for (const ask of asks) {
    const startMs = performance.now();
    expect(await client.refusalOf("invite:open", ask)).toEqual({
      code: "not_admitted",
      retryAfterMs: 0,
      head: undefined,
    });
    const tookMs = performance.now() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(149);
    expect(tookMs).toBeLessThan(300);
  }
  const startMs = performance.now();
  await client.get("invite:open", await proofOf(client, plan, relay.origin));
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(149);
});

test("a challenge says nothing about whether the invite exists", async () => {
  const relay = await startRelay();
  const plan = await room(relay);
  const client = await connect(relay.url);
  for (const inviteId of [plan.invite.record.inviteId, bytes(16), plan.handle])
    expect((await client.get("invite:challenge", { inviteId })).nonce).toHaveLength(32);
});

test("an address that keeps failing has to wait, and one that succeeds does not", async () => {
  const relay = await startRelay(
    {},
    { limits: { admissionAnswerMs: 0, failedAdmissionsPerAddress: { points: 3, windowS: 60 } } },
  );
  const plan = await room(relay);
  for (let i = 0; i < 5; i++) await apply(relay, plan.invite);
  const client = await connect(relay.url);
  const guess = (): Promise<{ code: string; retryAfterMs: number }> =>
    client.refusalOf("invite:open", { inviteId: bytes(16), signature: bytes(64) });
  expect((await guess()).code).toBe("not_admitted");
  const guesses = await Promise.all([guess(), guess(), guess()]);
  expect(guesses.map(({ code }) => code)).toEqual(["not_admitted", "not_admitted", "rate_limited"]);
  expect(guesses[2]?.retryAfterMs).toBeGreaterThan(50_000);
});

test("a full room says so only to whoever has proved an invite", async () => {
  const relay = await startRelay({}, { limits: { failedAdmissionsPerAddress: { points: 1, windowS: 60 } } });
  const plan = roomPlan({ maxMembers: 2 });
  await openRoom(relay, plan);
  await join(relay, plan);
  const client = await connect(relay.url);
  await expect(prove(relay, client, plan.invite)).rejects.toThrow("full");
  await expect(prove(relay, client, plan.invite)).rejects.toThrow("full");
  expect(
    (await client.refusalOf("invite:open", { inviteId: plan.invite.record.inviteId, signature: bytes(64) })).code,
  ).toBe("not_admitted");
});

test("twenty who come at once are all let in, none of them over two tries", async () => {
  const relay = await startRelay();
  const plan = roomPlan({ maxMembers: 21 });
  const owner = await openRoom(relay, plan);
  const members = await Promise.all(Array.from({ length: 20 }, () => join(relay, plan)));
  expect(new Set(members.map(({ seat }) => seat.seat.join())).size).toBe(20);
  for (let i = 0; i < 20; i++) await owner.client.next("commit:accepted");
  const accepted = owner.client.all("commit:accepted");
  expect(accepted.map(({ seq, epoch }) => [seq, epoch])).toEqual(Array.from({ length: 20 }, (_, i) => [i + 1, i + 1]));
  for (const { client } of members) expect(client.all("ticket:granted")).toHaveLength(1);
});

test("strangers and idle joiners are closed, members and waiting joiners are not", async () => {
  const clock = new FakeClock();
  const relay = await startRelay({}, { clock, limits: { admissionAnswerMs: 0 } });
  const plan = roomPlan({ lifeS: 3600 });
  const owner = await openRoom(relay, plan);
  const applicant = await apply(relay, plan.invite);
  const stranger = await connect(relay.url);
  clock.advance(12_000);
  await stranger.settle();
  clock.advance(2_000);
  await stranger.closed();
  clock.advance(270_000);
  await applicant.get("ticket:take", {});
  clock.advance(270_000);
  await applicant.settle();
  clock.advance(31_000);
  await applicant.closed();
  await owner.client.settle();
  expect(relay.connectionCount()).toBe(1);
});

// Guessing at an invite: slow for whoever guesses, quick for whoever knows, and no secret from those inside.
import { performance } from "node:perf_hooks";
import { Agent } from "node:http";
import { expect, test } from "vitest";
import { encode } from "../../codec/codec.ts";
import { admissionText } from "../../codec/signing.ts";
import { requests } from "../../wire/events.ts";
import { defaultLimits } from "../../server/limits.ts";
import { MemoryStore } from "../../server/store/memory-store.ts";
import { connect } from "./support/client.ts";
import type { Client } from "./support/client.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { bytes, enter, invite, openRoom, prove, roomPlan, signAsk, signingKey } from "./support/people.ts";
import type { RoomPlan } from "./support/people.ts";
import { eventFrame, RawSocket } from "./support/raw.ts";
import { startRelay } from "./support/relay.ts";
import type { RunningRelay } from "./support/relay.ts";

/** A relay that all of this machine's loopback addresses reach. */
function startOpenRelay(deps: Parameters<typeof startRelay>[1] = {}): Promise<RunningRelay> {
  return startRelay({ HOST: "0.0.0.0", PUBLIC_URL: "http://127.0.0.1" }, deps);
}

async function connectFrom(relay: RunningRelay, localAddress: string): Promise<Client> {
  return connect(relay.url, { agent: new Agent({ localAddress }) });
}

/** Guesses on and on, for as long as the relay does not send its address away for minutes. */
class Guesser {
  readonly #raw: RawSocket;
  readonly #proof: Uint8Array;
  readonly #challenge: Uint8Array;
  guesses = 0;
  isSentAway = false;

  constructor(raw: RawSocket, { invite: { record } }: RoomPlan) {
    this.#raw = raw;
    const { inviteId } = record;
    this.#challenge = eventFrame("invite:challenge", encode(requests["invite:challenge"].ask, { inviteId }), 1);
    this.#proof = eventFrame("invite:open", encode(requests["invite:open"].ask, { inviteId, signature: bytes(64) }), 2);
    raw.ws.on("message", (data, isBinary) => {
      const frame = data as Buffer;
      if (isBinary && frame[0] === 3 && frame.readUInt32BE(1) === 2) this.#answered(frame);
    });
  }

  guess(): void {
    this.#raw.send(this.#challenge);
    this.#raw.send(this.#proof);
  }

  #answered(frame: Buffer): void {
    this.guesses++;
    // One byte says that it is a refusal, one which, four when to come back.
    this.isSentAway = frame.readUInt32BE(7) > 10_000;
    if (!this.isSentAway) this.guess();
  }
}

test("while a thousand sockets guess from nine addresses, the right proof from a tenth is inside within 10 s", async () => {
  const relay = await startOpenRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guessers: Guesser[] = [];
  for (let batch = 0; batch < 10; batch++) {
    const raws = Array.from({ length: 100 }, (_, i) => {
      const localAddress = `127.0.1.${1 + ((batch * 100 + i) % 9)}`;
      return new RawSocket(relay.port, { localAddress }).enter();
    });
    for (const raw of await Promise.all(raws)) guessers.push(new Guesser(raw, plan));
  }
  for (const guesser of guessers) guesser.guess();
  await owner.client.next("invite:guessed");
  const startMs = performance.now();
  const friend = await connectFrom(relay, "127.0.2.1");
  await prove(relay, friend, plan.invite);
  const member = await enter(friend);
  const insideMs = performance.now() - startMs;
  expect(member.cid).toHaveLength(32);
  expect(insideMs).toBeLessThan(10_000);
  // Five at once and one every two seconds, however many try.
  const told = owner.client.all("invite:guessed").at(-1);
  expect(told?.failures).toBeLessThanOrEqual(5 + Math.ceil(insideMs / 2_000) + 1);
  expect(guessers.filter(({ isSentAway }) => !isSentAway).length).toBeGreaterThan(900);
}, 60_000);

test("addresses take turns, those that tried least first, and among equals who came first", async () => {
  const clock = new FakeClock();
  const relay = await startOpenRelay({ clock, limits: { admissionAnswerMs: 0 } });
  const plan = roomPlan();
  await openRoom(relay, plan);
  const { inviteId } = plan.invite.record;
  const order: string[] = [];
  const guess = async (name: string, client: Client): Promise<void> => {
    await client.refusalOf("invite:open", { inviteId, signature: bytes(64) });
    order.push(name);
  };
  const [a, b, c] = [
    await connectFrom(relay, "127.0.1.1"),
    await connectFrom(relay, "127.0.1.2"),
    await connectFrom(relay, "127.0.1.3"),
  ];
  for (let i = 0; i < 5; i++) await guess(`a${i}`, a);
  const waiting = [guess("a5", a)];
  await a.settle();
  for (const [name, client] of [
    ["b0", b],
    ["b1", b],
    ["c0", c],
    ["c1", c],
  ] as const) {
    waiting.push(guess(name, client));
    await client.settle();
  }
  expect(order).toHaveLength(5);
  for (let served = 6; served <= 9; served++) {
    clock.advance(1_999);
    await Promise.all([a.settle(), b.settle(), c.settle()]);
    expect(order).toHaveLength(served - 1);
    clock.advance(1);
    // A turn takes a few steps of the event loop, and the next one is due two seconds later.
    await expect.poll(() => order.length).toBe(served);
  }
  expect(order.slice(5)).toEqual(["b0", "c0", "b1", "c1"]);
  // Nine seconds are over: the address that had tried most is asked to come back.
  clock.advance(1_000);
  await Promise.all(waiting);
  expect(order.at(-1)).toBe("a5");
});

test("somebody who waits for its turn in vain is told when to come back, and is not counted as guessing", async () => {
  const clock = new FakeClock();
  const relay = await startOpenRelay({ clock, limits: { admissionAnswerMs: 0, strangerLifeMs: Infinity } });
  const plan = roomPlan();
  await openRoom(relay, plan);
  const wrong = { inviteId: plan.invite.record.inviteId, signature: bytes(64) };
  const [crowd, late] = [await connectFrom(relay, "127.0.1.1"), await connectFrom(relay, "127.0.1.2")];
  const others = await Promise.all(Array.from({ length: 8 }, (_, i) => connectFrom(relay, `127.0.1.${10 + i}`)));
  for (let i = 0; i < 5; i++) await crowd.refusalOf("invite:open", wrong);
  const ahead = others.map((client) => client.refusalOf("invite:open", wrong));
  await Promise.all(others.map((client) => client.settle()));
  const waiting = Array.from({ length: 10 }, () => late.refusalOf("invite:open", wrong));
  await late.settle();
  for (let i = 0; i < 9; i++) {
    clock.advance(1_000);
    await Promise.all([late, ...others].map((client) => client.settle()));
  }
  const [first] = await Promise.all(waiting);
  expect(first).toMatchObject({ code: "rate_limited", retryAfterMs: 2_000 });
  expect((await Promise.all(ahead)).filter(({ code }) => code === "not_admitted")).toHaveLength(4);
  clock.advance(2_000);
  await prove(relay, late, plan.invite);
});

test("ten failures in ten minutes are what one address has, however many sockets it opens", async () => {
  const relay = await startOpenRelay({
    limits: { admissionAnswerMs: 0, inviteAttempts: { burst: 1_000, perSecond: 1_000 } },
  });
  const plan = roomPlan();
  await openRoom(relay, plan);
  const clients = await Promise.all(Array.from({ length: 40 }, () => connectFrom(relay, "127.0.1.1")));
  const wrong = { inviteId: plan.invite.record.inviteId, signature: bytes(64) };
  const refusals = await Promise.all(clients.map((client) => client.refusalOf("invite:open", wrong)));
  expect(refusals.filter(({ code }) => code === "not_admitted")).toHaveLength(10);
  const limited = refusals.filter(({ code }) => code === "rate_limited");
  expect(limited).toHaveLength(30);
  for (const { retryAfterMs } of limited) expect(retryAfterMs).toBeGreaterThan(590_000);
  await prove(relay, await connectFrom(relay, "127.0.1.2"), plan.invite);
});

/** A store as it is behind a network: between a question and its answer others get to ask theirs. */
class DistantStore extends MemoryStore {
  override async findInviteKey(inviteId: Uint8Array): Promise<Uint8Array | undefined> {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return super.findInviteKey(inviteId);
  }
}

test("any number of people of one address who know come in at once, however slowly their proofs are decided", async () => {
  const relay = await startRelay(
    {},
    {
      openStore: (outlet, clock) =>
        new DistantStore({ ...defaultLimits, maxRoomTtlS: 3600, maxMembers: 100, emptyGraceS: 9 }, clock, outlet),
    },
  );
  const plan = roomPlan({ maxMembers: 100 });
  await openRoom(relay, plan);
  const clients = await Promise.all(Array.from({ length: 60 }, () => connect(relay.url)));
  const startMs = performance.now();
  await Promise.all(clients.map((client) => prove(relay, client, plan.invite)));
  // Sixty failures would take 110 s, were they not refused long before.
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

test("waiting says nothing about whether an invite exists", async () => {
  const clock = new FakeClock();
  const relay = await startOpenRelay({ clock, limits: { admissionAnswerMs: 0 } });
  const plan = roomPlan();
  await openRoom(relay, plan);
  const client = await connectFrom(relay, "127.0.1.1");
  const other = await connectFrom(relay, "127.0.1.2");
  for (const [from, inviteId] of [
    [client, plan.invite.record.inviteId],
    [other, bytes(16)],
  ] as const) {
    const guess = () => from.refusalOf("invite:open", { inviteId, signature: bytes(64) });
    for (let i = 0; i < 5; i++) expect((await guess()).code).toBe("not_admitted");
    let isAnswered = false;
    const sixth = guess().finally(() => (isAnswered = true));
    await from.settle();
    clock.advance(1_999);
    await from.settle();
    expect(isAnswered).toBe(false);
    clock.advance(1);
    expect((await sixth).code).toBe("not_admitted");
  }
});

test("an attempt of somebody who has gone costs nobody a turn", async () => {
  const clock = new FakeClock();
  const relay = await startOpenRelay({ clock, limits: { admissionAnswerMs: 0 } });
  const plan = roomPlan();
  await openRoom(relay, plan);
  const wrong = { inviteId: plan.invite.record.inviteId, signature: bytes(64) };
  const [crowd, gone, friend] = [
    await connectFrom(relay, "127.0.1.1"),
    await connectFrom(relay, "127.0.1.2"),
    await connectFrom(relay, "127.0.1.3"),
  ];
  for (let i = 0; i < 5; i++) await crowd.refusalOf("invite:open", wrong);
  gone.socket.emit("invite:open", encode(requests["invite:open"].ask, wrong), () => undefined);
  await gone.settle();
  gone.close();
  await expect.poll(() => relay.connectionCount()).toBe(3);
  const proved = prove(relay, friend, plan.invite);
  await friend.settle();
  await friend.settle();
  clock.advance(2_000);
  await proved;
});

test("a wrong password is told to the members, a right one is not, and the count goes on", async () => {
  const relay = await startRelay({}, { limits: { admissionAnswerMs: 0 } });
  const plan = roomPlan({}, invite({ flags: 1 }));
  const owner = await openRoom(relay, plan);
  const { inviteId } = plan.invite.record;
  const guesser = await connect(relay.url);
  const { nonce } = await guesser.get("invite:challenge", { inviteId });
  const signature = signingKey().sign(admissionText(relay.origin, inviteId, nonce));
  await guesser.refusalOf("invite:open", { inviteId, signature });
  expect(await owner.client.next("invite:guessed")).toEqual({ inviteId, failures: 1 });
  await prove(relay, guesser, plan.invite);
  await owner.client.get("invite:revoke", signAsk(plan.signer, 1, "invite:revoke", { inviteId }));
  await guesser.closed();
  expect(owner.client.all("invite:guessed")).toHaveLength(1);
});

// No loss without storage: what somebody missed comes from whoever holds it, once, in its place, and from its author's hand.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CoreError } from "../../core/errors.ts";
import type { GroupHost } from "../../engine/workers/group-contract.ts";
import type { Client, ClientRoom } from "../support/node-client.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import type { TcpProxy } from "../support/tcp-proxy.ts";
import { agree, changed, hasEnded, isOpen, shows, useRelay } from "./setting.ts";

const setting = useRelay();
const net: { proxy?: TcpProxy } = {};
beforeAll(async () => {
  net.proxy = await openTcpProxy();
  net.proxy.aim(setting.relay.port);
});
afterAll(() => net.proxy?.close());

const texts = (room: ClientRoom) =>
  room.messages().map(({ state, text }) => (state === "gap" ? `(${text} missing)` : text));
const idsOf = (room: ClientRoom) => room.messages().map(({ id }) => id);
const isAway = (room: ClientRoom) => room.state().phase === "reconnecting";
const holds = (count: number) => (room: ClientRoom) =>
  room.messages().filter(({ state }) => state !== "gap").length === count;

/** Gives every text the same number. */
const forked = (host: GroupHost) =>
  changed(host, {
    seal: (room, request) =>
      host.seal(
        room,
        request.body.kind === "text" ? { ...request, sequence: 1, previous: new Uint8Array(32) } : request,
      ),
  });

interface Cast {
  readonly proxy: TcpProxy;
  readonly ownerClient: Client;
  readonly owner: ClientRoom;
  readonly third: ClientRoom;
  readonly flaky: ClientRoom;
}

/** An owner, a third, and one behind a connection that can be cut. */
async function people(): Promise<Cast> {
  const { proxy } = net;
  if (!proxy) throw new Error("no proxy");
  const ownerClient = await setting.open();
  const owner = await ownerClient.createRoom({ displayName: "Owner" });
  const third = await (await setting.open()).join(owner.link, { name: "Third" });
  const flaky = await (await setting.open({ door: proxy.origin })).join(owner.link, { name: "Flaky" });
  await agree([owner, third, flaky]);
  return { proxy, ownerClient, owner, third, flaky };
}

async function cut({ proxy, flaky }: Cast): Promise<void> {
  proxy.cut();
  await flaky.until(isAway, "the break is noticed");
}

async function sayAll(room: ClientRoom, said: readonly string[], hearers: readonly ClientRoom[]): Promise<void> {
  for (const text of said) await room.send(text);
  for (const hearer of hearers) await hearer.until(shows(said.at(-1) ?? ""), "it is heard");
}

describe("a member whose connection was broken", () => {
  test("gets all that was said meanwhile, each once, in the order that everybody sees", async () => {
    const cast = await people();
    const { proxy, owner, third, flaky } = cast;
    await sayAll(owner, ["before"], [third, flaky]);
    await cut(cast);
    await sayAll(owner, ["one", "two", "three"], [third]);
    await sayAll(third, ["four"], [owner]);
    await flaky.send("mine");
    proxy.mend();
    for (const room of [owner, third, flaky]) await room.until(holds(6), "all is there");
    expect(idsOf(flaky)).toEqual(idsOf(owner));
    expect(idsOf(third)).toEqual(idsOf(owner));
    expect(texts(flaky)).toEqual(texts(owner));
  });

  test("gets it from somebody else when the author is gone", async () => {
    const cast = await people();
    const { proxy, ownerClient, owner, third, flaky } = cast;
    await cut(cast);
    await sayAll(owner, ["from the owner"], [third]);
    await ownerClient.close();
    proxy.mend();
    await flaky.until(shows("from the owner"), "the third hands it on");
    const [message] = flaky.timeline().filter(({ kind }) => kind === "message");
    expect(message).toMatchObject({ fromName: "Owner", text: "from the owner" });
  });

  test("gets it even when it was away for so long that it comes back by a commit, and then it is marked late", async () => {
    const cast = await people();
    const { proxy, owner, third, flaky } = cast;
    await sayAll(owner, ["just now"], [third, flaky]);
    await cut(cast);
    await owner.renewKeys();
    await sayAll(owner, ["long ago"], [third]);
    // More commits than the relay keeps.
    for (let i = 0; i < 34; i++) await (i % 2 === 0 ? owner : third).renewKeys();
    proxy.mend();
    await agree([owner, third, flaky]);
    await flaky.until(shows("long ago"), "it is handed on");
    expect(texts(flaky)).toEqual(["just now", "long ago"]);
    const late = flaky.timeline().filter((item) => item.kind === "message" && item.isLate);
    expect(late).toMatchObject([{ text: "long ago" }]);
  });

  test("is told nothing that a removed member said", async () => {
    const cast = await people();
    const { proxy, owner, third, flaky } = cast;
    await sayAll(third, ["hello"], [owner, flaky]);
    await cut(cast);
    await sayAll(third, ["poison"], [owner]);
    await owner.kick(third.state().memberId);
    await third.until(hasEnded("removed"), "it is out");
    await sayAll(owner, ["antidote"], []);
    proxy.mend();
    await flaky.until(shows("antidote"), "what the owner said is there");
    await owner.send("and on");
    await flaky.until(shows("and on"), "they talk on");
    expect(texts(flaky)).not.toContain("poison");
  });

  test("does not show a newcomer what was said before, although it is handed on to all", async () => {
    const cast = await people();
    const { proxy, owner, third, flaky } = cast;
    await sayAll(owner, ["early"], [third, flaky]);
    await cut(cast);
    await sayAll(owner, ["middle"], [third]);
    const newcomer = await (await setting.open()).join(owner.link, { name: "New" });
    await newcomer.until(isOpen, "it is inside");
    proxy.mend();
    await flaky.until(shows("middle"), "it is handed on");
    await owner.send("late");
    await newcomer.until(shows("late"), "the newcomer reads");
    expect(texts(newcomer)).toEqual(["late"]);
  });
});

describe("a message that is lost on the way", () => {
  test("is asked for and filled in, and everybody has one order", async () => {
    const lost = { count: 0 };
    /** Loses every second text. */
    const deaf = (host: GroupHost) =>
      changed(host, {
        open: async (room, sealed) => {
          const opened = await host.open(room, sealed);
          if (opened.body.kind !== "text" || ++lost.count % 2 === 0) return opened;
          throw new CoreError("decrypt_failed", "lost by the test");
        },
      });
    const owner = await (await setting.open()).createRoom();
    const guest = await (await setting.open({ groupHost: deaf })).join(owner.link);
    await agree([owner, guest]);
    for (let i = 0; i < 6; i++) await owner.send(`number ${i}`);
    await guest.until(holds(6), "all is there");
    expect(lost.count).toBe(6);
    expect(texts(guest)).toEqual(texts(owner));
  });
});

describe("a member that says two things under one number", () => {
  test("is named to everybody who has seen both, and the second is not shown", async () => {
    const owner = await (await setting.open()).createRoom();
    const rogue = await (await setting.open({ groupHost: forked })).join(owner.link, { name: "Janus" });
    await agree([owner, rogue]);
    await rogue.send("yes");
    await owner.until(shows("yes"), "the first arrives");
    await rogue.send("no");
    await owner.until((room) => room.snapshot().warning?.kind === "equivocation", "it is noticed");
    expect(owner.snapshot().warning).toEqual({ kind: "equivocation", names: ["Janus"] });
    expect(texts(owner)).toEqual(["yes"]);
  });
});

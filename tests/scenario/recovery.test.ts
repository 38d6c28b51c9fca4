// Broken connections and restarted engines: nothing is lost that was accepted, nothing is shown twice.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CoreError } from "../../core/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { ClientRoom, CreateOptions } from "../support/node-client.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import type { TcpProxy } from "../support/tcp-proxy.ts";
import { agree, changed, hasEnded, isOpen, roomOfPeople, shows, useRelay } from "./setting.ts";

const setting = useRelay();

const isAway = (room: ClientRoom) => room.state().phase === "reconnecting";

describe("recovery", () => {
  test("a restarted engine comes back under its member id and everybody talks on", async () => {
    const { clients, rooms } = await roomOfPeople(setting, 2);
    const [ownerClient] = clients;
    const [owner, second, third] = rooms;
    if (!ownerClient || !owner || !second || !third) throw new Error("members");
    await owner.send("before the restart");
    await third.until(shows("before the restart"), "the third reads");
    const { memberId } = owner.state();
    const { name } = owner.snapshot();
    const vault = ownerClient.vault();
    expect(vault).not.toContain("before the restart");
    await ownerClient.close();
    const [restarted] = (await setting.open({ vault })).rooms();
    if (!restarted) throw new Error("the room is gone");
    await agree([restarted, second, third]);
    expect(restarted.state().memberId).toBe(memberId);
    expect(restarted.snapshot()).toMatchObject({ isOwner: true, name, link: owner.link });
    await restarted.send("back");
    for (const room of [second, third]) await room.until(shows("back"), "they read");
    await second.send("welcome back");
    await restarted.until(shows("welcome back"), "the restarted one reads");
    await restarted.end();
  });

  test("an engine that restarts alone in its room comes back, and others can still join", async () => {
    const client = await setting.open();
    const owner = await client.createRoom();
    const vault = client.vault();
    await client.close();
    const [restarted] = (await setting.open({ vault })).rooms();
    if (!restarted) throw new Error("the room is gone");
    await restarted.until(isOpen, "it is open");
    const guest = await (await setting.open()).join(owner.link);
    await agree([restarted, guest]);
    await guest.send("found you");
    await restarted.until(shows("found you"), "the owner reads");
    expect(restarted.members()).toHaveLength(2);
  });
});

describe("what a relay could pretend", () => {
  test("an older epoch than the one a restarted engine was in is refused", async () => {
    const { clients, rooms } = await roomOfPeople(setting, 1);
    const [client] = clients;
    const [owner] = rooms;
    if (!client || !owner) throw new Error("members");
    const [saved] = JSON.parse(client.vault()) as { epoch: number }[];
    await client.close();
    // As if the room had gone on for long before the restart: what the relay has is from the past then.
    const vault = JSON.stringify([{ ...saved, epoch: 99 }]);
    const [restarted] = (await setting.open({ vault })).rooms();
    if (!restarted) throw new Error("the room is gone");
    await restarted.until(hasEnded("failed"), "it is refused");
    expect(restarted.state().end).toEqual({ reason: "failed", fault: "room_unverified" });
  });

  test("a room in which nobody answers is never shown as entered", async () => {
    const owner = await (await setting.open()).createRoom();
    const deaf = await setting.open({
      groupHost: (host) => changed(host, { open: () => Promise.reject(new CoreError("decrypt_failed", "kept back")) }),
    });
    const guest = await deaf.join(owner.link, { name: "Guest" });
    await owner.until((room) => room.members().length === 2, "the owner sees the guest");
    await owner.send("hello");
    await guest.until((room) => room.snapshot().undecryptable > 2, "things arrive that do not open");
    expect(guest.state().phase).toBe("joining");
  });
});

describe("a member whose connection breaks", () => {
  const net: { proxy?: TcpProxy } = {};
  const env: Record<string, string> = {};
  beforeAll(async () => {
    net.proxy = await openTcpProxy();
    // The origin that proofs name: only the member behind the proxy has to prove an invite.
    env["PUBLIC_URL"] = net.proxy.origin;
  });
  const flaky = useRelay(env);
  beforeAll(() => net.proxy?.aim(flaky.relay.port));
  afterAll(() => net.proxy?.close());

  async function flakyPair(
    options: CreateOptions = {},
  ): Promise<{ engine: Engine; owner: ClientRoom; guest: ClientRoom; proxy: TcpProxy }> {
    const { proxy } = net;
    if (!proxy) throw new Error("no proxy");
    const client = await flaky.open();
    const owner = await client.createRoom({ displayName: "Owner", ...options });
    const behind = owner.link.replace(flaky.relay.direct, proxy.origin);
    const guest = await (await flaky.open()).join(behind, { name: "Guest" });
    await agree([owner, guest]);
    return { engine: client.engine, owner, guest, proxy };
  }

  test("sends what it composed meanwhile exactly once, and is handed what it missed", async () => {
    const { owner, guest, proxy } = await flakyPair();
    await owner.send("first");
    await guest.until(shows("first"), "the guest reads");
    for (let round = 0; round < 5; round++) {
      proxy.cut();
      await guest.until(isAway, "the break is noticed");
      await guest.send(`composed ${round}`);
      await owner.send(`missed ${round}`);
      proxy.mend();
      await guest.until(isOpen, "it is open again");
      await owner.until(shows(`composed ${round}`), "it arrives");
      await guest.until(shows(`missed ${round}`), "what it missed arrives");
    }
    expect(
      owner
        .messages()
        .filter(({ text }) => text.startsWith("composed"))
        .map(({ text }) => text),
    ).toEqual([0, 1, 2, 3, 4].map((round) => `composed ${round}`));
    expect(guest.messages().map(({ id }) => id)).toEqual(owner.messages().map(({ id }) => id));
    expect(guest.messages()).toHaveLength(11);
  });

  test("catches up with the commits it missed from the relay's ring, without a commit of its own", async () => {
    const { engine, owner, guest, proxy } = await flakyPair();
    proxy.cut();
    await guest.until(isAway, "the break is noticed");
    for (let i = 0; i < 3; i++) await engine.renewKeys(owner.id);
    proxy.mend();
    await agree([owner, guest]);
    expect(guest.state().epoch).toBe("5");
    await owner.send("after the ring");
    await guest.until(shows("after the ring"), "the guest reads");
  });

  test("ends the room on time by its own clock while the relay is out of reach", async () => {
    const { guest, proxy } = await flakyPair({ expiresInS: 10 });
    proxy.cut();
    await guest.until(isAway, "the break is noticed");
    await guest.until(hasEnded("expired"), "it has expired", 12_000);
    expect(guest.timeline()).toEqual([]);
    proxy.mend();
  });

  test("learns at once that the room ended while it was away", async () => {
    const { owner, guest, proxy } = await flakyPair();
    proxy.cut();
    await guest.until(isAway, "the break is noticed");
    await owner.end();
    proxy.mend();
    await guest.until(hasEnded("failed"), "it is over");
    expect(guest.timeline()).toEqual([]);
  });
});

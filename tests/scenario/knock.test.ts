// Invites that ask first: whoever comes waits until the owner or a delegate has answered.
import { describe, expect, test } from "vitest";
import type { ClientRoom } from "../support/node-client.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import { agree, hasEnded, knows, shows, useRelay } from "./setting.ts";

const setting = useRelay();

async function askingRoom(): Promise<ClientRoom> {
  return (await setting.open()).createRoom({ displayName: "Owner", askFirst: true });
}

const isKnocking = (room: ClientRoom) => room.snapshot().entry === "knocking";
const asks = (count: number) => (room: ClientRoom) => room.knocks().length === count;

async function knock(link: string, name: string): Promise<ClientRoom> {
  return (await setting.open()).join(link, { name });
}

const knockOf = (room: ClientRoom, name: string) => room.knocks().find((one) => one.name === name)?.id ?? "";

describe("somebody who knocks", () => {
  test("waits outside, is let in by the owner, and everybody sees by whom", async () => {
    const owner = await askingRoom();
    const guest = await knock(owner.link, "Guest");
    expect(guest.snapshot()).toMatchObject({ phase: "joining", entry: "knocking", name: "", members: [] });
    await owner.until(asks(1), "the owner is asked");
    const [asking] = owner.knocks();
    expect(asking).toMatchObject({ name: "Guest" });
    expect(owner.members()).toHaveLength(1);
    await owner.answerKnock(asking?.id ?? "", true);
    expect(owner.knocks()).toEqual([]);
    await agree([owner, guest]);
    expect(guest.snapshot()).toMatchObject({ entry: undefined, name: "Lantern 42", selfId: asking?.memberId });
    expect(owner.timeline()).toMatchObject([{ kind: "joined", byName: "Owner", approvedByName: "Owner" }]);
    await guest.send("thank you");
    await owner.until(shows("thank you"), "they talk");
  });

  test("and is not let in hears so, and has learned nothing", async () => {
    const owner = await askingRoom();
    const guest = await knock(owner.link, "Stranger");
    await owner.until(asks(1), "the owner is asked");
    await owner.answerKnock(knockOf(owner, "Stranger"), false);
    await guest.until(hasEnded("failed"), "it is told");
    expect(guest.snapshot()).toMatchObject({ end: { reason: "failed", fault: "knock_denied" }, name: "", members: [] });
    expect(owner.members()).toHaveLength(1);
    expect(owner.timeline()).toEqual([]);
  });

  test("is one of several: each is answered for itself", async () => {
    const owner = await askingRoom();
    const [one, two, three] = await Promise.all(["One", "Two", "Three"].map((name) => knock(owner.link, name)));
    if (!one || !two || !three) throw new Error("guests");
    await owner.until(asks(3), "three ask");
    await owner.answerKnock(knockOf(owner, "Two"), true);
    await agree([owner, two]);
    expect(new Set(owner.knocks().map(({ name }) => name))).toEqual(new Set(["One", "Three"]));
    await owner.answerKnock(knockOf(owner, "One"), false);
    await one.until(hasEnded("failed"), "one is turned away");
    expect(isKnocking(three)).toBe(true);
  });

  test("and goes away is no longer there to be answered", async () => {
    const owner = await askingRoom();
    const guest = await knock(owner.link, "Guest");
    await owner.until(asks(1), "the owner is asked");
    const id = knockOf(owner, "Guest");
    await guest.leave();
    await owner.until(asks(0), "nobody asks any more");
    await expect(owner.answerKnock(id, true)).rejects.toMatchObject({ code: "not_allowed" });
  });

  test("is answered by a delegate as well, and the owner need not any more", async () => {
    const owner = await (await setting.open()).createRoom({ displayName: "Owner" });
    const helper = await (await setting.open()).join(owner.link, { name: "Helper" });
    const other = await (await setting.open()).join(owner.link, { name: "Other" });
    await agree([owner, helper, other]);
    await owner.setDelegate(helper.state().memberId);
    const { link } = await owner.addInvite({ askFirst: true });
    const guest = await knock(link, "Guest");
    await helper.until(asks(1), "the helper is asked");
    await owner.until(asks(1), "the owner is asked");
    expect(other.knocks()).toEqual([]);
    const id = knockOf(helper, "Guest");
    await expect(other.answerKnock(id, true)).rejects.toMatchObject({ code: "not_allowed" });
    await helper.answerKnock(id, true);
    await owner.until(asks(0), "the owner need not answer");
    await agree([owner, helper, other, guest]);
    await owner.until(knows("Guest"), "the name is known");
    expect(owner.timeline().find(({ kind, fromName }) => kind === "joined" && fromName === "Guest")).toMatchObject({
      byName: "Owner",
      approvedByName: "Helper",
    });
  });

  test("knocks again by itself when its connection breaks", async () => {
    const proxy = await openTcpProxy();
    proxy.aim(setting.relay.port);
    try {
      const owner = await askingRoom();
      const guest = await (await setting.open({ door: proxy.origin })).join(owner.link, { name: "Guest" });
      await owner.until(asks(1), "the owner is asked");
      const first = knockOf(owner, "Guest");
      proxy.cut();
      await owner.until(asks(0), "the knock is gone");
      proxy.mend();
      await owner.until(asks(1), "it asks again");
      expect(knockOf(owner, "Guest")).not.toBe(first);
      await owner.answerKnock(knockOf(owner, "Guest"), true);
      await agree([owner, guest]);
    } finally {
      await proxy.close();
    }
  });
});

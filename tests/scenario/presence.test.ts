// What members learn of each other beside messages: what has arrived, who types, who has gone silent and who returns.
import { describe, expect, test } from "vitest";
import type { ClientRoom } from "../support/node-client.ts";
import { SkipClock } from "../support/skip-clock.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import { agree, counts, isOpen, shows, useRelay } from "./setting.ts";

const clock = new SkipClock();
const setting = useRelay({}, { clock });
const open = (options: Parameters<typeof setting.open>[0] = {}) => setting.open({ clock, ...options });

const types = (name: string) => (room: ClientRoom) =>
  room.snapshot().members.some((member) => member.name === name && member.isTyping);
const delivered = (count: number) => (room: ClientRoom) =>
  room.timeline().some((item) => item.kind === "message" && item.state === "delivered" && item.deliveredTo === count);
const lines = (room: ClientRoom, kind: string) => room.timeline().filter((item) => item.kind === kind);

describe("a receipt", () => {
  test("tells the author how many hold its message, and not those who keep that to themselves", async () => {
    const owner = await (await open()).createRoom();
    const guest = await (await open()).join(owner.link, { name: "Guest" });
    const quiet = await (await open({ settings: { sendsReceipts: false } })).join(owner.link, { name: "Quiet" });
    await agree([owner, guest, quiet]);
    await owner.send("has it arrived?");
    for (const room of [guest, quiet]) await room.until(shows("has it arrived?"), "it has");
    await owner.until(delivered(1), "one says so");
    clock.skip(2_000);
    await owner.send("and this?");
    await quiet.until(shows("and this?"), "it has");
    clock.skip(2_000);
    await owner.until(
      (room) => room.timeline().filter((item) => item.kind === "message" && item.deliveredTo === 1).length === 2,
      "again one",
    );
    expect(delivered(2)(owner)).toBe(false);
  });
});

describe("typing", () => {
  test("shows while it lasts, ends with the message or by itself, and can be kept back", async () => {
    const owner = await (await open({ settings: { sendsTyping: false } })).createRoom({ displayName: "Owner" });
    const guest = await (await open()).join(owner.link, { name: "Guest" });
    await agree([owner, guest]);
    await guest.setTyping(true);
    await owner.until(types("Guest"), "the guest types");
    await guest.send("done");
    await owner.until((room) => shows("done")(room) && !types("Guest")(room), "the guest has typed");
    await guest.setTyping(true);
    await owner.until(types("Guest"), "the guest types again");
    clock.skip(6_000);
    await owner.until((room) => !types("Guest")(room), "nothing more came");
    await guest.setTyping(true);
    await owner.until(types("Guest"), "and again");
    await guest.setTyping(false);
    await owner.until((room) => !types("Guest")(room), "the guest has thought better of it");
    await owner.setTyping(true);
    await owner.send("unseen");
    await guest.until(shows("unseen"), "the guest reads");
    expect(types("Owner")(guest)).toBe(false);
  });
});

describe("a member that goes silent", () => {
  test("is taken out on the relay's word, and comes back under its key without an invite", async () => {
    const proxy = await openTcpProxy();
    proxy.aim(setting.relay.port);
    try {
      const owner = await (await open()).createRoom({ displayName: "Owner" });
      const third = await (await open()).join(owner.link, { name: "Third" });
      const { link } = await owner.addInvite({ maxUses: 1 });
      const silent = await (await open({ door: proxy.origin })).join(link, { name: "Silent" });
      await agree([owner, third, silent]);
      const { memberId } = silent.state();
      proxy.cut();
      await silent.until((room) => !isOpen(room), "it is away");
      await expect.poll(() => setting.relay.relay.connectionCount()).toBe(2);
      clock.skip(100_000);
      await owner.until(counts(2), "it is out");
      expect(lines(owner, "gone")).toMatchObject([{ fromName: "Silent" }]);
      expect(lines(third, "removed")).toEqual([]);
      await owner.send("while you were away");
      proxy.mend();
      await agree([owner, third, silent]);
      expect(silent.state().memberId).toBe(memberId);
      await owner.until((room) => lines(room, "returned").length === 1, "all see it return");
      await silent.until(shows("while you were away"), "it is told what it missed");
      await silent.send("back again");
      await third.until(shows("back again"), "they read");
    } finally {
      await proxy.close();
    }
  });
});

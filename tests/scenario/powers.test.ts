// What the owner can do, what it can hand on, and that nobody else can.
import { describe, expect, test } from "vitest";
import type { ClientRoom } from "../support/node-client.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import { agree, counts, hasEnded, isOpen, roomOfPeople, shows, useRelay } from "./setting.ts";

const setting = useRelay();

async function people(guests: number): Promise<{ owner: ClientRoom; rest: ClientRoom[]; all: ClientRoom[] }> {
  const { rooms } = await roomOfPeople(setting, guests);
  const [owner, ...rest] = rooms;
  if (!owner) throw new Error("owner");
  return { owner, rest, all: rooms };
}

const idOf = (room: ClientRoom | undefined) => room?.state().memberId ?? "";
const said = (room: ClientRoom, what: string) =>
  room.timeline().filter((item) => item.kind === "changed" && item.what === what);
const join = async (link: string) => (await setting.open()).join(link);

describe("locking", () => {
  test("keeps everybody out until it is undone, those inside stay, and all see it", async () => {
    const { owner, rest } = await people(1);
    await owner.setLocked(true);
    await rest[0]?.until((room) => room.snapshot().isLocked, "the guest sees it");
    await expect(join(owner.link)).rejects.toMatchObject({ code: "room_locked" });
    await rest[0]?.send("inside");
    await owner.until(shows("inside"), "they talk on");
    await owner.setLocked(false);
    const guest = await join(owner.link);
    await agree([owner, ...rest, guest]);
    expect(said(owner, "locked")).toHaveLength(1);
    expect(said(owner, "unlocked")).toMatchObject([{ byName: "Owner" }]);
  });
});

describe("the limit of members", () => {
  test("can be lowered and raised, never above what the room was made with", async () => {
    const owner = await (await setting.open()).createRoom({ maxMembers: 3 });
    await expect(owner.setMaxMembers(4)).rejects.toMatchObject({ code: "malformed" });
    await owner.setMaxMembers(1);
    expect(owner.snapshot().maxMembers).toBe(1);
    await expect(join(owner.link)).rejects.toMatchObject({ code: "room_full" });
    await owner.setMaxMembers(2);
    const guest = await join(owner.link);
    await agree([owner, guest]);
    await expect(join(owner.link)).rejects.toMatchObject({ code: "room_full" });
    expect(said(guest, "limit")).toEqual([]);
    expect(said(owner, "limit")).toHaveLength(2);
  });
});

describe("removing a member", () => {
  test("changes the open links, and tells it who did it", async () => {
    const { owner, rest } = await people(2);
    const [second, third] = rest;
    if (!second || !third) throw new Error("members");
    const single = await owner.addInvite({ maxUses: 1 });
    const old = owner.link;
    await owner.kick(idOf(second));
    await second.until(hasEnded("removed"), "it is out");
    expect(second.snapshot().end).toMatchObject({ byName: "Owner" });
    await third.until(counts(2), "the third sees it");
    expect(third.timeline().find(({ kind }) => kind === "removed")).toMatchObject({
      byName: "Owner",
      fromName: "Guest 1",
    });
    await expect(join(old)).rejects.toMatchObject({ code: "not_admitted" });
    const fresh = owner.snapshot().link ?? "";
    expect(fresh).not.toBe(old);
    const [byFresh, bySingle] = [await join(fresh), await join(single.link)];
    await agree([owner, third, byFresh, bySingle]);
  });

  test("can leave the links as they are", async () => {
    const { owner, rest } = await people(1);
    await owner.kick(idOf(rest[0]), { keepInvites: true });
    expect(owner.snapshot().link).toBe(owner.link);
    const guest = await join(owner.link);
    await agree([owner, guest]);
  });

  test("reaches one who is away, who cannot come back", async () => {
    const proxy = await openTcpProxy();
    proxy.aim(setting.relay.port);
    try {
      const owner = await (await setting.open()).createRoom();
      const guest = await (await setting.open({ door: proxy.origin })).join(owner.link);
      await agree([owner, guest]);
      proxy.cut();
      await guest.until((room) => !isOpen(room), "it is away");
      await owner.kick(idOf(guest));
      proxy.mend();
      await guest.until(hasEnded("failed"), "it is out");
      expect(owner.members()).toHaveLength(1);
    } finally {
      await proxy.close();
    }
  });
});

describe("a delegate", () => {
  test("removes members and makes invites, but touches neither owner nor delegates, and no rules", async () => {
    const { owner, rest } = await people(3);
    const [helper, second, third] = rest;
    if (!helper || !second || !third) throw new Error("members");
    await owner.setDelegate(idOf(helper));
    await owner.setDelegate(idOf(third));
    await helper.until((room) => room.snapshot().isDelegate, "it knows");
    await third.until((room) => room.snapshot().isDelegate, "the other knows");
    const { link } = await helper.addInvite();
    const fourth = await join(link);
    await agree([owner, helper, second, third, fourth]);
    await helper.kick(idOf(second));
    await second.until(hasEnded("removed"), "the second is out");
    const refused = [
      helper.kick(idOf(owner)),
      helper.kick(idOf(third)),
      helper.setLocked(true),
      helper.setMaxMembers(5),
      helper.handOver(idOf(third)),
      helper.setDelegate(idOf(fourth)),
      helper.end(),
    ];
    for (const command of refused) await expect(command).rejects.toMatchObject({ code: "not_allowed" });
    await agree([owner, helper, third, fourth]);
  });

  test("begins a new generation with a kick, and the owner's other links still lead in", async () => {
    const { owner, rest } = await people(2);
    const [helper, second] = rest;
    if (!helper || !second) throw new Error("members");
    const { link } = await owner.addInvite({ maxUses: 1 });
    await owner.setDelegate(idOf(helper));
    await helper.until((room) => room.snapshot().isDelegate, "it knows");
    await helper.kick(idOf(second));
    await agree([owner, helper]);
    const guest = await join(link);
    await agree([owner, helper, guest]);
    expect(guest.members()).toHaveLength(3);
  });

  test("loses its powers when the owner says so, at the relay too", async () => {
    const { owner, rest } = await people(2);
    const [helper, second] = rest;
    if (!helper || !second) throw new Error("members");
    await owner.setDelegate(idOf(helper));
    await helper.until((room) => room.snapshot().isDelegate, "it knows");
    await owner.setDelegate(idOf(helper), false);
    await helper.until((room) => !room.snapshot().isDelegate, "it knows");
    await expect(helper.kick(idOf(second))).rejects.toMatchObject({ code: "not_allowed" });
    await expect(helper.addInvite()).rejects.toMatchObject({ code: "not_allowed" });
    await second.until((room) => said(room, "undelegate").length === 1, "all are told");
    expect(said(second, "delegate")).toMatchObject([{ fromName: "Guest 1", byName: "Owner" }]);
  });
});

describe("handing the room over", () => {
  test("moves every power of the owner to another member, and away from the first", async () => {
    const { owner, rest, all } = await people(2);
    const [heir, third] = rest;
    if (!heir || !third) throw new Error("members");
    await owner.handOver(idOf(heir));
    await heir.until((room) => room.snapshot().isOwner, "the heir knows");
    await third.until((room) => room.members().some((one) => one.isOwner && one.id === idOf(heir)), "all know");
    expect(owner.snapshot().isOwner).toBe(false);
    for (const command of [owner.setLocked(true), owner.kick(idOf(third)), owner.end(), owner.handOver(idOf(third))]) {
      await expect(command).rejects.toMatchObject({ code: "not_allowed" });
    }
    await heir.setLocked(true);
    await heir.setLocked(false);
    const { link } = await heir.addInvite();
    const guest = await join(link);
    await agree([...all, guest]);
    await heir.kick(idOf(owner));
    await owner.until(hasEnded("removed"), "the first owner is out");
    await heir.end();
    for (const room of [third, guest]) await room.until(hasEnded("destroyed"), "it is over");
  });

  test("is no power over a stranger, and not over oneself", async () => {
    const { owner } = await people(1);
    for (const id of ["00".repeat(16), idOf(owner)]) {
      await expect(owner.handOver(id)).rejects.toMatchObject({ code: "not_allowed" });
    }
    expect(owner.snapshot().isOwner).toBe(true);
  });
});

describe("an owner who leaves", () => {
  test("leaves a room behind that nobody owns and that goes on", async () => {
    const { owner, rest } = await people(2);
    const [second, third] = rest;
    if (!second || !third) throw new Error("members");
    await owner.leave();
    for (const room of rest) await room.until(counts(2), "the owner is gone");
    expect(rest.flatMap((room) => room.members()).filter(({ isOwner }) => isOwner)).toEqual([]);
    await second.send("without an owner");
    await third.until(shows("without an owner"), "they talk on");
    const guest = await join(owner.link);
    await agree([second, third, guest]);
  });
});

describe("a command while the relay is out of reach", () => {
  test("is refused and has changed nothing", async () => {
    const proxy = await openTcpProxy();
    proxy.aim(setting.relay.port);
    try {
      const owner = await (await setting.open({ door: proxy.origin })).createRoom();
      const guest = await join(owner.link);
      await agree([owner, guest]);
      proxy.cut();
      await owner.until((room) => !isOpen(room), "it is away");
      for (const command of [owner.setLocked(true), owner.kick(idOf(guest)), owner.addInvite()]) {
        await expect(command).rejects.toMatchObject({ code: "relay_unreachable" });
      }
      proxy.mend();
      await agree([owner, guest]);
      expect(owner.snapshot()).toMatchObject({ isLocked: false, members: { length: 2 }, invites: { length: 1 } });
    } finally {
      await proxy.close();
    }
  });
});

describe("two who act at once", () => {
  test("both succeed, in the relay's order", async () => {
    const { owner, rest, all } = await people(3);
    const [helper, second, third] = rest;
    if (!helper || !second || !third) throw new Error("members");
    await owner.setDelegate(idOf(helper));
    await helper.until((room) => room.snapshot().isDelegate, "it knows");
    await Promise.all([owner.setLocked(true), helper.kick(idOf(second)), owner.kick(idOf(third)), helper.addInvite()]);
    await agree([owner, helper]);
    expect(owner.snapshot().isLocked).toBe(true);
    expect(all.filter(isOpen)).toHaveLength(2);
  });
});

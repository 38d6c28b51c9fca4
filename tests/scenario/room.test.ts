// Whole rooms through a real relay, with the extension's own engine on Node: the ordinary life of a room.
import { describe, expect, test } from "vitest";
import { agree, counts, hasEnded, isOpen, knows, roomOfPeople, shows, useRelay } from "./setting.ts";

const setting = useRelay({ EMPTY_GRACE_S: "1" });
const heldBy = () => setting.relay.relay.store.size();

describe("a room", () => {
  test("is created, joined by its link, and both talk", async () => {
    const owner = await (await setting.open()).createRoom({ displayName: "Heron 7" });
    expect(isOpen(owner)).toBe(true);
    const guest = await (await setting.open()).join(owner.link, { name: "Otter 19" });
    await guest.until(isOpen, "the guest is inside");
    await owner.send("hello");
    await guest.until(shows("hello"), "the guest reads");
    await guest.send("hi");
    await owner.until(shows("hi"), "the owner reads");
    await owner.until((room) => room.messages()[0]?.state === "sent", "the first message is sent");
    expect(guest.messages().map(({ text, from }) => [text, from === owner.state().memberId])).toEqual([
      ["hello", true],
      ["hi", false],
    ]);
    await owner.until(knows("Otter 19"), "the owner knows the name");
    await guest.until(knows("Heron 7"), "the guest knows the name");
    expect(owner.state()).toMatchObject({ cid: guest.state().cid, epoch: "2" });
  });

  test("shows a third who comes later nothing that was said before, and everybody's name", async () => {
    const { rooms } = await roomOfPeople(setting, 1);
    const [owner, second] = rooms;
    if (!owner || !second) throw new Error("members");
    await owner.send("before");
    await second.until(shows("before"), "the second reads");
    const third = await (await setting.open()).join(owner.link, { name: "Guest 2" });
    await agree([...rooms, third]);
    await third.until(knows("Owner", "Guest 1", "Guest 2"), "the third knows all names");
    await owner.send("after");
    await third.until(shows("after"), "the third reads");
    expect(third.messages().map(({ text }) => text)).toEqual(["after"]);
    expect(third.snapshot().undecryptable).toBe(0);
  });

  test("shows messages of all in one order to all", async () => {
    const { rooms } = await roomOfPeople(setting, 3);
    await Promise.all(rooms.flatMap((room, i) => Array.from({ length: 10 }, (_, k) => room.send(`${i}-${k}`))));
    for (const room of rooms) await room.until((other) => other.messages().length === 40, "all messages are there");
    const orders = new Set(rooms.map((room) => JSON.stringify(room.messages().map(({ id }) => id))));
    expect(orders.size).toBe(1);
    for (const room of rooms)
      await room.until((other) => other.messages().every(({ state }) => state !== "queued"), "sent");
  });

  test("loses a member who leaves, and that member's leaf is removed by another", async () => {
    const { rooms } = await roomOfPeople(setting, 2);
    const [owner, second, third] = rooms;
    if (!owner || !second || !third) throw new Error("members");
    await second.leave();
    expect(second.state().end).toEqual({ reason: "left", fault: undefined });
    expect(second.timeline()).toEqual([]);
    for (const room of [owner, third]) await room.until(counts(2), "two are left");
    await third.send("still here");
    await owner.until(shows("still here"), "they talk on");
    expect(owner.timeline().filter(({ kind }) => kind === "left")).toHaveLength(1);
  });

  test("ends at once when the last one leaves, and the relay holds nothing of it", async () => {
    const { rooms } = await roomOfPeople(setting, 1);
    for (const room of rooms) await room.leave();
    await expect.poll(heldBy).toMatchObject({ rooms: 0, invites: 0, seats: 0 });
  });

  test("ends when everybody's connection stays away for the grace time", async () => {
    const { clients } = await roomOfPeople(setting, 1);
    for (const client of clients) await client.close();
    await expect.poll(heldBy, { timeout: 5_000 }).toMatchObject({ rooms: 0, invites: 0, seats: 0 });
  });

  test("ends for everybody by its owner's word only", async () => {
    const { rooms } = await roomOfPeople(setting, 2);
    const [owner, second, third] = rooms;
    if (!owner || !second || !third) throw new Error("members");
    await expect(second.end()).rejects.toMatchObject({ code: "not_allowed" });
    await owner.end();
    for (const room of [second, third]) await room.until(hasEnded("destroyed"), "it is destroyed");
    expect(await heldBy()).toMatchObject({ rooms: 0, invites: 0, seats: 0 });
    await expect((await setting.open()).join(owner.link)).rejects.toMatchObject({ code: "not_admitted" });
  });

  test("ends on time on every side", async () => {
    const owner = await (await setting.open()).createRoom({ expiresInS: 10 });
    const guest = await (await setting.open()).join(owner.link);
    await agree([owner, guest]);
    expect(Math.abs(guest.snapshot().endsAtMs - owner.snapshot().endsAtMs)).toBeLessThan(1_000);
    for (const room of [owner, guest]) await room.until(hasEnded("expired"), "it has expired", 12_000);
    expect(guest.timeline()).toEqual([]);
    await expect.poll(heldBy).toMatchObject({ rooms: 0 });
  });

  test("removes a member whom the owner kicks, on the relay and in the group", async () => {
    const { rooms } = await roomOfPeople(setting, 2);
    const [owner, second, third] = rooms;
    if (!owner || !second || !third) throw new Error("members");
    await expect(third.kick(second.state().memberId)).rejects.toMatchObject({ code: "not_allowed" });
    await expect.poll(heldBy, { timeout: 5_000 }).toMatchObject({ rooms: 1, seats: 3 });
    await owner.kick(second.state().memberId);
    expect(await heldBy()).toMatchObject({ rooms: 1, seats: 2 });
    await second.until(hasEnded("removed"), "the second is out");
    await third.until(counts(2), "the third sees it");
    await owner.send("among us");
    await third.until(shows("among us"), "they talk on");
    expect(second.timeline()).toEqual([]);
  });
});

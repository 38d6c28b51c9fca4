// Rooms with a password: the link alone is not enough, and whoever guesses is seen.
import { describe, expect, test } from "vitest";
import type { ClientRoom } from "../support/node-client.ts";
import { agree, isOpen, useRelay } from "./setting.ts";

const setting = useRelay();

async function lockedRoom(): Promise<ClientRoom> {
  return (await setting.open()).createRoom({ displayName: "Owner", password: "seven lanterns" });
}

describe("a room with a password", () => {
  test("lets in who knows it, however the keyboard writes it", async () => {
    const owner = await (await setting.open()).createRoom({ password: "Ångström" });
    expect(owner.snapshot()).toMatchObject({ hasPassword: true, link: owner.link });
    const guest = await (await setting.open()).join(owner.link, { password: "A\u030Angstro\u0308m" });
    await agree([owner, guest]);
  });

  test("lets nobody in without it, says which of the two it was, and shows the owner the guesses", async () => {
    const owner = await lockedRoom();
    const { engine } = await setting.open();
    const join = (password?: string) =>
      engine.joinRoom({ link: owner.link, displayName: "Guest", ...(password === undefined ? {} : { password }) });
    await expect(join()).rejects.toMatchObject({ code: "password_required" });
    await expect(join("six lanterns")).rejects.toMatchObject({ code: "password_wrong" });
    await expect(join("seven lantern")).rejects.toMatchObject({ code: "password_wrong" });
    await owner.until((room) => (room.invites()[0]?.failures ?? 0) >= 1, "the owner sees it");
    expect(engine.snapshot().rooms).toEqual([]);
    expect(owner.members()).toHaveLength(1);
    await expect(join("seven lanterns")).resolves.toBeDefined();
  });

  test("shows while it works on the password that it does", async () => {
    const owner = await lockedRoom();
    const { engine } = await setting.open();
    const seen = new Set<string | undefined>();
    engine.subscribe((event) => event.kind === "room" && seen.add(event.room.entry));
    await engine.joinRoom({ link: owner.link, displayName: "Guest", password: "seven lanterns" });
    expect([...seen].slice(0, 2)).toEqual(["password", "entering"]);
  });

  test("keeps the password over a restart of its maker's engine: the same link still opens it", async () => {
    const client = await setting.open();
    const owner = await client.createRoom({ password: "seven lanterns" });
    const vault = client.vault();
    await client.close();
    const [restarted] = (await setting.open({ vault })).rooms();
    if (!restarted) throw new Error("the room is gone");
    await restarted.until(isOpen, "it is open");
    await restarted.until((room) => room.snapshot().link === owner.link, "it still has its link");
    const guest = await (await setting.open()).join(owner.link, { password: "seven lanterns" });
    await agree([restarted, guest]);
    expect(restarted.snapshot()).toMatchObject({ isOwner: true, hasPassword: true });
  });
});

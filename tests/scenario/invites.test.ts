// Invites as objects: several per room, each with its own rules, and what becomes of their links.
import { describe, expect, test } from "vitest";
import { SkipClock } from "../support/skip-clock.ts";
import type { ClientRoom } from "../support/node-client.ts";
import { agree, counts, isOpen, roomOfPeople, shows, useRelay } from "./setting.ts";

const clock = new SkipClock();
const setting = useRelay({}, { clock });
const open = () => setting.open({ clock });

async function ownRoom(): Promise<ClientRoom> {
  return (await open()).createRoom({ displayName: "Owner" });
}

const refused = (link: string) =>
  expect(open().then((client) => client.join(link))).rejects.toMatchObject({ code: "not_admitted" });

const invite = (room: ClientRoom, id: string) => room.invites().find((one) => one.id === id);

describe("an invite", () => {
  test("is one of several: each brings somebody in, and the owner sees what became of them", async () => {
    const owner = await ownRoom();
    const [first] = owner.invites();
    expect(owner.invites()).toHaveLength(1);
    expect(first).toMatchObject({ link: owner.link, isOwn: true, used: 0, maxUses: 0, byName: "Owner" });
    const second = await owner.addInvite({ maxUses: 5 });
    expect(second.link).not.toBe(owner.link);
    const one = await (await open()).join(owner.link, { name: "One" });
    const two = await (await open()).join(second.link, { name: "Two" });
    await agree([owner, one, two]);
    expect(invite(owner, second.inviteId)).toMatchObject({ used: 1, maxUses: 5, link: second.link });
    expect(one.invites()).toEqual([]);
    const lines = owner.timeline().filter(({ kind }) => kind === "joined");
    expect(lines).toMatchObject([{ fromName: "One", byName: "Owner" }, { fromName: "Two" }]);
  });

  test("for one is used up by one", async () => {
    const owner = await ownRoom();
    const { inviteId, link } = await owner.addInvite({ maxUses: 1 });
    const guest = await (await open()).join(link);
    await agree([owner, guest]);
    await refused(link);
    expect(invite(owner, inviteId)).toBeUndefined();
    expect(guest.snapshot().link).toBeUndefined();
    expect(owner.snapshot().link).toBe(owner.link);
  });

  test("that is revoked opens nothing any more, and those it let in stay", async () => {
    const owner = await ownRoom();
    const { inviteId, link } = await owner.addInvite();
    const guest = await (await open()).join(link, { name: "Guest" });
    await agree([owner, guest]);
    await owner.revokeInvite(inviteId);
    await refused(link);
    expect(invite(owner, inviteId)).toBeUndefined();
    await expect(owner.revokeInvite(inviteId)).rejects.toMatchObject({ code: "not_allowed" });
    await guest.send("still here");
    await owner.until(shows("still here"), "the guest talks on");
  });

  test("that is rotated gives its rules to another link", async () => {
    const owner = await ownRoom();
    const old = await owner.addInvite({ maxUses: 3, readOnly: true, password: "lantern" });
    const fresh = await owner.rotateInvite(old.inviteId);
    expect(invite(owner, old.inviteId)).toBeUndefined();
    expect(invite(owner, fresh.inviteId)).toMatchObject({ maxUses: 3, readOnly: true, hasPassword: true, used: 0 });
    const late = (await open()).join(old.link, { password: "lantern" });
    await expect(late).rejects.toMatchObject({ code: "password_wrong" });
    const guest = await (await open()).join(fresh.link, { password: "lantern" });
    await agree([owner, guest]);
    expect(guest.snapshot().isReadOnly).toBe(true);
  });

  test("is revoked by its maker when its time is up, for the members too", async () => {
    const owner = await ownRoom();
    const { inviteId, link } = await owner.addInvite({ expiresInS: 60 });
    clock.skip(61_000);
    await owner.until((room) => invite(room, inviteId) === undefined, "it is gone");
    await refused(link);
    expect(owner.invites()).toHaveLength(1);
  });

  test("with values that are none is refused, and nothing has changed", async () => {
    const owner = await ownRoom();
    for (const wrong of [{ maxUses: -1 }, { maxUses: 70_000 }, { maxUses: 0.5 }, { expiresInS: 0 }]) {
      await expect(owner.addInvite(wrong)).rejects.toMatchObject({ code: "malformed" });
    }
    expect(owner.invites()).toHaveLength(1);
  });

  test("cannot be made, revoked or seen by somebody without powers", async () => {
    const { rooms } = await roomOfPeople(setting, 1);
    const [owner, guest] = rooms;
    if (!owner || !guest) throw new Error("members");
    const id = owner.invites()[0]?.id ?? "";
    for (const command of [guest.addInvite(), guest.revokeInvite(id), guest.rotateInvite(id)]) {
      await expect(command).rejects.toMatchObject({ code: "not_allowed" });
    }
    expect(owner.invites()).toHaveLength(1);
  });
});

describe("a read-only member", () => {
  test("reads and cannot write, is shown as what it is, and leaves like anybody", async () => {
    const owner = await ownRoom();
    const { link } = await owner.addInvite({ readOnly: true });
    const reader = await (await open()).join(link, { name: "Reader" });
    await agree([owner, reader]);
    await owner.send("for your eyes");
    await reader.until(shows("for your eyes"), "it reads");
    await expect(reader.send("me too")).rejects.toMatchObject({ code: "read_only" });
    expect(reader.messages()).toHaveLength(1);
    const seen = owner.snapshot().members.find(({ name }) => name === "Reader");
    expect(seen).toMatchObject({ isReadOnly: true, isOnline: true });
    await owner.until(
      (room) => room.timeline().some((item) => item.kind === "message" && item.deliveredTo === 1),
      "told",
    );
    await reader.leave();
    await owner.until(counts(1), "it is gone");
    expect(isOpen(owner)).toBe(true);
  });
});

// What people compare: words, digits and emoji that are equal exactly when everybody is in the same room.
import { describe, expect, test } from "vitest";
import { randomBytes } from "../../core/crypto/random.ts";
import type { GroupHost } from "../../engine/workers/group-contract.ts";
import type { ClientRoom } from "../support/node-client.ts";
import { SkipClock } from "../support/skip-clock.ts";
import { agree, changed, isOpen, roomOfPeople, useRelay } from "./setting.ts";

const clock = new SkipClock();
const setting = useRelay();

const emojiIs = (state: string) => (room: ClientRoom) => room.snapshot().emoji?.state === state;

/** Shows another nonce than it committed to. */
const cheat = (host: GroupHost) =>
  changed(host, {
    seal: (room, request) => {
      const { body } = request;
      return host.seal(
        room,
        body.kind === "sas-reveal" ? { ...request, body: { ...body, nonce: randomBytes(32) } } : request,
      );
    },
  });

/** Shows none. */
const mute = (host: GroupHost) =>
  changed(host, {
    seal: (room, request) =>
      host.seal(
        room,
        request.body.kind === "sas-reveal" ? { ...request, body: { kind: "typing", isTyping: false } } : request,
      ),
  });

describe("the code of a room", () => {
  test("is eight words, the same for all of one epoch, and others in another room", async () => {
    const { rooms } = await roomOfPeople(setting, 2);
    const codes = await Promise.all(rooms.map(async (room) => (await room.verification()).words.join(" ")));
    expect(new Set(codes).size).toBe(1);
    expect(codes[0]?.split(" ")).toHaveLength(8);
    const other = await (await setting.open()).createRoom();
    expect((await other.verification()).words.join(" ")).not.toBe(codes[0]);
  });
});

describe("a fingerprint", () => {
  test("is the same on every device, thirty digits, and stays when its member restarts", async () => {
    const { clients, rooms } = await roomOfPeople(setting, 1);
    const [ownerClient] = clients;
    const [owner, guest] = rooms;
    if (!ownerClient || !owner || !guest) throw new Error("members");
    const { fingerprints } = await owner.verification();
    expect(fingerprints).toHaveLength(2);
    for (const { digits } of fingerprints) expect(digits).toMatch(/^\d{30}$/);
    expect(new Set((await guest.verification()).fingerprints.map(({ digits }) => digits))).toEqual(
      new Set(fingerprints.map(({ digits }) => digits)),
    );
    await owner.setVerified(guest.state().memberId);
    expect(owner.snapshot().members.map(({ isVerified }) => isVerified)).toContain(true);
    expect(guest.snapshot().members.map(({ isVerified }) => isVerified)).not.toContain(true);
    await expect(owner.setVerified("00".repeat(16))).rejects.toMatchObject({ code: "not_allowed" });
    const vault = ownerClient.vault();
    await ownerClient.close();
    const [restarted] = (await setting.open({ vault })).rooms();
    if (!restarted) throw new Error("the room is gone");
    await agree([restarted, guest]);
    const verified = restarted.snapshot().members.filter(({ isVerified }) => isVerified);
    expect(verified.map(({ id }) => id)).toEqual([guest.state().memberId]);
    expect(new Set((await guest.verification()).fingerprints.map(({ digits }) => digits))).toEqual(
      new Set(fingerprints.map(({ digits }) => digits)),
    );
    await restarted.setVerified(guest.state().memberId, false);
    expect(restarted.snapshot().members.map(({ isVerified }) => isVerified)).not.toContain(true);
  });
});

describe("comparing emoji", () => {
  test("shows everybody the same seven without anybody else doing anything", async () => {
    const { rooms } = await roomOfPeople(setting, 2);
    await rooms[1]?.compareEmoji();
    for (const room of rooms) await room.until(emojiIs("shown"), "they are shown");
    const shown = rooms.map((room) => room.snapshot().emoji);
    expect(new Set(shown.map((round) => round?.emoji.join())).size).toBe(1);
    expect(shown[0]?.emoji).toHaveLength(7);
    expect(new Set(shown[0]?.memberIds)).toEqual(new Set(rooms.map((room) => room.state().memberId)));
    await rooms[0]?.closeEmoji();
    expect(rooms[0]?.snapshot().emoji).toBeUndefined();
    await rooms[0]?.compareEmoji();
    await rooms[1]?.until((room) => room.snapshot().emoji?.emoji.join() !== shown[1]?.emoji.join(), "another round");
  });

  test("begun by two at once is one round", async () => {
    const { rooms } = await roomOfPeople(setting, 1);
    await Promise.all(rooms.map((room) => room.compareEmoji()));
    for (const room of rooms) await room.until(emojiIs("shown"), "they are shown");
    expect(new Set(rooms.map((room) => room.snapshot().emoji?.emoji.join())).size).toBe(1);
  });

  test("fails when somebody shows another nonce than it committed to", async () => {
    const owner = await (await setting.open()).createRoom();
    const rogue = await (await setting.open({ groupHost: cheat })).join(owner.link);
    await agree([owner, rogue]);
    await owner.compareEmoji();
    await owner.until(emojiIs("failed"), "it fails");
    expect(owner.snapshot().emoji?.emoji).toEqual([]);
  });

  test("fails when somebody shows nothing", async () => {
    const owner = await (await setting.open({ clock })).createRoom();
    const rogue = await (await setting.open({ groupHost: mute })).join(owner.link);
    await agree([owner, rogue]);
    await owner.compareEmoji();
    await owner.until((room) => room.snapshot().emoji?.memberIds.length === 2, "both have committed");
    clock.skip(10_000);
    await owner.until(emojiIs("failed"), "it fails");
    expect(owner.snapshot().emoji?.emoji).toEqual([]);
  });

  test("needs somebody to compare with", async () => {
    const owner = await (await setting.open()).createRoom();
    await expect(owner.compareEmoji()).rejects.toMatchObject({ code: "not_allowed" });
    expect(isOpen(owner)).toBe(true);
  });
});

// A room's group without a relay: who gets in, who reads what, and what a hostile commit or content cannot do.
import { describe, expect, test } from "vitest";
import { toHex } from "../../../codec/bytes.ts";
import type { TestRoom } from "../../support/group-of.ts";
import {
  applicant,
  commitAs,
  join,
  kick,
  open,
  prepare,
  ROOM,
  roomOf,
  roomOfOne,
  seal,
} from "../../support/group-of.ts";

const text = (value: string) => ({ kind: "text", text: value }) as const;

async function authenticators(room: TestRoom): Promise<Set<string>> {
  const all = new Set<string>();
  for (const member of room.members) {
    const change = await prepare(member, { kind: "update" });
    all.add(toHex(change?.baseCid ?? new Uint8Array()));
    await member.host.settle(ROOM, false);
  }
  return all;
}

describe("a room's group", () => {
  test("members that join one after the other stand in one epoch and read each other", async () => {
    const room = await roomOf(4);
    expect(await authenticators(room)).toHaveLength(1);
    const [owner, second, third, last] = room.members;
    if (!owner || !second || !third || !last) throw new Error("members");
    const sealed = await seal(last, text("hello"));
    for (const member of [owner, second, third]) {
      const opened = await open(member, sealed);
      expect(opened).toMatchObject({ memberId: last.id, body: { kind: "text", text: "hello" }, isLate: false });
    }
  });

  test("a newcomer opens nothing that was sent before it came", async () => {
    const room = await roomOf(2);
    const [owner] = room.members;
    if (!owner) throw new Error("members");
    const before = await seal(owner, text("before"));
    const newcomer = await join(room);
    await expect(open(newcomer, before)).rejects.toMatchObject({ code: "wrong_epoch" });
  });

  test("a removed member with its whole saved state opens nothing afterwards", async () => {
    const room = await roomOf(4);
    const [owner, victim, other] = room.members;
    if (!owner || !victim || !other) throw new Error("members");
    const results = await kick(room, owner, victim);
    expect(results.find(({ kind }) => kind === "removed")).toEqual({ kind: "removed", by: owner.id, reason: "kicked" });
    const after = await seal(owner, text("after the kick"));
    expect((await open(other, after)).body).toEqual(text("after the kick"));
    await expect(open(victim, after)).rejects.toMatchObject({ code: "wrong_epoch" });
  });

  test("nothing a kicked member sealed before is shown once the kick is applied", async () => {
    const room = await roomOf(3);
    const [owner, victim, other] = room.members;
    if (!owner || !victim || !other) throw new Error("members");
    const late = await seal(victim, text("late"));
    await kick(room, owner, victim);
    await expect(open(other, late)).rejects.toMatchObject({ code: "not_a_member" });
  });

  test("a member that is not the owner cannot remove anybody", async () => {
    const room = await roomOf(3);
    const [owner, second, third] = room.members;
    if (!owner || !second || !third) throw new Error("members");
    const purpose = { kind: "kick", memberIds: [third.id], keepInvites: false } as const;
    await expect(prepare(second, purpose)).rejects.toMatchObject({ code: "not_allowed" });
  });

  test("a leaver's leaf is removed by another member with the leaver's own statement", async () => {
    const room = await roomOf(3);
    const [owner, leaver, third] = room.members;
    if (!owner || !leaver || !third) throw new Error("members");
    expect(await prepare(third, { kind: "clear" })).toBeUndefined();
    const goodbye = await seal(leaver, { kind: "leave", statement: new Uint8Array(64) });
    await open(owner, goodbye);
    await open(third, goodbye);
    room.members.splice(1, 1);
    const results = await commitAs(room, third, { kind: "clear" });
    expect(results).toMatchObject([{ kind: "applied", change: { removed: [{ id: leaver.id, reason: "left" }] } }]);
  });

  test("a message of a past epoch opens for a minute and is marked late", async () => {
    const room = await roomOf(3);
    const [owner, second, third] = room.members;
    if (!owner || !second || !third) throw new Error("members");
    const [first, second2] = [await seal(second, text("one")), await seal(second, text("two"))];
    await commitAs(room, third, { kind: "update" });
    await open(owner, await seal(third, text("now")), 1_000);
    expect(await open(owner, first, 30_000)).toMatchObject({ isLate: true });
    await expect(open(owner, second2, 61_001)).rejects.toMatchObject({ code: "wrong_epoch" });
  });

  test("the same sealed message opens once", async () => {
    const room = await roomOf(2);
    const [owner, second] = room.members;
    if (!owner || !second) throw new Error("members");
    const sealed = await seal(owner, text("once"));
    await open(second, sealed);
    await expect(open(second, sealed)).rejects.toMatchObject({ code: "decrypt_failed" });
  });

  test("a message under another commit id, of another kind or with one bit changed does not open", async () => {
    const room = await roomOf(2);
    const [owner, second] = room.members;
    if (!owner || !second) throw new Error("members");
    const { cid, envelope } = await seal(owner, text("exact"));
    await expect(second.host.open(ROOM, { kind: "signal", cid, envelope, nowMs: 0 })).rejects.toMatchObject({
      code: "decrypt_failed",
    });
    for (let bit = 0; bit < envelope.length * 8; bit += 37) {
      const changed = envelope.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await expect(open(second, { cid, envelope: changed })).rejects.toMatchObject({ code: "decrypt_failed" });
    }
    expect((await open(second, { cid, envelope })).body).toEqual(text("exact"));
  });

  test("a restarted member comes back under its key, alone or among others", async () => {
    for (const count of [1, 4]) {
      const room = await roomOf(count);
      const [owner] = room.members;
      if (!owner) throw new Error("members");
      const credential = await owner.host.credential(ROOM);
      owner.host.close();
      await owner.host.restore(ROOM, credential);
      const back = await owner.host.prepareJoin(ROOM, room.head);
      for (const member of room.members.slice(1)) {
        expect(await member.host.apply(ROOM, back)).toMatchObject({ kind: "applied", change: { isRejoin: true } });
      }
      const change = await owner.host.settle(ROOM, true);
      expect(change?.standing.members).toHaveLength(count);
    }
  });

  test("a commit that is undone leaves the epoch before it usable in both directions", async () => {
    const room = await roomOf(3);
    const [owner, second, third] = room.members;
    if (!owner || !second || !third) throw new Error("members");
    await open(second, await seal(owner, text("one")));
    const before = room.head;
    await commitAs(room, third, { kind: "update" });
    // A message of the epoch before arrives while the commit stands.
    await open(second, await seal(owner, text("in the new epoch")));
    const undone = room.head.cid;
    for (const member of room.members) {
      expect(await member.host.rollBack(ROOM, { cid: undone, head: before })).toMatchObject({ kind: "restored" });
    }
    expect((await open(second, await seal(owner, text("two")))).body).toEqual(text("two"));
    expect((await open(owner, await seal(second, text("three")))).body).toEqual(text("three"));
    room.head = before;
    await join(room);
  });

  test("a full room refuses one more", async () => {
    const room = await roomOfOne({ maxMembers: 2 });
    await join(room);
    const late = await applicant(room);
    await expect(late.host.prepareJoin(ROOM, room.head)).rejects.toMatchObject({ code: "commit_refused" });
  });

  test("wiping a room leaves no way to open anything", async () => {
    const room = await roomOf(2);
    const [owner, second] = room.members;
    if (!owner || !second) throw new Error("members");
    const sealed = await seal(owner, text("gone"));
    await second.host.wipe(ROOM);
    await expect(open(second, sealed)).rejects.toMatchObject({ code: "not_a_member" });
  });
});

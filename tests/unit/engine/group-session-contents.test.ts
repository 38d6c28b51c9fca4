// Contents in the worker: who may say what, what is handed on, and beats across branches.
import { describe, expect, test } from "vitest";
import { fromHex } from "../../../codec/bytes.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { signContent } from "../../../core/room/content.ts";
import type { Content, ContentBody } from "../../../core/room/content.ts";
import { sealEnvelope } from "../../../core/room/envelope.ts";
import { sealContent } from "../../../engine/workers/group-contents.ts";
import { epochIn, outerIn } from "../../../engine/workers/group-room.ts";
import {
  applicant,
  bareMember,
  commitAs,
  deliver,
  join,
  kick,
  memberAt,
  open,
  openInvite,
  order,
  prepare,
  ROOM,
  roomOf,
  savedBy,
  seal,
  text,
} from "../../support/group-of.ts";
import type { TestMember, TestRoom } from "../../support/group-of.ts";

const beat = (epoch: number): ContentBody => ({
  kind: "beat",
  epoch,
  authenticator: new Uint8Array(16).fill(epoch),
  seen: new Uint8Array(16),
});
const hexOf = (id: string) => fromHex(id) ?? new Uint8Array();
const goodbye: ContentBody = { kind: "leave", statement: new Uint8Array(64) };

function request(body: ContentBody, kind: "message" | "signal" | "beat" = "message") {
  return { kind, messageId: randomBytes(16), run: 1, sequence: 1, previous: new Uint8Array(32), lamport: 1, body };
}

async function quietRoom() {
  const room = await roomOf(2);
  const owner = memberAt(room, 0);
  await order(room, owner, { kind: "invite", invite: { ...openInvite, readOnly: true } });
  const link = (await owner.host.ownInvites(ROOM)).at(-1)?.link ?? "";
  return { room, owner, second: memberAt(room, 1), link };
}

/** Two commits on one base: each is accepted by one half of the room, as by a relay that tells two stories. */
async function split(make: (room: TestRoom, owner: TestMember) => Promise<void>) {
  const room = await roomOf(4);
  const [owner, left, right] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
  const other = { ...room, members: [right, memberAt(room, 3)], packets: new Map<string, Uint8Array>() };
  room.members.splice(2, 2);
  await commitAs(other, right, { kind: "update" });
  await make(room, owner);
  return { room, owner, left, right };
}

describe("a content", () => {
  test("comes with what its author's chain is checked by", async () => {
    const room = await roomOf(2);
    const [owner, second] = [memberAt(room, 0), memberAt(room, 1)];
    const [one, two] = [await seal(owner, text("one")), await seal(owner, text("two"))];
    const [first, next] = [await open(second, one), await open(second, two)];
    expect(first).toMatchObject({ digest: one.digest, previous: new Uint8Array(32), cid: one.cid, signed: one.signed });
    expect(next.previous).toEqual(first.digest);
    expect(next.epoch).toBe(room.head.epoch);
  });
});

describe("a read-only member", () => {
  test("says no text, but is heard otherwise and may leave", async () => {
    const { room, owner, second, link } = await quietRoom();
    const quiet = await join(room, await applicant(room, { link }));
    await expect(seal(quiet, text("psst"))).rejects.toMatchObject({ code: "not_allowed" });
    expect(await open(owner, await seal(quiet, { kind: "profile", name: "Quiet" }, { kind: "signal" }))).toMatchObject({
      memberId: quiet.id,
    });
    const left = await seal(quiet, goodbye, { kind: "signal" });
    for (const member of [owner, second]) await open(member, left);
    room.members.pop();
    const [result] = await commitAs(room, second, { kind: "clear" });
    expect(result).toMatchObject({ change: { removed: [{ id: quiet.id, reason: "left" }] } });
  });

  test("is refused by everybody when it speaks all the same, and when somebody hands its text on", async () => {
    const { room, owner, second, link } = await quietRoom();
    const quiet = await bareMember(room, link);
    const { state } = epochIn(quiet);
    const seats = state.seats.map((seat) => ({ ...seat, isReadOnly: false }));
    quiet.current = { ...epochIn(quiet), state: { ...state, seats } };
    const said = await sealContent(quiet, request(text("psst")));
    for (const member of [owner, second]) {
      await expect(open(member, said)).rejects.toMatchObject({ code: "not_allowed" });
    }
    const again = await seal(second, { kind: "again", contents: [said.signed] });
    expect((await open(owner, again)).contents).toEqual([]);
    // It stays so in the next epoch.
    await commitAs(room, second, { kind: "update" });
    expect((await open(owner, await seal(second, { kind: "again", contents: [said.signed] }))).contents).toEqual([]);
  });
});

describe("contents handed on", () => {
  test("are taken from authors that are or were here, late where we were not in their epoch", async () => {
    const room = await roomOf(3);
    const [owner, leaver, third] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
    const old = await seal(leaver, text("long ago"));
    const recent = await seal(third, text("a moment ago"));
    const newcomer = await join(room);
    const left = await seal(leaver, goodbye);
    for (const member of [owner, third, newcomer]) await open(member, left);
    room.members.splice(1, 1);
    await commitAs(room, owner, { kind: "clear" });
    const again = await seal(owner, { kind: "again", contents: [old.signed, recent.signed, left.signed] });
    const { contents } = await open(newcomer, again);
    expect(contents.map(({ memberId, epoch, isLate }) => ({ memberId, epoch, isLate }))).toEqual([
      { memberId: leaver.id, epoch: undefined, isLate: true },
      { memberId: third.id, epoch: undefined, isLate: true },
      { memberId: leaver.id, epoch: 3, isLate: true },
    ]);
    expect(contents.map(({ digest }) => digest)).toEqual([old.digest, recent.digest, left.digest]);
    expect(contents[0]?.body).toEqual(text("long ago"));
    const now = await seal(third, text("now"));
    const repeated = await open(newcomer, await seal(owner, { kind: "again", contents: [now.signed] }));
    expect(repeated.contents).toMatchObject([{ isLate: false, epoch: room.head.epoch }]);
  });

  test("are left out one by one when they are forged, volatile, of a stranger or no content at all", async () => {
    const room = await roomOf(3);
    const [owner, second, third] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
    const good = await seal(second, text("good"));
    const profile = await seal(second, { kind: "profile", name: "Two" });
    const { policy, member } = (await savedBy(owner)).keys;
    const content: Content = {
      ...request(text("made up")),
      memberId: randomBytes(16),
      cid: room.head.cid,
    };
    const stranger = await signContent(content, policy.groupId, member.seed);
    const inName = { ...content, memberId: hexOf(second.id) };
    const forged = await signContent(inName, policy.groupId, member.seed);
    const contents = [forged, profile.signed, stranger, randomBytes(80), good.signed, good.signed.slice(1)];
    const opened = await open(third, await seal(owner, { kind: "again", contents }));
    expect(opened.contents.map(({ body }) => body)).toEqual([text("good")]);
  });
});

describe("a beat", () => {
  test("of another branch opens, while nothing else of it does", async () => {
    const { owner, left, right } = await split(async (room, from) => {
      await commitAs(room, from, { kind: "update" });
    });
    const there = await seal(right, beat(4), { kind: "beat" });
    for (const member of [owner, left]) {
      const opened = await open(member, there);
      expect(opened).toMatchObject({ memberId: right.id, body: beat(4), cid: there.cid, epoch: undefined });
    }
    await expect(open(left, await seal(right, text("hear me")))).rejects.toMatchObject({ code: "wrong_epoch" });
    expect(await open(right, await seal(left, beat(4), { kind: "beat" }))).toMatchObject({ memberId: left.id });
  });

  test("of a branch without a kick opens on the one with it", async () => {
    const { owner, right } = await split(async (room, from) => {
      await kick(room, from, memberAt(room, 1));
    });
    const there = await seal(right, beat(4), { kind: "beat" });
    expect(await open(owner, there)).toMatchObject({ memberId: right.id });
    // The other way round the key is missing, as it has to be: one of them is out.
    const here = await seal(owner, beat(4), { kind: "beat" });
    await expect(open(right, here)).rejects.toMatchObject({ code: "decrypt_failed" });
  });

  test("under the key of a kick that was undone still opens", async () => {
    const room = await roomOf(4);
    const [owner, victim, steady, third] = [0, 1, 2, 3].map((index) => memberAt(room, index));
    if (!owner || !victim || !steady || !third) throw new Error("members");
    const before = room.head;
    await kick(room, owner, victim);
    // One of them missed the rollback.
    await third.host.rollBack(ROOM, { cid: room.head.cid, head: before });
    expect(await open(third, await seal(steady, beat(4), { kind: "beat" }))).toMatchObject({ memberId: steady.id });
  });

  test("is a beat and nothing else, by somebody who is here", async () => {
    const room = await roomOf(2);
    const [owner, second] = [memberAt(room, 0), memberAt(room, 1)];
    await expect(seal(owner, text("hidden"), { kind: "beat" })).rejects.toMatchObject({ code: "malformed" });
    await expect(seal(owner, beat(1), { kind: "signal" })).rejects.toMatchObject({ code: "malformed" });
    const saved = await savedBy(owner);
    const { policy, member } = saved.keys;
    const sealed = async (content: Content, seed = member.seed) => {
      const signed = await signContent(content, policy.groupId, seed);
      const envelope = await sealEnvelope(outerIn(saved).keys, "beat", new Uint8Array(32), signed);
      return { cid: room.head.cid, envelope, kind: "beat" as const };
    };
    const honest: Content = { ...request(beat(1)), memberId: hexOf(owner.id), cid: room.head.cid };
    expect(await open(second, await sealed(honest))).toMatchObject({ memberId: owner.id });
    const cases = [
      [await sealed({ ...honest, body: text("hidden") }), "malformed"],
      [await sealed({ ...honest, memberId: randomBytes(16) }), "not_a_member"],
      [await sealed({ ...honest, memberId: hexOf(second.id) }), "bad_signature"],
      [await sealed(honest, randomBytes(32)), "bad_signature"],
    ] as const;
    for (const [forged, code] of cases) await expect(open(second, forged)).rejects.toMatchObject({ code });
  });

  test("does not take back a commit that is on its way", async () => {
    const room = await roomOf(2);
    const [owner, second] = [memberAt(room, 0), memberAt(room, 1)];
    const prepared = await prepare(owner, { kind: "update" });
    if (!prepared) throw new Error("no update");
    await seal(owner, beat(1), { kind: "beat" });
    await deliver(room, owner, prepared);
    expect(await owner.host.settle(ROOM, true)).toMatchObject({ by: owner.id });
    expect((await open(second, await seal(owner, text("together")))).body).toEqual(text("together"));
  });
});

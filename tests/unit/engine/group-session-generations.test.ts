// Generations of the outer key: what a kick takes away, how members that were away get the new key, and how it is undone.
import { describe, expect, test } from "vitest";
import { toHex } from "../../../codec/bytes.ts";
import { openEnvelope } from "../../../core/room/envelope.ts";
import { openRotation } from "../../../core/room/rotation.ts";
import { outerIn } from "../../../engine/workers/group-room.ts";
import {
  applicant,
  commitAs,
  deliver,
  join,
  kick,
  memberAt,
  open,
  openInvite,
  order,
  prepare,
  relayKeyFor,
  restart,
  ROOM,
  roomOf,
  savedBy,
  seal,
  silence,
  text,
} from "../../support/group-of.ts";

describe("after a kick", () => {
  test("the kicked member's whole state opens nothing of the new generation, outside or inside", async () => {
    const room = await roomOf(4);
    const [owner, victim, other] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
    const saved = await savedBy(victim);
    await kick(room, owner, victim);
    const said = await seal(owner, text("among us"));
    const signal = await seal(other, { kind: "typing", isTyping: true }, { kind: "signal" });
    const beat = { epoch: room.head.epoch, authenticator: new Uint8Array(16), seen: new Uint8Array(16) };
    const beaten = await seal(owner, { kind: "beat", ...beat }, { kind: "beat" });
    const base = room.head.cid;
    const update = await prepare(other, { kind: "update" });
    if (!update) throw new Error("no update");
    await deliver(room, other, update);
    const outer = outerIn(saved).keys;
    const secrets = [
      ["message", said.cid, said.envelope],
      ["signal", signal.cid, signal.envelope],
      ["beat", new Uint8Array(32), beaten.envelope],
      ["commit", base, update.envelope],
      ["groupinfo", room.head.cid, room.head.groupInfo],
    ] as const;
    for (const [kind, cid, envelope] of secrets) {
      await expect(openEnvelope(outer, kind, cid, envelope)).rejects.toMatchObject({ code: "decrypt_failed" });
      // Whoever stays opens each of them with its own key, so it is not the test that is wrong.
      expect(await openEnvelope(outerIn(await savedBy(other)).keys, kind, cid, envelope)).toBeInstanceOf(Uint8Array);
    }
    const { rotation = new Uint8Array() } = room.head;
    expect(await openRotation(saved.keys.handle, saved.keys.returnKey.seed, rotation)).toBeUndefined();
    await expect(open(victim, said)).rejects.toMatchObject({ code: "wrong_epoch" });
    await expect(open(victim, beaten)).rejects.toMatchObject({ code: "decrypt_failed" });
    await expect(victim.host.prepareJoin(ROOM, room.head)).rejects.toMatchObject({ code: "decrypt_failed" });
  });

  test("its own words are opened by nobody, in an epoch of before, in a beat or handed on", async () => {
    const room = await roomOf(4);
    const [owner, victim, other, last] = [0, 1, 2, 3].map((index) => memberAt(room, index));
    if (!owner || !victim || !other || !last) throw new Error("members");
    const late = await seal(victim, text("late"));
    const handed = await open(other, await seal(victim, text("heard by one")));
    const beat = { kind: "beat", epoch: 3, authenticator: new Uint8Array(16), seen: new Uint8Array(16) } as const;
    const beaten = await seal(victim, beat, { kind: "beat" });
    await kick(room, owner, victim);
    await expect(open(other, late)).rejects.toMatchObject({ code: "not_a_member" });
    await expect(open(other, beaten)).rejects.toMatchObject({ code: "not_a_member" });
    const again = await seal(other, { kind: "again", contents: [handed.signed] });
    expect((await open(last, again)).contents).toEqual([]);
  });

  test("all stand in the new generation, and past epochs keep the key they had", async () => {
    const room = await roomOf(4);
    const [owner, victim, other] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
    const before = await seal(other, text("before"));
    const results = await kick(room, owner, victim);
    expect(results.map((result) => (result.kind === "applied" ? result.change.standing.terms.generation : 0))).toEqual([
      0, 1, 1,
    ]);
    expect(await open(owner, before)).toMatchObject({ isLate: true, body: text("before") });
    expect(await open(other, await seal(owner, text("now")))).toMatchObject({ isLate: false });
    const newcomer = await join(room, await applicant(room, { link: await linkOf(owner) }));
    expect((await open(newcomer, await seal(other, text("welcome")))).body).toEqual(text("welcome"));
  });

  test("everybody who is out counts as kicked even when the leaver was only clearing up", async () => {
    const room = await roomOf(3);
    const [owner, leaver, third] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
    const said = await seal(leaver, text("before I go"));
    const goodbye = await seal(leaver, { kind: "leave", statement: new Uint8Array(64) });
    for (const member of [owner, third]) await open(member, goodbye);
    room.members.splice(1, 1);
    const [result] = await commitAs(room, third, { kind: "clear" });
    // Leaving is no kick: the key stays, and what was said before is still shown.
    expect(result).toMatchObject({ kind: "applied", change: { standing: { terms: { generation: 0 } } } });
    expect(await open(owner, said)).toMatchObject({ body: text("before I go"), isLate: true });
  });
});

const linkOf = async (member: ReturnType<typeof memberAt>) => (await member.host.ownInvites(ROOM))[0]?.link ?? "";

describe("a member without MLS state", () => {
  test("that was away through two kicks finds the newest key in the rotation", async () => {
    const room = await roomOf(6);
    const [owner, first, away, second] = [0, 1, 2, 3].map((index) => memberAt(room, index));
    if (!owner || !first || !away || !second) throw new Error("members");
    await restart(away);
    room.members.splice(room.members.indexOf(away), 1);
    await kick(room, owner, first);
    const old = room.head.rotation;
    await kick(room, owner, second);
    expect(room.head.rotation).not.toEqual(old);
    await join(room, away);
    expect((await open(away, await seal(owner, text("welcome back")))).body).toEqual(text("welcome back"));
    expect((await open(owner, await seal(away, text("hello")))).body).toEqual(text("hello"));
  });

  test("that was taken out as silent comes back past a kick in the same way", async () => {
    const room = await roomOf(4);
    const [owner, away, victim] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
    await silence(room, await relayKeyFor(room, owner), away);
    room.members.splice(1, 1);
    await commitAs(room, owner, { kind: "clear" });
    await kick(room, owner, victim);
    await restart(away);
    await join(room, away);
    expect((await open(away, await seal(owner, text("welcome back")))).body).toEqual(text("welcome back"));
  });

  test("keeps the new key for the next time", async () => {
    const room = await roomOf(4);
    const [owner, victim, away] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
    await restart(away);
    room.members.splice(room.members.indexOf(away), 1);
    await kick(room, owner, victim);
    await join(room, away);
    await restart(away);
    await join(room, away);
    const { outers } = await savedBy(away);
    expect(outers[0]?.key).toEqual((await savedBy(owner)).outers[0]?.key);
  });

  test("is not led into the room by a rotation of another generation or with somebody else's entry", async () => {
    const room = await roomOf(4);
    const [owner, victim, away] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
    await restart(away);
    room.members.splice(room.members.indexOf(away), 1);
    await kick(room, owner, victim);
    const { rotation = new Uint8Array() } = room.head;
    for (const wrong of [undefined, rotation.with(3, 7)]) {
      const joining = away.host.prepareJoin(ROOM, { ...room.head, rotation: wrong });
      await expect(joining).rejects.toMatchObject({ code: "decrypt_failed" });
    }
    const cut = away.host.prepareJoin(ROOM, { ...room.head, rotation: rotation.slice(1) });
    await expect(cut).rejects.toMatchObject({ code: "malformed" });
    await join(room, away);
  });
});

describe("a kick", () => {
  test("ends the open invites and puts successors with other links in place of the kicker's own", async () => {
    const room = await roomOf(3);
    const [owner, victim] = [memberAt(room, 0), memberAt(room, 1)];
    await order(room, owner, { kind: "invite", invite: { ...openInvite, maxUses: 2, lifeS: 60 } });
    const before = await owner.host.ownInvites(ROOM);
    const purpose = { kind: "kick", memberIds: [victim.id], keepInvites: false } as const;
    const prepared = await prepare(owner, purpose);
    if (!prepared) throw new Error("no kick");
    await deliver(room, owner, prepared);
    await owner.host.settle(ROOM, true);
    room.members.splice(1, 1);
    const [openOne, limited] = before;
    const after = await owner.host.ownInvites(ROOM);
    expect(after.map(({ link }) => link)).not.toContain(openOne?.link);
    expect(after.map(({ link }) => link)).toContain(limited?.link);
    // Each lives as long as the one before it would have.
    const ends = (all: typeof before) => new Set(all.map(({ expiresAtMs }) => expiresAtMs));
    expect(ends(after)).toEqual(ends(before));
    // The relay is told in this order: out, the old link, the new one, and new packets for what stays.
    const names = prepared.requests.map(({ name }) => name);
    expect(names).toEqual(["seat:evict", "invite:revoke", "invite:put", "invite:put"]);
    const puts = prepared.requests.flatMap((request) =>
      request.name === "invite:put" ? [toHex(request.body.invite.inviteId)] : [],
    );
    expect(puts.toSorted()).toEqual(after.map(({ inviteId }) => toHex(inviteId)).toSorted());
    for (const { link } of after) await join(room, await applicant(room, { link }));
    await expect(applicant(room, { link: openOne?.link ?? "" })).rejects.toMatchObject({ code: "malformed" });
  });

  test("that keeps the invites only gives them packets with the new key", async () => {
    const room = await roomOf(3);
    const [owner, victim] = [memberAt(room, 0), memberAt(room, 1)];
    const old = new Map(room.packets);
    await kick(room, owner, victim, true);
    expect([...room.packets.keys()]).toEqual([...old.keys()]);
    expect([...room.packets.values()]).not.toEqual([...old.values()]);
    await join(room);
  });

  test("gives the successor of an invite with a password the same password", async () => {
    const room = await roomOf(2);
    const [owner, victim] = [memberAt(room, 0), memberAt(room, 1)];
    await order(room, owner, { kind: "invite", invite: { ...openInvite, password: "correct horse" } });
    await kick(room, owner, victim);
    const guarded = (await owner.host.ownInvites(ROOM)).at(-1)?.link ?? "";
    await expect(applicant(room, { link: guarded })).rejects.toMatchObject({ code: "not_allowed" });
    await join(room, await applicant(room, { link: guarded, password: "correct horse" }));
    // Three times the work that is meant to be slow.
  }, 30_000);

  test("that is undone gives back key, state, powers and voice", async () => {
    const room = await roomOf(4);
    const [owner, victim, other] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
    const before = room.head;
    const [invite] = await owner.host.ownInvites(ROOM);
    const late = await seal(victim, text("still here"));
    const held = outerIn(await savedBy(owner)).key;
    await kick(room, owner, victim);
    expect(outerIn(await savedBy(owner)).key).not.toEqual(held);
    const undone = room.head.cid;
    for (const member of room.members) {
      const result = await member.host.rollBack(ROOM, { cid: undone, head: before });
      expect(result).toMatchObject({ kind: "restored", standing: { terms: { generation: 0 }, cid: before.cid } });
    }
    expect(outerIn(await savedBy(owner)).key).toEqual(held);
    room.members.splice(1, 0, victim);
    room.head = before;
    expect((await open(other, late)).body).toEqual(text("still here"));
    expect((await open(victim, await seal(owner, text("welcome")))).body).toEqual(text("welcome"));
    const [restored, ...more] = await owner.host.ownInvites(ROOM);
    expect([restored, more]).toEqual([invite, []]);
    await commitAs(room, other, { kind: "update" });
    // Again, and this time it stays.
    await kick(room, owner, victim);
    expect((await open(other, await seal(owner, text("now without")))).body).toEqual(text("now without"));
  });

  test("of a member that is away keeps it from coming back", async () => {
    const room = await roomOf(3);
    const [owner, away] = [memberAt(room, 0), memberAt(room, 1)];
    await silence(room, await relayKeyFor(room, owner), away);
    room.members.splice(1, 1);
    await commitAs(room, owner, { kind: "clear" });
    const [seen, late] = [await seal(away, text("seen")), await seal(away, text("too late"))];
    expect((await open(owner, seen)).isLate).toBe(true);
    const held = outerIn(await savedBy(away)).keys;
    const purpose = { kind: "kick", memberIds: [away.id], keepInvites: false } as const;
    const [result] = await commitAs(room, owner, purpose);
    expect(result).toMatchObject({ kind: "applied", change: { standing: { terms: { generation: 1 } } } });
    expect(result).toMatchObject({ change: { orders: [{ kind: "forget" }, { kind: "revoke" }, { kind: "invite" }] } });
    const { cid, groupInfo } = room.head;
    await expect(openEnvelope(held, "groupinfo", cid, groupInfo)).rejects.toMatchObject({ code: "decrypt_failed" });
    await expect(away.host.prepareJoin(ROOM, room.head)).rejects.toMatchObject({ code: "decrypt_failed" });
    await expect(open(owner, late)).rejects.toMatchObject({ code: "not_a_member" });
  });
});

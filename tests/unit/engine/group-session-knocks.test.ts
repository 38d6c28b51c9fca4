// Ways in that are guarded: passwords, and invites that ask first.
import { describe, expect, test } from "vitest";
import { toHex } from "../../../codec/bytes.ts";
import { admissionText } from "../../../codec/signing.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { sign, verify } from "../../../core/crypto/signature.ts";
import { approvalText } from "../../../core/room/commit-notes.ts";
import { openEnvelope } from "../../../core/room/envelope.ts";
import { openKnock, sealKnockAnswer } from "../../../core/room/knock.ts";
import { memberIdOf } from "../../../core/mls/profile.ts";
import { decodeShared } from "../../../core/room/room-state.ts";
import { outerIn } from "../../../engine/workers/group-room.ts";
import { GroupRooms } from "../../../engine/workers/group-host.ts";
import {
  applicant,
  deliver,
  join,
  kick,
  memberAt,
  open,
  openInvite,
  order,
  RELAY,
  ROOM,
  roomOf,
  roomOfOne,
  savedBy,
  seal,
  text,
} from "../../support/group-of.ts";
import type { TestMember, TestRoom } from "../../support/group-of.ts";

/** A room of three whose second member is a delegate, with an invite that asks first. */
async function roomThatAsks() {
  const room = await roomOf(3);
  const [owner, helper, third] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
  await order(room, owner, { kind: "delegate", memberId: helper.id });
  await order(room, owner, { kind: "invite", invite: { ...openInvite, askFirst: true } });
  const own = (await owner.host.ownInvites(ROOM)).at(-1);
  if (!own) throw new Error("no invite");
  return { room, owner, helper, third, ...own };
}

async function knocker(room: TestRoom, link: string, name = "Ada") {
  const host = new GroupRooms();
  const { inviteId } = await host.openLink(ROOM, { link, password: undefined });
  const packet = room.packets.get(toHex(inviteId)) ?? new Uint8Array();
  expect(await host.openPacket(ROOM, packet)).toBeUndefined();
  return { host, sealed: await host.knock(ROOM, { name }) };
}

async function enter(room: TestRoom, host: GroupRooms, selfId: string) {
  const joiner: TestMember = { host, id: selfId, sequence: 0, previous: new Uint8Array(32) };
  const prepared = await host.prepareJoin(ROOM, room.head);
  const results = await deliver(room, joiner, prepared);
  await host.settle(ROOM, true);
  room.members.push(joiner);
  return { joiner, results };
}

describe("an invite that asks first", () => {
  test.each(["owner", "helper"] as const)("lets in whom the %s approves, and says so", async (who) => {
    const asking = await roomThatAsks();
    const { room, owner, third, inviteId, link } = asking;
    const approver = asking[who];
    const { host, sealed } = await knocker(room, link);
    // Everybody may read who asks.
    const knock = await third.host.openKnock(ROOM, { inviteId, sealed });
    expect(knock).toMatchObject({ name: "Ada" });
    const answer = await approver.host.answerKnock(ROOM, { inviteId, sealed, isAdmitted: true });
    const facts = await host.openKnockAnswer(ROOM, answer);
    expect(facts).toMatchObject({ name: "Lantern 42", selfId: knock.memberId });
    const { joiner, results } = await enter(room, host, facts?.selfId ?? "");
    for (const result of results) {
      expect(result).toMatchObject({ change: { joined: joiner.id, invitedBy: owner.id, approvedBy: approver.id } });
    }
    expect((await open(joiner, await seal(third, text("welcome")))).body).toEqual(text("welcome"));
  });

  test("says nothing of the room to somebody who was denied", async () => {
    const { room, owner, inviteId, link } = await roomThatAsks();
    const { host, sealed } = await knocker(room, link);
    const answer = await owner.host.answerKnock(ROOM, { inviteId, sealed, isAdmitted: false });
    expect(answer).toHaveLength(1024);
    expect(await host.openKnockAnswer(ROOM, answer)).toBeUndefined();
    await expect(host.prepareJoin(ROOM, room.head)).rejects.toMatchObject({ code: "not_a_member" });
  });

  test("is answered by nobody without the right to, and for nobody but whoever knocked", async () => {
    const { room, owner, third, inviteId, link } = await roomThatAsks();
    const { host, sealed } = await knocker(room, link);
    const answering = third.host.answerKnock(ROOM, { inviteId, sealed, isAdmitted: true });
    await expect(answering).rejects.toMatchObject({ code: "not_allowed" });
    const answer = await owner.host.answerKnock(ROOM, { inviteId, sealed, isAdmitted: true });
    const { host: other } = await knocker(room, link, "Eve");
    await expect(other.openKnockAnswer(ROOM, answer)).rejects.toMatchObject({ code: "decrypt_failed" });
    const [plain] = await owner.host.ownInvites(ROOM);
    const wrong = owner.host.openKnock(ROOM, { inviteId: plain?.inviteId ?? inviteId, sealed });
    await expect(wrong).rejects.toMatchObject({ code: "no_such_invite" });
    const broken = owner.host.openKnock(ROOM, { inviteId, sealed: sealed.with(100, (sealed[100] ?? 0) ^ 1) });
    await expect(broken).rejects.toMatchObject({ code: "decrypt_failed" });
    expect(await host.openKnockAnswer(ROOM, answer)).toBeDefined();
  });

  test("lets in nobody by the word of a member without powers, of another applicant's, or of a former delegate", async () => {
    const { room, owner, helper, third, inviteId, link } = await roomThatAsks();
    const saved = await savedBy(third);
    const { policy, signedPolicy } = saved.keys;
    const invite = (await stateOf(room, third)).find((entry) => toHex(entry.inviteId) === toHex(inviteId));
    if (!invite) throw new Error("no invite");
    const forgeries = [
      // A member says yes in its own name, and in the owner's.
      async (key: Uint8Array) => {
        const signature = await sign(saved.keys.member.seed, approvalText(policy.groupId, inviteId, key));
        return { approver: saved.keys.member.publicKey, signature };
      },
      async (key: Uint8Array) => {
        const signature = await sign(saved.keys.member.seed, approvalText(policy.groupId, inviteId, key));
        return { approver: policy.ownerKey, signature };
      },
      // The owner's word for somebody else, and for another invite.
      async () => {
        const { member } = (await savedBy(owner)).keys;
        const signature = await sign(member.seed, approvalText(policy.groupId, inviteId, randomBytes(32)));
        return { approver: member.publicKey, signature };
      },
      async (key: Uint8Array) => {
        const { member } = (await savedBy(owner)).keys;
        const signature = await sign(member.seed, approvalText(policy.groupId, randomBytes(16), key));
        return { approver: member.publicKey, signature };
      },
    ];
    for (const forge of forgeries) {
      const { host, sealed } = await knocker(room, link);
      const { signatureKey, replyKey } = await openKnock(invite, sealed);
      const approval = await forge(signatureKey);
      const admission = { outerKey: outerIn(saved).key, policy: signedPolicy, approval };
      const facts = await host.openKnockAnswer(ROOM, await sealKnockAnswer(inviteId, replyKey, admission));
      expect(facts?.selfId).toBe(toHex(memberIdOf(signatureKey)));
      await expect(host.prepareJoin(ROOM, room.head)).rejects.toMatchObject({ code: "commit_refused" });
    }
    const { host, sealed } = await knocker(room, link);
    const answer = await helper.host.answerKnock(ROOM, { inviteId, sealed, isAdmitted: true });
    await host.openKnockAnswer(ROOM, answer);
    await order(room, owner, { kind: "undelegate", memberId: helper.id });
    await expect(host.prepareJoin(ROOM, room.head)).rejects.toMatchObject({ code: "commit_refused" });
  });

  test("does not let anybody in who opened it as if it were open", async () => {
    const { room, inviteId, link } = await roomThatAsks();
    const { host } = await knocker(room, link);
    // A relay that knows an open packet has no packet for this invite: it is sealed under another key.
    const [other] = [...room.packets].filter(([id]) => id !== toHex(inviteId)).map(([, packet]) => packet);
    await expect(host.openPacket(ROOM, other ?? new Uint8Array())).rejects.toMatchObject({ code: "decrypt_failed" });
    await expect(host.prepareJoin(ROOM, room.head)).rejects.toMatchObject({ code: "not_a_member" });
  });

  test("keeps its link through a kick, because its packet holds no key", async () => {
    const { room, owner, third, inviteId, link } = await roomThatAsks();
    await order(room, owner, { kind: "invite", invite: { ...openInvite, askFirst: true, maxUses: 1 } });
    const limited = (await owner.host.ownInvites(ROOM)).at(-1);
    const packet = room.packets.get(toHex(limited?.inviteId ?? new Uint8Array()));
    await kick(room, owner, third);
    expect(room.packets.get(toHex(limited?.inviteId ?? new Uint8Array()))).toBe(packet);
    const { host, sealed } = await knocker(room, limited?.link ?? "");
    const asked = { inviteId: limited?.inviteId ?? inviteId, sealed, isAdmitted: true };
    const facts = await host.openKnockAnswer(ROOM, await owner.host.answerKnock(ROOM, asked));
    await enter(room, host, facts?.selfId ?? "");
    expect(room.packets.has(toHex(inviteId))).toBe(false);
    expect(link).not.toBe(limited?.link);
  });
});

describe("an invite with a password", () => {
  test("is proved to the relay, opened and joined by with the password only", async () => {
    const room = await roomOfOne({ invite: { password: "p\u00e4ss" } });
    const owner = memberAt(room, 0);
    await expect(applicant(room)).rejects.toMatchObject({ code: "not_allowed" });
    const host = new GroupRooms();
    // The same letters as another keyboard writes them.
    const { inviteId } = await host.openLink(ROOM, { link: room.link, password: "pa\u0308ss" });
    const nonce = randomBytes(32);
    const signature = await host.proveInvite(ROOM, { origin: RELAY, nonce });
    const record = (await owner.host.ownerRequests(ROOM, { relay: RELAY, nowMs: 0 })).flatMap((request) =>
      request.name === "invite:put" ? [request.body.invite] : [],
    );
    expect(await verify(record[0]?.authKey ?? nonce, admissionText(RELAY, inviteId, nonce), signature)).toBe(true);
    const facts = await host.openPacket(ROOM, room.packets.get(toHex(inviteId)) ?? new Uint8Array());
    await enter(room, host, facts?.selfId ?? "");
    const mistyped = new GroupRooms();
    await mistyped.openLink(ROOM, { link: room.link, password: "pass" });
    const forged = await mistyped.proveInvite(ROOM, { origin: RELAY, nonce });
    expect(await verify(record[0]?.authKey ?? nonce, admissionText(RELAY, inviteId, nonce), forged)).toBe(false);
    const opening = mistyped.openPacket(ROOM, room.packets.get(toHex(inviteId)) ?? new Uint8Array());
    await expect(opening).rejects.toMatchObject({ code: "decrypt_failed" });
  }, 30_000);

  test("that has none ignores one that was typed", async () => {
    const room = await roomOfOne();
    await join(room, await applicant(room, { password: "not needed" }));
    expect(room.members).toHaveLength(2);
  });
});

/** The invites of the room state that is sealed with the head, as a member reads it. */
async function stateOf(room: TestRoom, member: TestMember) {
  const outer = outerIn(await savedBy(member)).keys;
  return decodeShared(await openEnvelope(outer, "groupinfo", room.head.cid, room.head.groupInfo)).state.invites;
}

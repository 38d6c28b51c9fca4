// What survives a restart, what a relay that forgot is shown, and what a newcomer may have been lied to about.
import { describe, expect, test } from "vitest";
import { toHex } from "../../../codec/bytes.ts";
import { handleText } from "../../../codec/signing.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { sha256 } from "../../../core/crypto/hash.ts";
import { openEnvelope, sealEnvelope } from "../../../core/room/envelope.ts";
import { decodeShared, encodeShared, openRoomState } from "../../../core/room/room-state.ts";
import type { RoomState } from "../../../core/room/room-state.ts";
import { readGroupInfo } from "../../../core/mls/group.ts";
import { signPolicy } from "../../../core/room/policy.ts";
import { groupRoom, outerIn } from "../../../engine/workers/group-room.ts";
import { createEpoch, groupInfo } from "../../../engine/workers/group-session.ts";
import { createRoomKeys } from "../../../engine/workers/room-keys.ts";
import { GroupRooms } from "../../../engine/workers/group-host.ts";
import type { Head } from "../../../wire/events.ts";
import {
  applicant,
  commitAs,
  deliver,
  join,
  kick,
  memberAt,
  NOW_MS,
  open,
  openInvite,
  order,
  RELAY,
  restart,
  ROOM,
  roomOf,
  savedBy,
  seal,
  text,
} from "../../support/group-of.ts";
import type { TestMember, TestRoom } from "../../support/group-of.ts";

describe("a credential", () => {
  test("brings back keys, own invites and the way to requests of the relay", async () => {
    const room = await roomOf(2);
    const owner = memberAt(room, 0);
    await order(room, owner, { kind: "invite", invite: { ...openInvite, askFirst: true, maxUses: 5, lifeS: 77 } });
    const before = await savedBy(owner);
    const [invites, credential] = [await owner.host.ownInvites(ROOM), await owner.host.credential(ROOM)];
    await restart(owner);
    expect(await owner.host.credential(ROOM)).toEqual(credential);
    // Nothing is known of the room's state before the group is entered again.
    await expect(owner.host.ownInvites(ROOM)).rejects.toMatchObject({ code: "not_a_member" });
    await join(room, owner);
    expect(await owner.host.ownInvites(ROOM)).toEqual(invites);
    const after = await savedBy(owner);
    expect([after.keys, after.invites]).toEqual([before.keys, before.invites]);
    const requests = await owner.host.ownerRequests(ROOM, { relay: RELAY, nowMs: NOW_MS });
    expect(requests.map(({ name }) => name)).toEqual(["invite:put", "invite:put"]);
  });

  test("of a newcomer holds the proof it came in by, so that it may come back", async () => {
    const room = await roomOf(2);
    const second = memberAt(room, 1);
    await restart(second);
    expect((await savedBy(second)).keys.proof).toMatchObject({ approval: undefined });
    await join(room, second);
    expect((await open(memberAt(room, 0), await seal(second, text("back")))).body).toEqual(text("back"));
  });

  test("leaves out invites that are gone", async () => {
    const room = await roomOf(1);
    const owner = memberAt(room, 0);
    const [invite] = await owner.host.ownInvites(ROOM);
    await order(room, owner, { kind: "revoke", inviteId: invite?.inviteId ?? new Uint8Array() });
    expect((await savedBy(owner)).invites).toEqual([]);
  });

  test("that is spoilt is refused with an error that says so", async () => {
    const room = await roomOf(1);
    const credential = await memberAt(room, 0).host.credential(ROOM);
    const host = new GroupRooms();
    await expect(host.restore(ROOM, credential.with(0, 1))).rejects.toMatchObject({ code: "unsupported_version" });
    for (let end = 0; end < credential.length; end++) {
      await expect(host.restore(ROOM, credential.slice(0, end))).rejects.toMatchObject({ name: "CoreError" });
    }
    const longer = new Uint8Array(credential.length + 1);
    longer.set(credential);
    await expect(host.restore(ROOM, longer)).rejects.toMatchObject({ code: "malformed" });
    for (let at = 0; at < credential.length; at++) {
      const spoilt = credential.with(at, (credential[at] ?? 0) ^ 0x80);
      const restored = await host.restore(ROOM, spoilt).then(
        (facts) => facts.name,
        (error: unknown) => (error as Error).name,
      );
      // Another seed, key or secret is one that opens nothing; everything else is noticed.
      expect(["Lantern 42", "CoreError"]).toContain(restored);
    }
    await expect(host.restore(ROOM, randomBytes(900).with(0, 2))).rejects.toMatchObject({ code: "malformed" });
  });
});

describe("an offer to a relay that forgot", () => {
  test("names the room by its record, the own seat, and a head that everybody can come back by", async () => {
    const room = await roomOf(4);
    const [owner, victim, second, away] = [0, 1, 2, 3].map((index) => memberAt(room, index));
    if (!owner || !victim || !second || !away) throw new Error("members");
    await restart(away);
    room.members.splice(3, 1);
    await kick(room, owner, victim);
    await commitAs(room, owner, { kind: "update" });
    const offers = await Promise.all([owner, second].map(({ host }) => host.restoreOffer(ROOM)));
    const { handle } = (await savedBy(owner)).keys;
    for (const { record, head } of offers) {
      expect(sha256(handleText(record)).slice(0, 16)).toEqual(handle);
      expect([toHex(head.cid), head.epoch]).toEqual([toHex(room.head.cid), room.head.epoch]);
    }
    expect(new Set(offers.map(({ seat }) => toHex(seat))).size).toBe(2);
    // Whoever was away comes back by the head of somebody who did not make the kick.
    room.head = offers[1]?.head ?? room.head;
    await join(room, away);
    expect((await open(away, await seal(owner, text("still here")))).body).toEqual(text("still here"));
  });
});

/** The head with another state of the room in it, sealed as only a member can. */
async function lie(room: TestRoom, member: TestMember, change: (state: RoomState) => RoomState): Promise<Head> {
  const outer = outerIn(await savedBy(member)).keys;
  const { cid } = room.head;
  const shared = decodeShared(await openEnvelope(outer, "groupinfo", cid, room.head.groupInfo));
  const state = await openRoomState(shared, readGroupInfo(shared.groupInfo).context);
  const bytes = encodeShared(shared.groupInfo, change(state));
  return { ...room.head, groupInfo: await sealEnvelope(outer, "groupinfo", cid, bytes) };
}

describe("a newcomer who is handed a false state", () => {
  const lies: [string, (state: RoomState) => RoomState][] = [
    [
      "an invite with fewer uses",
      (state) => ({ ...state, invites: state.invites.map((one) => ({ ...one, used: 0 })) }),
    ],
    ["nobody read-only", (state) => ({ ...state, seats: state.seats.map((one) => ({ ...one, isReadOnly: false })) })],
    ["another seat", (state) => ({ ...state, seats: state.seats.map((one) => ({ ...one, seat: randomBytes(16) })) })],
    ["another receipt key", (state) => ({ ...state, relayKey: randomBytes(32) })],
    ["another generation", (state) => ({ ...state, generation: state.generation + 1 })],
    ["no lock", (state) => ({ ...state, rules: { ...state.rules, isLocked: false }, signedRules: undefined })],
    ["no delegates", (state) => ({ ...state, delegates: [] })],
    [
      "somebody absent",
      (state) => ({
        ...state,
        absent: [{ memberKey: randomBytes(32), returnKey: randomBytes(32), isReadOnly: false }],
      }),
    ],
  ];

  test.each(lies)("(%s) is refused by everybody, and comes in by the true one", async (what, change) => {
    const room = await roomOf(3);
    const [owner, helper] = [memberAt(room, 0), memberAt(room, 1)];
    await order(room, owner, { kind: "delegate", memberId: helper.id });
    await order(room, owner, { kind: "invite", invite: { ...openInvite, readOnly: true } });
    await join(room, await applicant(room, { link: (await owner.host.ownInvites(ROOM)).at(-1)?.link ?? "" }));
    if (what === "no lock") await order(room, owner, { kind: "rules", isLocked: true });
    const [joiner, truth] = [await applicant(room), room.head];
    const prepared = await joiner.host.prepareJoin(ROOM, await lie(room, helper, change));
    const results = await deliver(room, joiner, prepared);
    expect(results.map(({ kind }) => kind)).toEqual(["refused", "refused", "refused", "refused"]);
    await joiner.host.settle(ROOM, false);
    room.head = truth;
    if (what === "no lock") await order(room, owner, { kind: "rules", isLocked: false });
    await join(room, joiner);
    expect((await open(owner, await seal(joiner, text("hello")))).memberId).toBe(joiner.id);
  });

  test("sees at once what the owners' signatures do not cover", async () => {
    const room = await roomOf(2);
    const [owner, second] = [memberAt(room, 0), memberAt(room, 1)];
    await order(room, owner, { kind: "rules", isLocked: true });
    const joiner = await applicant(room);
    const forged = await lie(room, second, (state) => {
      const rules = { ...state.rules, isLocked: false };
      return { ...state, rules, signedRules: { rules, signature: randomBytes(64) } };
    });
    await expect(joiner.host.prepareJoin(ROOM, forged)).rejects.toMatchObject({ code: "bad_signature" });
  });

  test("is not led into another group that calls itself by the same id", async () => {
    const room = await roomOf(2);
    const saved = await savedBy(memberAt(room, 1));
    const made = await createRoomKeys({ name: "Lantern 42", lifeS: 3600, maxMembers: 200 });
    const policy = { ...made.keys.policy, groupId: saved.keys.policy.groupId };
    const signedPolicy = await signPolicy(policy, made.keys.member.seed);
    const fake = groupRoom(saved.suite, { ...made.keys, policy, signedPolicy }, outerIn(saved));
    await createEpoch(fake, []);
    const head = { ...(await groupInfo(fake)), epoch: 0, rotation: undefined };
    const joiner = await applicant(room);
    await expect(joiner.host.prepareJoin(ROOM, head)).rejects.toMatchObject({ code: "bad_signature" });
  });
});

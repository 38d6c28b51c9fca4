import { describe, expect, test } from "vitest";
import { concat } from "../../../codec/bytes.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { sign } from "../../../core/crypto/signature.ts";
import { contextOf, exportGroupInfo } from "../../../core/mls/group.ts";
import { rulesText } from "../../../core/room/commit-notes.ts";
import { signInvite } from "../../../core/room/invite.ts";
import { signPolicy } from "../../../core/room/policy.ts";
import {
  decodeShared,
  encodeShared,
  isOwnerKey,
  openRoomState,
  stateDigest,
  termsOf,
} from "../../../core/room/room-state.ts";
import { delegateOf, handoverOf, inviteOf } from "../../support/orders.ts";
import { freshKeys, memberAt, mlsRoomOf } from "../../support/mls-room.ts";

const room = await mlsRoomOf(4);
const { group, keys: owner } = memberAt(room, 0);
const groupInfo = await exportGroupInfo(group);
const context = contextOf(group);
const { groupId } = room;
const forged = { name: "CoreError", code: "bad_signature" };

/** The state as it travels, changed on the way. */
function shared(change: Partial<ReturnType<typeof decodeShared>["state"]> = {}) {
  const { state, ...rest } = decodeShared(encodeShared(groupInfo, room.state));
  return { ...rest, state: { ...state, ...change } };
}
const open = (change: Parameters<typeof shared>[0]) => openRoomState(shared(change), context);

describe("the shared state", () => {
  test("comes back as it went in, with everything an owner can have changed", async () => {
    const [next, helper] = [memberAt(room, 1).keys, memberAt(room, 2).keys];
    const rules = { serial: 3, maxMembers: 7, isLocked: true };
    const { terms, signature } = await inviteOf(room, owner);
    const handover = await handoverOf(room, owner, next);
    const state = {
      ...room.state,
      rules,
      signedRules: { rules, signature: await sign(owner.seed, rulesText(groupId, rules)) },
      owner: { memberKey: handover.memberKey, relayKey: handover.relayKey, handovers: [handover] },
      delegates: [await delegateOf(room, next, helper)],
      invites: [...room.state.invites, { ...terms, signature, used: 2 }],
      relayKey: randomBytes(32),
      generation: 4,
      absent: [{ memberKey: randomBytes(32), returnKey: randomBytes(32), isReadOnly: true }],
    };
    const opened = await openRoomState(decodeShared(encodeShared(groupInfo, state)), context);
    expect(opened).toEqual(state);
    expect(stateDigest(opened)).toEqual(stateDigest(state));
  });

  test("cut short anywhere or longer by a byte is malformed", () => {
    const bytes = encodeShared(groupInfo, room.state);
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeShared(bytes.subarray(0, end))).toThrow(expect.objectContaining({ code: "malformed" }));
    }
    const longer = concat(bytes, new Uint8Array(1));
    expect(() => decodeShared(longer)).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test("with an invite that no owner or delegate issued is refused", async () => {
    const stranger = await freshKeys();
    const { terms } = await inviteOf(room, owner);
    const ours = shared().state.invites;
    const selfIssued = await signInvite(groupId, { ...terms, issuer: stranger.publicKey }, stranger.seed);
    const inOwnersName = await signInvite(groupId, terms, stranger.seed);
    const stretched = ours.map((entry) => ({ ...entry, maxUses: 1 }));
    for (const invites of [[...ours, selfIssued], [...ours, inOwnersName], stretched]) {
      await expect(open({ invites })).rejects.toMatchObject(forged);
    }
  });

  test("with rules, a delegate or a handover that the owner did not sign is refused", async () => {
    const [stranger, member] = [await freshKeys(), memberAt(room, 1).keys];
    const rules = { serial: 1, maxMembers: 9, isLocked: false };
    const signature = await sign(stranger.seed, rulesText(groupId, rules));
    await expect(open({ rules: { rules, signature } })).rejects.toMatchObject(forged);
    await expect(open({ delegates: [await delegateOf(room, stranger, member)] })).rejects.toMatchObject(forged);
    await expect(open({ handovers: [await handoverOf(room, stranger, member)] })).rejects.toMatchObject(forged);
    const [first, second] = [await handoverOf(room, owner, member), await handoverOf(room, owner, stranger)];
    // The second would have to be the new owner's word.
    await expect(open({ handovers: [first, second] })).rejects.toMatchObject(forged);
  });

  test("with another policy than the group names is refused", async () => {
    const policy = await signPolicy({ ...room.state.policy, lifeS: 99 }, owner.seed);
    await expect(open({ policy })).rejects.toMatchObject(forged);
  });

  test("has another digest after every change", async () => {
    const [member] = [memberAt(room, 1).keys];
    const { seats, invites } = room.state;
    const changes = [
      {},
      { generation: 1 },
      { relayKey: new Uint8Array(32) },
      { seats: seats.toReversed() },
      { seats: seats.map((seat) => ({ ...seat, isReadOnly: true })) },
      { invites: [] },
      { invites: invites.map((entry) => ({ ...entry, used: entry.used + 1 })) },
      { absent: [{ memberKey: randomBytes(32), returnKey: randomBytes(32), isReadOnly: false }] },
      { delegates: [await delegateOf(room, owner, member)] },
      { owner: { ...room.state.owner, handovers: [await handoverOf(room, owner, member)] } },
    ];
    const digests = changes.map((change) => stateDigest({ ...room.state, ...change }).join());
    expect(new Set(digests).size).toBe(changes.length);
  });

  test("says as plain values who owns the room and what holds in it", () => {
    expect(isOwnerKey(room.state, owner.publicKey)).toBe(true);
    expect(isOwnerKey(room.state, memberAt(room, 1).keys.publicKey)).toBe(false);
    const terms = termsOf(room.state);
    expect(terms).toMatchObject({ delegates: [], readOnly: [], isLocked: false, maxMembers: 200, generation: 0 });
    expect(terms.ownerId).toMatch(/^[0-9a-f]{32}$/);
    expect(terms.invites).toMatchObject([{ used: 3, askFirst: false, issuer: terms.ownerId }]);
  });
});

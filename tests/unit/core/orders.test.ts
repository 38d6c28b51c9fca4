import { describe, expect, test } from "vitest";
import { randomBytes } from "../../../core/crypto/random.ts";
import type { KeyPair } from "../../../core/crypto/signature.ts";
import { membersOf } from "../../../core/mls/group.ts";
import type { Leaf } from "../../../core/mls/group.ts";
import { memberIdOf } from "../../../core/mls/profile.ts";
import type { Order } from "../../../core/room/commit-notes.ts";
import { applyOrders } from "../../../core/room/orders.ts";
import { isModeratorKey, isOwnerKey } from "../../../core/room/room-state.ts";
import type { RoomState } from "../../../core/room/room-state.ts";
import { delegateOf, handoverOf, inviteOf, rulesBy } from "../../support/orders.ts";
import { freshKeys, memberAt, mlsRoomOf } from "../../support/mls-room.ts";

const room = await mlsRoomOf(4);
const [owner, helper, member] = [memberAt(room, 0).keys, memberAt(room, 1).keys, memberAt(room, 2).keys];
const leaves = membersOf(memberAt(room, 0).group);
const refused = { name: "CoreError", code: "commit_refused" };
const delegated = { ...room.state, delegates: [await delegateOf(room, owner, helper)] };

function leafOfKey({ publicKey }: KeyPair): Leaf {
  const leaf = leaves.find(({ memberId }) => memberId.join() === memberIdOf(publicKey).join());
  if (!leaf) throw new Error("no leaf");
  return leaf;
}

const apply = (by: KeyPair, orders: Order[], state: RoomState = delegated) =>
  applyOrders(state, leaves, leafOfKey(by), orders);

const away = (memberKey: Uint8Array) => ({ memberKey, returnKey: randomBytes(32), isReadOnly: false });

const lock = (serial = 1) => rulesBy(room, owner, { serial, maxMembers: 5, isLocked: true });

describe("rules", () => {
  test("of the owner hold, with a serial that only grows", async () => {
    const next = await apply(owner, [await lock()]);
    expect(next.rules).toEqual({ serial: 1, maxMembers: 5, isLocked: true });
    expect(next.signedRules?.rules).toEqual(next.rules);
    await expect(apply(owner, [await lock()], next)).rejects.toMatchObject(refused);
    expect((await apply(owner, [await lock(2)], next)).rules.serial).toBe(2);
  });

  test("of anybody else, of nobody, or beyond what the room was made with are refused", async () => {
    await expect(apply(helper, [await lock()])).rejects.toMatchObject(refused);
    const forged = await rulesBy(room, helper, { serial: 1, maxMembers: 5, isLocked: true });
    await expect(apply(owner, [forged])).rejects.toMatchObject(refused);
    for (const maxMembers of [0, 201]) {
      const order = await rulesBy(room, owner, { serial: 1, maxMembers, isLocked: false });
      await expect(apply(owner, [order])).rejects.toMatchObject(refused);
    }
  });
});

describe("an invite", () => {
  test("is made by owner or delegate in their own name, once", async () => {
    for (const by of [owner, helper]) {
      const order = { kind: "invite", ...(await inviteOf(room, by)) } as const;
      const next = await apply(by, [order]);
      expect(next.invites.at(-1)).toEqual({ ...order.terms, signature: order.signature, used: 0 });
      await expect(apply(by, [order], next)).rejects.toMatchObject(refused);
    }
    const wrong = [
      [member, await inviteOf(room, member)],
      [helper, await inviteOf(room, owner)],
      [owner, { ...(await inviteOf(room, owner)), signature: randomBytes(64) }],
    ] as const;
    for (const [by, order] of wrong) {
      await expect(apply(by, [{ kind: "invite", ...order }])).rejects.toMatchObject(refused);
    }
  });

  test("is one of at most 64", async () => {
    const { terms, signature } = await inviteOf(room, owner);
    const invites = Array.from({ length: 64 }, () => ({ ...terms, signature, used: 0, inviteId: randomBytes(16) }));
    const order = { kind: "invite", ...(await inviteOf(room, owner)) } as const;
    await expect(apply(owner, [order], { ...delegated, invites })).rejects.toMatchObject(refused);
    expect((await apply(owner, [order], { ...delegated, invites: invites.slice(1) })).invites).toHaveLength(64);
  });

  test("is revoked by owner or delegate, and only if it is there", async () => {
    const { inviteId } = room.invite;
    for (const by of [owner, helper]) expect((await apply(by, [{ kind: "revoke", inviteId }])).invites).toEqual([]);
    await expect(apply(member, [{ kind: "revoke", inviteId }])).rejects.toMatchObject(refused);
    await expect(apply(owner, [{ kind: "revoke", inviteId: randomBytes(16) }])).rejects.toMatchObject(refused);
  });
});

describe("a handover", () => {
  test("makes another member the owner; delegates and their invites end", async () => {
    const [own, theirs] = [await inviteOf(room, owner), await inviteOf(room, helper)];
    const invites = [own, theirs].map(({ terms, signature }) => ({ ...terms, signature, used: 0 }));
    const next = await apply(owner, [{ kind: "handover", ...(await handoverOf(room, owner, member)) }], {
      ...delegated,
      invites,
    });
    expect(isOwnerKey(next, member.publicKey)).toBe(true);
    expect(isModeratorKey(next, owner.publicKey)).toBe(false);
    expect(isModeratorKey(next, helper.publicKey)).toBe(false);
    expect(next.invites.map(({ inviteId }) => inviteId)).toEqual([own.terms.inviteId]);
    await expect(apply(owner, [await lock()], next)).rejects.toMatchObject(refused);
    const theirRules = await rulesBy(room, member, { serial: 1, maxMembers: 5, isLocked: true });
    expect((await apply(member, [theirRules], next)).rules.isLocked).toBe(true);
  });

  test("keeps the invites that the new owner issued as a delegate", async () => {
    const { terms, signature } = await inviteOf(room, helper);
    const state = { ...delegated, invites: [{ ...terms, signature, used: 0 }] };
    const next = await apply(owner, [{ kind: "handover", ...(await handoverOf(room, owner, helper)) }], state);
    expect(next.invites).toHaveLength(1);
  });

  test("is the owner's, to a member that talks, with the keys of its leaf", async () => {
    const stranger = await freshKeys();
    const proper = await handoverOf(room, owner, member);
    const isReadOnly = true;
    const quiet = { ...delegated, seats: delegated.seats.map((seat) => ({ ...seat, isReadOnly })) };
    await expect(apply(helper, [{ kind: "handover", ...proper }])).rejects.toMatchObject(refused);
    await expect(apply(owner, [{ kind: "handover", ...proper }], quiet)).rejects.toMatchObject(refused);
    const wrong = [
      await handoverOf(room, owner, stranger),
      await handoverOf(room, owner, owner),
      await handoverOf(room, helper, member),
      await handoverOf(room, owner, member, randomBytes(32)),
    ];
    for (const order of wrong) {
      await expect(apply(owner, [{ kind: "handover", ...order }])).rejects.toMatchObject(refused);
    }
  });
});

describe("a delegate", () => {
  test("is named and dismissed by the owner, and its invites go with it", async () => {
    const { terms, signature } = await inviteOf(room, helper);
    const state = { ...delegated, invites: [...delegated.invites, { ...terms, signature, used: 0 }] };
    const next = await apply(owner, [{ kind: "undelegate", memberKey: helper.publicKey }], state);
    expect(next.delegates).toEqual([]);
    expect(next.invites).toHaveLength(1);
    await expect(apply(owner, [{ kind: "undelegate", memberKey: helper.publicKey }], next)).rejects.toMatchObject(
      refused,
    );
    const again = await apply(owner, [{ kind: "delegate", ...(await delegateOf(room, owner, helper)) }], next);
    expect(isModeratorKey(again, helper.publicKey)).toBe(true);
  });

  test("is named by nobody else, not twice, and not with other keys", async () => {
    const proper = await delegateOf(room, owner, member);
    await expect(apply(helper, [{ kind: "delegate", ...proper }])).rejects.toMatchObject(refused);
    await expect(apply(helper, [{ kind: "undelegate", memberKey: helper.publicKey }])).rejects.toMatchObject(refused);
    const wrong = [
      await delegateOf(room, owner, helper),
      await delegateOf(room, helper, member),
      await delegateOf(room, owner, await freshKeys()),
      { ...proper, token: randomBytes(64) },
      await delegateOf(room, owner, member, randomBytes(32)),
    ];
    for (const order of wrong) {
      await expect(apply(owner, [{ kind: "delegate", ...order }])).rejects.toMatchObject(refused);
    }
  });
});

test("owners and delegates are few enough for the state to be carried", async () => {
  const handover = await handoverOf(room, owner, member);
  const handovers = Array.from({ length: 32 }, () => handover);
  const aged = { ...delegated, owner: { ...delegated.owner, handovers } };
  await expect(apply(owner, [{ kind: "handover", ...handover }], aged)).rejects.toMatchObject(refused);
  const delegate = await delegateOf(room, owner, member);
  const delegates = Array.from({ length: 32 }, () => delegated.delegates[0] ?? delegate);
  const crowded = { ...delegated, delegates };
  await expect(apply(owner, [{ kind: "delegate", ...delegate }], crowded)).rejects.toMatchObject(refused);
});

describe("the relay's key and those who are absent", () => {
  test("are the business of owner and delegates", async () => {
    const key = randomBytes(32);
    const absent = [{ memberKey: randomBytes(32), returnKey: randomBytes(32), isReadOnly: false }];
    const state = { ...delegated, absent };
    const forget: Order = { kind: "forget", memberKey: absent[0]?.memberKey ?? key };
    expect((await apply(helper, [{ kind: "relay", key }], state)).relayKey).toEqual(key);
    expect((await apply(helper, [forget], state)).absent).toEqual([]);
    await expect(apply(member, [{ kind: "relay", key }], state)).rejects.toMatchObject(refused);
    await expect(apply(member, [forget], state)).rejects.toMatchObject(refused);
    await expect(apply(owner, [{ kind: "forget", memberKey: key }], state)).rejects.toMatchObject(refused);
  });

  test("who is away loses powers and invites when forgotten, and is out of a peer's reach, as the owner is", async () => {
    const { terms, signature } = await inviteOf(room, helper);
    const delegates = [...delegated.delegates, await delegateOf(room, owner, member)];
    const absent = [away(helper.publicKey), away(owner.publicKey)];
    const state = { ...delegated, delegates, absent, invites: [{ ...terms, signature, used: 0 }] };
    const forget = { kind: "forget", memberKey: helper.publicKey } as const;
    const next = await apply(owner, [forget], state);
    expect(isModeratorKey(next, helper.publicKey)).toBe(false);
    expect(isModeratorKey(next, member.publicKey)).toBe(true);
    expect(next.invites).toEqual([]);
    await expect(apply(member, [forget], state)).rejects.toMatchObject(refused);
    const first = { kind: "forget", memberKey: owner.publicKey } as const;
    await expect(apply(member, [first], state)).rejects.toMatchObject(refused);
  });
});

test("orders that end in one that may not be change nothing at all", async () => {
  const before = JSON.stringify(delegated);
  const { inviteId } = room.invite;
  const orders: Order[] = [
    { kind: "revoke", inviteId },
    { kind: "revoke", inviteId },
  ];
  await expect(apply(owner, orders)).rejects.toMatchObject(refused);
  expect(JSON.stringify(delegated)).toBe(before);
});

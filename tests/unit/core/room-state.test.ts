import { describe, expect, test } from "vitest";
import { concat } from "../../../codec/bytes.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { sign } from "../../../core/crypto/signature.ts";
import { contextOf, exportGroupInfo, membersOf } from "../../../core/mls/group.ts";
import type { Leaf } from "../../../core/mls/group.ts";
import type { CommitFacts } from "../../../core/mls/inspect.ts";
import { memberIdOf } from "../../../core/mls/profile.ts";
import { leaveText } from "../../../core/room/content.ts";
import { proveInvite, signInvite } from "../../../core/room/invite.ts";
import { signPolicy } from "../../../core/room/policy.ts";
import {
  admitCommit,
  decodeShared,
  encodeShared,
  isOwnerKey,
  openRoomState,
  ownerIdOf,
  seatFor,
} from "../../../core/room/room-state.ts";
import type { RoomState } from "../../../core/room/room-state.ts";
import { freshKeys, memberAt, mlsRoomOf } from "../../support/mls-room.ts";
import type { MlsRoom } from "../../support/mls-room.ts";

const room = await mlsRoomOf(4);
const { group } = memberAt(room, 0);
const groupInfo = await exportGroupInfo(group);
const context = contextOf(group);
const cid = randomBytes(32);
const refused = { name: "CoreError", code: "commit_refused" };

const leaves = (): Leaf[] => membersOf(group);
function leafAt(index: number): Leaf {
  const leaf = leaves()[index];
  if (!leaf) throw new Error("no leaf");
  return leaf;
}

async function joinFacts(of: MlsRoom = room): Promise<Extract<CommitFacts, { kind: "join" }>> {
  const { publicKey } = await freshKeys();
  const proof = proveInvite(of.invite, of.groupId, publicKey);
  return { kind: "join", signatureKey: publicKey, memberId: memberIdOf(publicKey), proof, isRejoin: false };
}

async function statementOf(index: number): Promise<Uint8Array> {
  const { keys } = memberAt(room, index);
  return sign(keys.seed, leaveText(room.groupId, memberIdOf(keys.publicKey)));
}

function removal(by: number, removed: number[], reasons: Uint8Array = new Uint8Array()): CommitFacts {
  return { kind: "member", committer: leafAt(by), removed: removed.map(leafAt), reasons };
}

const admit = (facts: CommitFacts, state: RoomState = room.state) => admitCommit(state, leaves(), facts, cid);

describe("the shared state", () => {
  test("comes back as it went in", async () => {
    const shared = decodeShared(encodeShared(groupInfo, room.state));
    expect(shared.groupInfo).toEqual(groupInfo);
    expect(await openRoomState(shared, context)).toEqual(room.state);
  });

  test("cut short anywhere or longer by a byte is malformed", () => {
    const bytes = encodeShared(groupInfo, room.state);
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeShared(bytes.subarray(0, end))).toThrow(expect.objectContaining({ code: "malformed" }));
    }
    const longer = concat(bytes, new Uint8Array(1));
    expect(() => decodeShared(longer)).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test("with an invite that the owner did not sign is refused", async () => {
    const shared = decodeShared(encodeShared(groupInfo, room.state));
    const forged = await signInvite(room.groupId, { ...room.invite, maxUses: 0, flags: 0 }, randomBytes(32));
    const changed = shared.invites.map((entry) => ({ ...entry, maxUses: 1 }));
    for (const invites of [[...shared.invites, forged], changed]) {
      await expect(openRoomState({ ...shared, invites }, context)).rejects.toMatchObject({ code: "bad_signature" });
    }
  });

  test("with another policy than the group names is refused", async () => {
    const shared = decodeShared(encodeShared(groupInfo, room.state));
    const policy = await signPolicy({ ...room.state.policy, lifeS: 99 }, memberAt(room, 0).keys.seed);
    await expect(openRoomState({ ...shared, policy }, context)).rejects.toMatchObject({ code: "bad_signature" });
  });

  test("knows the owner", () => {
    expect(isOwnerKey(room.state, leafAt(0).signatureKey)).toBe(true);
    expect(isOwnerKey(room.state, leafAt(1).signatureKey)).toBe(false);
    expect(ownerIdOf(room.state)).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("a join", () => {
  test("takes a seat named after its commit and counts as a use", async () => {
    const facts = await joinFacts();
    const next = await admit(facts);
    expect(seatFor(next, facts.memberId)).toEqual(cid.slice(0, 16));
    expect(next.seats).toHaveLength(room.state.seats.length + 1);
    expect(next.invites[0]?.used).toBe((room.state.invites[0]?.used ?? 0) + 1);
    expect(room.state.seats).toHaveLength(4);
  });

  test("depends on nothing but state, members and commit", async () => {
    const facts = await joinFacts();
    expect(await admit(facts)).toEqual(await admit(facts));
  });

  test("needs the proof of a live invite", async () => {
    const facts = await joinFacts();
    await expect(admit({ ...facts, proof: undefined })).rejects.toMatchObject(refused);
    await expect(admit(facts, { ...room.state, invites: [] })).rejects.toMatchObject(refused);
    const other = await joinFacts();
    await expect(admit({ ...facts, proof: other.proof })).rejects.toMatchObject(refused);
  });

  test("by an open invite is counted up to the limit of its field and goes on", async () => {
    const invites = room.state.invites.map((entry) => ({ ...entry, used: 65_535 }));
    const next = await admit(await joinFacts(), { ...room.state, invites });
    expect(next.invites[0]?.used).toBe(65_535);
    expect(() => encodeShared(groupInfo, next)).not.toThrow();
  });

  test("by an invite of two uses is admitted twice and no more, in commit order", async () => {
    const limited = await mlsRoomOf(1, { maxUses: 2 });
    const members = membersOf(memberAt(limited, 0).group);
    const once = await admitCommit(limited.state, members, await joinFacts(limited), cid);
    const twice = await admitCommit(once, members, await joinFacts(limited), cid);
    await expect(admitCommit(twice, members, await joinFacts(limited), cid)).rejects.toMatchObject(refused);
  });

  test("of a member that comes back changes its seat and nothing else", async () => {
    const { memberId, signatureKey } = leafAt(2);
    const facts: CommitFacts = { kind: "join", signatureKey, memberId, proof: undefined, isRejoin: true };
    const next = await admit(facts, { ...room.state, invites: [] });
    expect(next.seats).toHaveLength(4);
    expect(seatFor(next, memberId)).toEqual(cid.slice(0, 16));
  });
});

describe("a member's commit", () => {
  test("that removes nobody changes nothing", async () => {
    expect(await admit(removal(2, []))).toBe(room.state);
    await expect(admit(removal(0, [], new Uint8Array(64)))).rejects.toMatchObject(refused);
  });

  test("of the owner removes anybody, and the seat is gone", async () => {
    const next = await admit(removal(0, [1, 3]));
    expect(next.seats).toHaveLength(2);
    expect(seatFor(next, leafAt(1).memberId)).toBeUndefined();
    expect(seatFor(next, leafAt(2).memberId)).toBeDefined();
  });

  test("of anybody else removes who has said that it leaves, in the order of the leaves", async () => {
    const [one, three] = [await statementOf(1), await statementOf(3)];
    expect((await admit(removal(2, [1], one))).seats).toHaveLength(3);
    expect((await admit(removal(2, [1, 3], concat(one, three)))).seats).toHaveLength(2);
    const wrong = [
      removal(2, [1]),
      removal(2, [1], three),
      removal(2, [1, 3], concat(three, one)),
      removal(2, [1, 3], one),
      removal(2, [1], concat(one, three)),
      removal(2, [1], one.slice(1)),
      removal(2, [1], new Uint8Array(64)),
    ];
    for (const facts of wrong) await expect(admit(facts)).rejects.toMatchObject(refused);
  });

  test("of the owner with statements is held to them", async () => {
    await expect(admit(removal(0, [1], await statementOf(3)))).rejects.toMatchObject(refused);
    await expect(admit(removal(0, [1], new Uint8Array(10)))).rejects.toMatchObject(refused);
    expect((await admit(removal(0, [1], await statementOf(1)))).seats).toHaveLength(3);
  });

  test("removes with a statement for this group only", async () => {
    const { keys } = memberAt(room, 1);
    const elsewhere = await sign(keys.seed, leaveText(randomBytes(16), memberIdOf(keys.publicKey)));
    await expect(admit(removal(2, [1], elsewhere))).rejects.toMatchObject(refused);
  });
});

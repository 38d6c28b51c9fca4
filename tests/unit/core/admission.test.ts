import { beforeEach, describe, expect, test } from "vitest";
import { goneText } from "../../../codec/signing.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { sign } from "../../../core/crypto/signature.ts";
import type { KeyPair } from "../../../core/crypto/signature.ts";
import { membersOf } from "../../../core/mls/group.ts";
import type { Leaf } from "../../../core/mls/group.ts";
import type { CommitFacts } from "../../../core/mls/inspect.ts";
import { memberIdOf } from "../../../core/mls/profile.ts";
import type { LeafProof } from "../../../core/mls/profile.ts";
import { admitCommit } from "../../../core/room/admission.ts";
import { approvalText, encodeNotes } from "../../../core/room/commit-notes.ts";
import type { Reason } from "../../../core/room/commit-notes.ts";
import { leaveText } from "../../../core/room/content.ts";
import { proveInvite } from "../../../core/room/invite.ts";
import { encodeShared, isReadOnly, seatFor, stateDigest } from "../../../core/room/room-state.ts";
import type { RoomState } from "../../../core/room/room-state.ts";
import { delegateOf } from "../../support/orders.ts";
import { freshKeys, leafOf, memberAt, mlsRoomOf } from "../../support/mls-room.ts";
import type { MlsRoom } from "../../support/mls-room.ts";

const room = await mlsRoomOf(4);
const knocking = await mlsRoomOf(1, { flags: 2 });
const reading = await mlsRoomOf(1, { flags: 4 });
const cid = randomBytes(32);
const refused = { name: "CoreError", code: "commit_refused" };
let newcomer: KeyPair;

const leaves = (of: MlsRoom = room): Leaf[] => membersOf(memberAt(of, 0).group);
function leafAt(index: number): Leaf {
  const leaf = leaves()[index];
  if (!leaf) throw new Error("no leaf");
  return leaf;
}

type Join = Extract<CommitFacts, { kind: "join" }>;

function joinBy(keys: KeyPair, proof: LeafProof | undefined, state: RoomState): Join {
  const signatureKey = keys.publicKey;
  const notes = encodeNotes({ base: stateDigest(state), reasons: [], orders: [] });
  const leaf = leafOf(keys, proof);
  return { kind: "join", signatureKey, memberId: memberIdOf(signatureKey), leaf, isRejoin: false, notes };
}

const properJoin = (state: RoomState = room.state, of: MlsRoom = room): Join =>
  joinBy(newcomer, proveInvite(of.invite, of.groupId, newcomer.publicKey), state);

async function left(index: number): Promise<Reason> {
  const { keys } = memberAt(room, index);
  const statement = await sign(keys.seed, leaveText(room.groupId, memberIdOf(keys.publicKey)));
  return { kind: "left", statement };
}

function removal(by: number, removed: number[], reasons?: Reason[], state: RoomState = room.state): CommitFacts {
  const why = reasons ?? removed.map((): Reason => ({ kind: "kick" }));
  const notes = encodeNotes({ base: stateDigest(state), reasons: why, orders: [] });
  return { kind: "member", committer: leafAt(by), removed: removed.map(leafAt), notes };
}

const admit = (facts: CommitFacts, state: RoomState = room.state, of: MlsRoom = room) =>
  admitCommit(state, leaves(of), facts, cid);

beforeEach(async () => {
  newcomer = await freshKeys();
});

describe("a join", () => {
  test("takes a seat named after its commit and counts as a use", async () => {
    const facts = properJoin();
    const next = await admit(facts);
    expect(seatFor(next, facts.memberId)).toEqual(cid.slice(0, 16));
    expect(next.seats).toHaveLength(5);
    expect(next.invites[0]?.used).toBe((room.state.invites[0]?.used ?? 0) + 1);
    expect(room.state.seats).toHaveLength(4);
  });

  test("depends on nothing but state, members and commit", async () => {
    const facts = properJoin();
    expect(await admit(facts)).toEqual(await admit(facts));
  });

  test("that builds on another state of the room is refused", async () => {
    const invites = room.state.invites.map((entry) => ({ ...entry, used: 0 }));
    await expect(admit(properJoin({ ...room.state, invites }))).rejects.toMatchObject(refused);
    const spoilt = { ...properJoin(), notes: new Uint8Array() };
    await expect(admit(spoilt)).rejects.toMatchObject(refused);
  });

  test("needs the proof of a live invite", async () => {
    await expect(admit(joinBy(newcomer, undefined, room.state))).rejects.toMatchObject(refused);
    const empty = { ...room.state, invites: [] };
    await expect(admit(properJoin(empty), empty)).rejects.toMatchObject(refused);
    const other = await freshKeys();
    const stolen = joinBy(newcomer, proveInvite(room.invite, room.groupId, other.publicKey), room.state);
    await expect(admit(stolen)).rejects.toMatchObject(refused);
  });

  test("into a locked room is refused, and coming back is not", async () => {
    const locked = { ...room.state, rules: { ...room.state.rules, isLocked: true } };
    await expect(admit(properJoin(locked), locked)).rejects.toMatchObject(refused);
    const back = joinBy(memberAt(room, 2).keys, undefined, locked);
    expect((await admit({ ...back, isRejoin: true }, locked)).seats).toHaveLength(4);
  });

  test("into a room that is full by its rules is refused", async () => {
    const full = { ...room.state, rules: { ...room.state.rules, maxMembers: 4 } };
    await expect(admit(properJoin(full), full)).rejects.toMatchObject(refused);
  });

  test("by an open invite is counted up to the limit of its field and goes on", async () => {
    const invites = room.state.invites.map((entry) => ({ ...entry, used: 65_535 }));
    const state = { ...room.state, invites };
    const next = await admit(properJoin(state), state);
    expect(next.invites[0]?.used).toBe(65_535);
    expect(() => encodeShared(new Uint8Array(), next)).not.toThrow();
  });

  test("by an invite of two uses is admitted twice and no more, in commit order", async () => {
    const limited = await mlsRoomOf(1, { maxUses: 2 });
    const once = await admit(properJoin(limited.state, limited), limited.state, limited);
    newcomer = await freshKeys();
    const twice = await admit(properJoin(once, limited), once, limited);
    expect(twice.invites).toEqual([]);
    newcomer = await freshKeys();
    await expect(admit(properJoin(twice, limited), twice, limited)).rejects.toMatchObject(refused);
  });

  test("by a read-only invite may read only", async () => {
    const facts = properJoin(reading.state, reading);
    expect(isReadOnly(await admit(facts, reading.state, reading), facts.memberId)).toBe(true);
  });

  test("by an invite that asks first needs the word of owner or delegate for this key and this invite", async () => {
    const { keys: owner } = memberAt(knocking, 0);
    const { groupId, invite, state } = knocking;
    const stranger = await freshKeys();
    const other = await freshKeys();
    const approved = async (by: KeyPair, id = invite.inviteId, key = newcomer.publicKey) => {
      const approval = { approver: by.publicKey, signature: await sign(by.seed, approvalText(groupId, id, key)) };
      return joinBy(newcomer, proveInvite(invite, groupId, newcomer.publicKey, approval), state);
    };
    const wrong = [
      properJoin(state, knocking),
      await approved(stranger),
      await approved(owner, randomBytes(16)),
      await approved(owner, invite.inviteId, other.publicKey),
    ];
    for (const facts of wrong) await expect(admit(facts, state, knocking)).rejects.toMatchObject(refused);
    expect((await admit(await approved(owner), state, knocking)).seats).toHaveLength(2);
  });

  test("of a member that comes back changes its seat and nothing else", async () => {
    const { keys } = memberAt(room, 2);
    const state = { ...room.state, invites: [] };
    const facts = { ...joinBy(keys, undefined, state), isRejoin: true };
    const next = await admit(facts, state);
    expect(next.seats).toHaveLength(4);
    expect(seatFor(next, facts.memberId)).toEqual(cid.slice(0, 16));
  });
});

describe("a member's commit", () => {
  test("that removes nobody changes nothing", async () => {
    expect(await admit(removal(2, []))).toBe(room.state);
    await expect(admit(removal(0, [], [{ kind: "kick" }]))).rejects.toMatchObject(refused);
  });

  test("of the owner removes anybody, and a new generation of the outer key begins", async () => {
    const next = await admit(removal(0, [1, 3]));
    expect(next.seats).toHaveLength(2);
    expect(seatFor(next, leafAt(1).memberId)).toBeUndefined();
    expect(seatFor(next, leafAt(2).memberId)).toBeDefined();
    expect(next.generation).toBe(1);
    expect(next.absent).toEqual([]);
  });

  test("of a delegate removes members, but neither the owner nor another delegate", async () => {
    const [owner, one, two] = [memberAt(room, 0).keys, memberAt(room, 1).keys, memberAt(room, 2).keys];
    const delegates = [await delegateOf(room, owner, one), await delegateOf(room, owner, two)];
    const state = { ...room.state, delegates };
    expect((await admit(removal(1, [3], undefined, state), state)).seats).toHaveLength(3);
    for (const target of [0, 2]) {
      await expect(admit(removal(1, [target], undefined, state), state)).rejects.toMatchObject(refused);
    }
    const next = await admit(removal(0, [1], undefined, state), state);
    expect(next.delegates).toEqual(delegates.slice(1));
  });

  test("of anybody else removes who has said that it leaves, in the order of the leaves", async () => {
    const [one, three] = [await left(1), await left(3)];
    expect((await admit(removal(2, [1], [one]))).seats).toHaveLength(3);
    const both = await admit(removal(2, [1, 3], [one, three]));
    expect(both.seats).toHaveLength(2);
    expect(both.generation).toBe(0);
    const wrong: [number[], Reason[]][] = [
      [[1], [{ kind: "kick" }]],
      [[1], []],
      [[1], [three]],
      [
        [1, 3],
        [three, one],
      ],
      [[1, 3], [one]],
      [[1], [one, three]],
      [[1], [{ kind: "left", statement: new Uint8Array(64) }]],
    ];
    for (const [removed, reasons] of wrong) {
      await expect(admit(removal(2, removed, reasons))).rejects.toMatchObject(refused);
    }
  });

  test("removes with a statement for this group only", async () => {
    const { keys } = memberAt(room, 1);
    const statement = await sign(keys.seed, leaveText(randomBytes(16), memberIdOf(keys.publicKey)));
    await expect(admit(removal(2, [1], [{ kind: "left", statement }]))).rejects.toMatchObject(refused);
  });
});

async function receipt(relay: KeyPair, handle: Uint8Array, seat: Uint8Array): Promise<Reason> {
  return { kind: "gone", receipt: await sign(relay.seed, goneText(handle, seat)) };
}

describe("the relay's receipt that a seat is silent", () => {
  const seatOf = (index: number) => seatFor(room.state, leafAt(index).memberId) ?? new Uint8Array(16);
  const named = { ...room.state, seats: room.state.seats.map((seat) => ({ ...seat, seat: randomBytes(16) })) };
  const seatIn = (index: number) => seatFor(named, leafAt(index).memberId) ?? seatOf(index);

  test("lets anybody take the member out, which may come back under its key, read-only as it was", async () => {
    const relay = await freshKeys();
    const seats = named.seats.map((seat) => ({ ...seat, isReadOnly: true }));
    const state = { ...named, seats, relayKey: relay.publicKey };
    const gone = await receipt(relay, state.handle, seatIn(3));
    const next = await admit(removal(2, [3], [gone], state), state);
    expect(next.seats).toHaveLength(3);
    expect(next.generation).toBe(0);
    const { keys } = memberAt(room, 3);
    expect(next.absent).toEqual([{ memberKey: keys.publicKey, returnKey: leafAt(3).data.returnKey, isReadOnly: true }]);
    const remaining = leaves().slice(0, 3);
    const back = await admitCommit(next, remaining, joinBy(keys, undefined, next), cid);
    expect(back.absent).toEqual([]);
    expect(isReadOnly(back, memberIdOf(keys.publicKey))).toBe(true);
    const other = { ...joinBy(keys, undefined, next), leaf: { ...leafOf(keys), returnKey: randomBytes(32) } };
    await expect(admitCommit(next, remaining, other, cid)).rejects.toMatchObject(refused);
    const full = { ...next, rules: { ...next.rules, maxMembers: 3 } };
    await expect(admitCommit(full, remaining, joinBy(keys, undefined, full), cid)).rejects.toMatchObject(refused);
  });

  test("is held to the room's relay, the room and the seat", async () => {
    const [relay, other] = [await freshKeys(), await freshKeys()];
    const state = { ...named, relayKey: relay.publicKey };
    const wrong = [
      await receipt(other, state.handle, seatIn(3)),
      await receipt(relay, randomBytes(16), seatIn(3)),
      await receipt(relay, state.handle, seatIn(1)),
    ];
    for (const reason of wrong) {
      await expect(admit(removal(2, [3], [reason], state), state)).rejects.toMatchObject(refused);
    }
    const unnamed = { ...state, relayKey: undefined };
    const good = await receipt(relay, state.handle, seatIn(3));
    await expect(admit(removal(2, [3], [good], unnamed), unnamed)).rejects.toMatchObject(refused);
  });
});

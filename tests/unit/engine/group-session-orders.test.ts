// What owner and delegates order, from the worker's side: who may, what everybody then knows, and what the relay is asked.
import { describe, expect, test } from "vitest";
import { toHex } from "../../../codec/bytes.ts";
import { encode } from "../../../codec/codec.ts";
import type { Codec } from "../../../codec/codec.ts";
import { delegationText, ownerText } from "../../../codec/signing.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { verify } from "../../../core/crypto/signature.ts";
import type { OwnerRequest } from "../../../engine/workers/group-contract.ts";
import { ownerBodies } from "../../../wire/events.ts";
import {
  applicant,
  commitAs,
  deliver,
  join,
  kick,
  memberAt,
  NOW_MS,
  openInvite,
  order,
  prepare,
  RELAY,
  relayKeyFor,
  restart,
  ROOM,
  roomOf,
  savedBy,
  silence,
} from "../../support/group-of.ts";
import type { TestMember, TestRoom } from "../../support/group-of.ts";

const notAllowed = { code: "not_allowed" };

async function termsOf(member: TestMember) {
  const update = await prepare(member, { kind: "update" });
  const change = update && (await member.host.settle(ROOM, false));
  expect(change).toBeUndefined();
  const before = await member.host.rollBack(ROOM, {
    cid: new Uint8Array(32),
    head: { cid: update?.baseCid ?? new Uint8Array(), epoch: 0, groupInfo: new Uint8Array(), rotation: undefined },
  });
  if (before.kind !== "restored") throw new Error("no standing");
  return before.standing.terms;
}

async function sameTerms(room: TestRoom) {
  const [first, ...others] = await Promise.all(room.members.map(termsOf));
  for (const other of others) expect(other).toEqual(first);
  if (!first) throw new Error("nobody");
  return first;
}

/** What the relay checks about a request. */
async function isProven(member: TestMember, ownerKey: Uint8Array, request: OwnerRequest, counter = 5) {
  const { keys } = await savedBy(member);
  const proof = await member.host.proveOwner(ROOM, { counter, request });
  const argument = encode(ownerBodies[request.name] as Codec<object>, request.body);
  const { delegation } = proof;
  if (
    delegation &&
    !(await verify(ownerKey, delegationText(keys.handle, delegation.key, delegation.issued), delegation.token))
  )
    return false;
  const key = delegation?.key ?? ownerKey;
  return verify(key, ownerText(keys.handle, proof.counter, request.name, argument), proof.signature);
}

const keyOf = async (member: TestMember) => (await savedBy(member)).keys.relayKey.publicKey;

describe("the owner", () => {
  test("locks the room and opens it again; nobody else does", async () => {
    const room = await roomOf(2);
    const [owner, second] = [memberAt(room, 0), memberAt(room, 1)];
    const late = await applicant(room);
    const lock = { kind: "orders", orders: [{ kind: "rules", isLocked: true }] } as const;
    await expect(prepare(second, lock)).rejects.toMatchObject(notAllowed);
    const prepared = await prepare(owner, lock);
    if (!prepared) throw new Error("no lock");
    expect(prepared.requests).toEqual([{ name: "room:lock", body: { isLocked: true } }]);
    await deliver(room, owner, prepared);
    expect(await owner.host.settle(ROOM, true)).toMatchObject({
      orders: [{ kind: "rules", isLocked: true, maxMembers: 200 }],
    });
    expect(await sameTerms(room)).toMatchObject({ isLocked: true });
    await expect(late.host.prepareJoin(ROOM, room.head)).rejects.toMatchObject({ code: "commit_refused" });
    // Whoever is in may still come back.
    await restart(second);
    await join(room, second);
    await order(room, owner, { kind: "rules", isLocked: false });
    await join(room, late);
  });

  test("lowers how many fit, within what the room was made for", async () => {
    const room = await roomOf(2);
    const owner = memberAt(room, 0);
    await order(room, owner, { kind: "rules", maxMembers: 3 });
    await join(room);
    const late = await applicant(room);
    await expect(late.host.prepareJoin(ROOM, room.head)).rejects.toMatchObject({ code: "commit_refused" });
    for (const maxMembers of [0, 201]) {
      const more = prepare(owner, { kind: "orders", orders: [{ kind: "rules", maxMembers }] });
      await expect(more).rejects.toMatchObject(notAllowed);
    }
  });

  test("names a delegate, whose requests the relay then takes, and takes it back", async () => {
    const room = await roomOf(3);
    const [owner, helper, third] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
    const ownerKey = await keyOf(owner);
    const evict: OwnerRequest = { name: "seat:evict", body: { seat: randomBytes(16) } };
    await expect(helper.host.proveOwner(ROOM, { counter: 1, request: evict })).rejects.toMatchObject(notAllowed);
    await order(room, owner, { kind: "delegate", memberId: helper.id });
    expect((await sameTerms(room)).delegates).toEqual([helper.id]);
    expect(await isProven(helper, ownerKey, evict)).toBe(true);
    expect(await isProven(owner, ownerKey, evict)).toBe(true);
    await order(room, helper, { kind: "invite", invite: openInvite });
    const prepared = await prepare(owner, { kind: "orders", orders: [{ kind: "undelegate", memberId: helper.id }] });
    const key = await keyOf(helper);
    // What it has issued ends with its powers.
    const [issued] = await helper.host.ownInvites(ROOM);
    expect(prepared?.requests).toEqual([
      { name: "invite:revoke", body: { inviteId: issued?.inviteId } },
      { name: "owner:undelegate", body: { key } },
    ]);
    await order(room, owner, { kind: "undelegate", memberId: helper.id });
    expect((await sameTerms(room)).delegates).toEqual([]);
    await expect(helper.host.proveOwner(ROOM, { counter: 1, request: evict })).rejects.toMatchObject(notAllowed);
    const purpose = { kind: "kick", memberIds: [third.id], keepInvites: true } as const;
    await expect(prepare(helper, purpose)).rejects.toMatchObject(notAllowed);
  });

  test("hands the room over, and the proof for the relay can be shown again", async () => {
    const room = await roomOf(4);
    const [owner, next, helper, third] = [0, 1, 2, 3].map((index) => memberAt(room, index));
    if (!owner || !next || !helper || !third) throw new Error("members");
    await order(room, owner, { kind: "delegate", memberId: helper.id });
    const [first, key] = [await keyOf(owner), await keyOf(next)];
    const purpose = { kind: "orders", orders: [{ kind: "handover", memberId: next.id }] } as const;
    await expect(prepare(next, purpose)).rejects.toMatchObject(notAllowed);
    const prepared = await prepare(owner, purpose);
    if (!prepared) throw new Error("no handover");
    expect(prepared.requests).toEqual([{ name: "owner:handover", body: { key } }]);
    await deliver(room, owner, prepared);
    await owner.host.settle(ROOM, true);
    expect(await sameTerms(room)).toMatchObject({ ownerId: next.id, delegates: [] });
    const handover: OwnerRequest = { name: "owner:handover", body: { key } };
    for (const member of [owner, next]) expect(await isProven(member, first, handover)).toBe(true);
    await expect(prepare(owner, { kind: "orders", orders: [{ kind: "rules", isLocked: true }] })).rejects.toMatchObject(
      notAllowed,
    );
    await order(room, next, { kind: "rules", isLocked: true });
    // A relay that forgot is told the handover before anything that only the new owner may ask.
    const requests = await next.host.ownerRequests(ROOM, { relay: RELAY, nowMs: NOW_MS });
    expect(requests).toEqual([handover, { name: "room:lock", body: { isLocked: true } }]);
    expect(await isProven(next, key, { name: "room:lock", body: { isLocked: true } })).toBe(true);
    expect(await owner.host.ownerRequests(ROOM, { relay: RELAY, nowMs: NOW_MS })).toEqual([]);
    // What it issued while it could ends with its kick, whoever is asked to keep invites.
    expect((await sameTerms(room)).invites).toHaveLength(1);
    await kick(room, next, owner, true);
    expect((await sameTerms(room)).invites).toEqual([]);
    const wrong: OwnerRequest = { name: "owner:handover", body: { key: randomBytes(32) } };
    await expect(next.host.proveOwner(ROOM, { counter: 1, request: wrong })).rejects.toMatchObject(notAllowed);
  });

  test("proves the end of the room; a delegate, a former owner or another counter does not", async () => {
    const room = await roomOf(3);
    const [owner, helper] = [memberAt(room, 0), memberAt(room, 1)];
    await order(room, owner, { kind: "delegate", memberId: helper.id });
    const request: OwnerRequest = { name: "room:end", body: {} };
    const [proof, forged] = [
      await owner.host.proveOwner(ROOM, { counter: 7, request }),
      await helper.host.proveOwner(ROOM, { counter: 7, request }),
    ];
    for (const member of room.members) {
      expect(await member.host.isEndProven(ROOM, proof)).toBe(true);
      expect(await member.host.isEndProven(ROOM, forged)).toBe(false);
      expect(await member.host.isEndProven(ROOM, { ...forged, delegation: undefined })).toBe(false);
      expect(await member.host.isEndProven(ROOM, { ...proof, counter: 8 })).toBe(false);
      expect(await member.host.isEndProven(ROOM, { ...proof, delegation: forged.delegation })).toBe(false);
    }
    await order(room, owner, { kind: "handover", memberId: helper.id });
    expect(await helper.host.isEndProven(ROOM, proof)).toBe(false);
    expect(await helper.host.isEndProven(ROOM, await helper.host.proveOwner(ROOM, { counter: 7, request }))).toBe(true);
  });
});

describe("a delegate", () => {
  test("kicks, and its commit ends every open invite, but not the owner or another delegate", async () => {
    const room = await roomOf(5);
    const [owner, helper, other, victim] = [0, 1, 2, 3].map((index) => memberAt(room, index));
    if (!owner || !helper || !other || !victim) throw new Error("members");
    await order(room, owner, { kind: "delegate", memberId: helper.id }, { kind: "delegate", memberId: other.id });
    for (const member of [owner, other, helper]) {
      const purpose = { kind: "kick", memberIds: [member.id], keepInvites: true } as const;
      await expect(prepare(helper, purpose)).rejects.toMatchObject(notAllowed);
    }
    const results = await kick(room, helper, victim);
    expect(results.filter(({ kind }) => kind === "applied")).toHaveLength(3);
    const { invites, generation } = await sameTerms(room);
    expect([invites, generation]).toEqual([[], 1]);
    expect(await owner.host.ownInvites(ROOM)).toEqual([]);
  });

  test("that is away and kicked has neither powers nor invites any more", async () => {
    const room = await roomOf(4);
    const [owner, helper, other] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
    const relay = await relayKeyFor(room, owner);
    await order(room, owner, { kind: "delegate", memberId: helper.id }, { kind: "delegate", memberId: other.id });
    await order(room, helper, { kind: "invite", invite: { ...openInvite, maxUses: 4 } });
    await silence(room, relay, helper);
    room.members.splice(1, 1);
    await commitAs(room, owner, { kind: "clear" });
    // Whoever is silent keeps both.
    expect(await sameTerms(room)).toMatchObject({ delegates: [helper.id, other.id], invites: [{}, {}] });
    const purpose = { kind: "kick", memberIds: [helper.id], keepInvites: true } as const;
    await expect(prepare(other, purpose)).rejects.toMatchObject(notAllowed);
    const prepared = await prepare(owner, purpose);
    expect(prepared?.requests.map(({ name }) => name)).toEqual(["invite:revoke", "invite:put", "owner:undelegate"]);
    await commitAs(room, owner, purpose);
    expect(await sameTerms(room)).toMatchObject({ delegates: [other.id], invites: [{ issuer: owner.id }] });
  });

  test("makes and revokes invites; the newcomer's entry says who", async () => {
    const room = await roomOf(3);
    const [owner, helper] = [memberAt(room, 0), memberAt(room, 1)];
    await order(room, owner, { kind: "delegate", memberId: helper.id });
    await order(room, helper, { kind: "invite", invite: { ...openInvite, maxUses: 1 } });
    const [made] = await helper.host.ownInvites(ROOM);
    const joiner = await applicant(room, { link: made?.link ?? "" });
    const prepared = await joiner.host.prepareJoin(ROOM, room.head);
    const results = await deliver(room, joiner, prepared);
    for (const result of results) {
      expect(result).toMatchObject({ change: { invitedBy: helper.id, approvedBy: undefined, joined: joiner.id } });
    }
    await joiner.host.settle(ROOM, true);
    room.members.push(joiner);
    // Used up is gone.
    expect(await helper.host.ownInvites(ROOM)).toEqual([]);
    const [owned] = await owner.host.ownInvites(ROOM);
    await order(room, helper, { kind: "revoke", inviteId: owned?.inviteId ?? new Uint8Array() });
    expect((await sameTerms(room)).invites).toEqual([]);
    expect(room.packets.size).toBe(1);
  });

  test("tells a relay that forgot its own invites only, with what is left of them", async () => {
    const room = await roomOf(2);
    const [owner, helper] = [memberAt(room, 0), memberAt(room, 1)];
    await order(room, owner, { kind: "delegate", memberId: helper.id });
    await order(room, helper, { kind: "invite", invite: { ...openInvite, maxUses: 3, lifeS: 100 } });
    const [made] = await helper.host.ownInvites(ROOM);
    await join(room, await applicant(room, { link: made?.link ?? "" }));
    const told = await helper.host.ownerRequests(ROOM, { relay: RELAY, nowMs: NOW_MS + 40_000 });
    expect(told).toMatchObject([
      { name: "invite:put", body: { invite: { inviteId: made?.inviteId, uses: 2, lifeS: 60, flags: 0 } } },
    ]);
    expect(await helper.host.ownerRequests(ROOM, { relay: RELAY, nowMs: NOW_MS + 100_000 })).toEqual([]);
    expect(await memberAt(room, 2).host.ownerRequests(ROOM, { relay: RELAY, nowMs: NOW_MS })).toEqual([]);
  });
});

describe("orders that cannot be", () => {
  test("are not even prepared", async () => {
    const room = await roomOf(3);
    const [owner, second] = [memberAt(room, 0), memberAt(room, 1)];
    const nobody = toHex(randomBytes(16));
    for (const kind of ["handover", "delegate", "undelegate"] as const) {
      const purpose = { kind: "orders", orders: [{ kind, memberId: nobody }] } as const;
      await expect(prepare(owner, purpose)).rejects.toMatchObject(notAllowed);
    }
    const self = { kind: "orders", orders: [{ kind: "delegate", memberId: owner.id }] } as const;
    await expect(prepare(owner, self)).rejects.toMatchObject({ code: "commit_refused" });
    const unknown = { kind: "orders", orders: [{ kind: "revoke", inviteId: randomBytes(16) }] } as const;
    await expect(prepare(owner, unknown)).rejects.toMatchObject({ code: "commit_refused" });
    const invite = { kind: "orders", orders: [{ kind: "invite", invite: openInvite }] } as const;
    await expect(prepare(second, invite)).rejects.toMatchObject(notAllowed);
    expect(await prepare(owner, { kind: "kick", memberIds: [nobody], keepInvites: false })).toBeUndefined();
  });

  test("the relay's key is ordered once", async () => {
    const room = await roomOf(2);
    const owner = memberAt(room, 0);
    const key = randomBytes(32);
    await order(room, owner, { kind: "relay", key });
    expect((await sameTerms(room)).relayKey).toEqual(key);
    expect(await prepare(owner, { kind: "orders", orders: [{ kind: "relay", key }] })).toBeUndefined();
    await commitAs(room, memberAt(room, 1), { kind: "update" });
  });
});

// Leaves that nobody answers for any more, and what people compare to be sure of each other.
import { describe, expect, test } from "vitest";
import { toHex } from "../../../codec/bytes.ts";
import { goneText } from "../../../codec/signing.ts";
import { sign } from "../../../core/crypto/signature.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import type { ContentBody } from "../../../core/room/content.ts";
import {
  commitAs,
  join,
  memberAt,
  open,
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
import type { TestMember } from "../../support/group-of.ts";

const goodbye: ContentBody = { kind: "leave", statement: new Uint8Array(64) };

describe("silence", () => {
  test("by the relay's word clears a leaf together with those that left; the member comes back without an invite", async () => {
    const room = await roomOf(5);
    const [owner, away, leaver, third] = [0, 1, 2, 3].map((index) => memberAt(room, index));
    if (!owner || !away || !leaver || !third) throw new Error("members");
    const relay = await relayKeyFor(room, owner);
    await silence(room, relay, away);
    const left = await seal(leaver, goodbye);
    for (const member of room.members) if (member !== leaver) await open(member, left);
    room.members.splice(1, 2);
    const results = await commitAs(room, third, { kind: "clear" });
    for (const result of results) {
      if (result.kind !== "applied") throw new Error("not applied");
      expect(result.change.removed.toSorted((a, b) => a.reason.localeCompare(b.reason))).toEqual([
        { id: away.id, reason: "gone" },
        { id: leaver.id, reason: "left" },
      ]);
      expect(result.change.standing).toMatchObject({ leaving: [], terms: { generation: 0 } });
    }
    for (const { inviteId } of await owner.host.ownInvites(ROOM))
      await order(room, owner, { kind: "revoke", inviteId });
    await restart(away);
    await join(room, away);
    expect((await open(owner, await seal(away, text("back")))).body).toEqual(text("back"));
    await expect(leaver.host.prepareJoin(ROOM, room.head)).rejects.toMatchObject({ code: "commit_refused" });
  });

  test("is not believed without the relay's key, of a seat that is not there, or of oneself", async () => {
    const room = await roomOf(3);
    const [owner, away, third] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
    const { seat } = await away.host.restoreOffer(ROOM);
    const { handle } = (await savedBy(owner)).keys;
    const receipt = await sign(randomBytes(32), goneText(handle, seat));
    expect(await third.host.noteSilent(ROOM, { seat, receipt })).toBe(false);
    const relay = await relayKeyFor(room, owner);
    const word = (about: Uint8Array) => sign(relay.seed, goneText(handle, about));
    expect(await third.host.noteSilent(ROOM, { seat, receipt })).toBe(false);
    const nowhere = randomBytes(16);
    expect(await third.host.noteSilent(ROOM, { seat: nowhere, receipt: await word(nowhere) })).toBe(false);
    const own = (await third.host.restoreOffer(ROOM)).seat;
    expect(await third.host.noteSilent(ROOM, { seat: own, receipt: await word(own) })).toBe(false);
    expect(await prepare(third, { kind: "clear" })).toBeUndefined();
    // The seat is renamed when its holder comes back: the old word is worth nothing then.
    await restart(away);
    await join(room, away);
    expect(await third.host.noteSilent(ROOM, { seat, receipt: await word(seat) })).toBe(false);
  });

  test("and leaving are still known when the commit that cleared them is undone", async () => {
    const room = await roomOf(4);
    const [owner, away, leaver, third] = [0, 1, 2, 3].map((index) => memberAt(room, index));
    if (!owner || !away || !leaver || !third) throw new Error("members");
    await silence(room, await relayKeyFor(room, owner), away);
    const left = await seal(leaver, goodbye);
    for (const member of [owner, third]) await open(member, left);
    room.members.splice(1, 2);
    const before = room.head;
    await commitAs(room, third, { kind: "clear" });
    const undone = { cid: room.head.cid, head: before };
    for (const { host } of [owner, third]) {
      const restored = await host.rollBack(ROOM, undone);
      expect(restored).toMatchObject({ standing: { leaving: [leaver.id, away.id] } });
    }
    room.head = before;
    const [result] = await commitAs(room, owner, { kind: "clear" });
    expect(result).toMatchObject({ kind: "applied", change: { removed: [{}, {}] } });
  });

  test("ends when the member comes back or says something, before it is taken out", async () => {
    const room = await roomOf(3);
    const [owner, away, third] = [memberAt(room, 0), memberAt(room, 1), memberAt(room, 2)];
    const relay = await relayKeyFor(room, owner);
    await silence(room, relay, away);
    await open(third, await seal(away, { kind: "typing", isTyping: true }, { kind: "signal" }));
    expect(await prepare(third, { kind: "clear" })).toBeUndefined();
    expect(await prepare(owner, { kind: "clear" })).toBeDefined();
    await restart(away);
    await join(room, away);
    expect(await prepare(owner, { kind: "clear" })).toBeUndefined();
  });
});

describe("what people compare", () => {
  test("is equal for all, changes with the epoch, and names each member for good", async () => {
    const room = await roomOf(3);
    const [owner, second] = [memberAt(room, 0), memberAt(room, 1)];
    const codes = await Promise.all(room.members.map(({ host }) => host.roomCode(ROOM)));
    expect(codes[0]).toHaveLength(8);
    expect(new Set(codes.map(String)).size).toBe(1);
    const print = await owner.host.fingerprint(ROOM, second.id);
    expect(print).toMatch(/^\d{30}$/);
    await commitAs(room, owner, { kind: "update" });
    expect(await owner.host.roomCode(ROOM)).not.toEqual(codes[0]);
    expect(await memberAt(room, 2).host.fingerprint(ROOM, second.id)).toBe(print);
    const unknown = owner.host.fingerprint(ROOM, toHex(randomBytes(16)));
    await expect(unknown).rejects.toMatchObject({ code: "not_a_member" });
  });

  test("the short code is one for all who committed, and void in another epoch", async () => {
    const room = await roomOf(2);
    const [owner, second] = [memberAt(room, 0), memberAt(room, 1)];
    const shares = room.members.map(({ id }) => ({ memberId: id, nonce: randomBytes(32) }));
    const commitAll = async (member: TestMember) =>
      Promise.all(shares.map((share) => member.host.commitSas(ROOM, share)));
    expect(await commitAll(owner)).toEqual(await commitAll(second));
    const nonces = shares.map(({ nonce }) => nonce);
    const code = await owner.host.sas(ROOM, nonces);
    expect(code).toHaveLength(7);
    expect(await second.host.sas(ROOM, nonces.toReversed())).toEqual(code);
    // Once only: the nonces are known now.
    await expect(owner.host.sas(ROOM, nonces)).rejects.toMatchObject({ code: "malformed" });
    await commitAll(owner);
    await commitAs(room, second, { kind: "update" });
    await expect(owner.host.sas(ROOM, nonces)).rejects.toMatchObject({ code: "bad_signature" });
  });
});

// A hostile relay at the door: it lets in whom nobody let in, keeps open what was closed, and invents guests (SECURITY.md B6,
// B11 to B14, D6, D7).
import { expect, test, vi } from "vitest";
import { randomBytes } from "../../core/crypto/random.ts";
import { ownerBodies } from "../../wire/events.ts";
import type { OwnerRequestName } from "../../wire/events.ts";
import { decode } from "../../codec/codec.ts";
import { answered } from "../support/evil-relay.ts";
import { inventFor, Spoiler } from "../support/spoil.ts";
import { agree, talk, textsOf, useAttacks, whole } from "./attack-setting.ts";
import type { Attack, Person } from "./attack-setting.ts";
import { counts } from "./setting.ts";

const begin = useAttacks();

const asks = (count: number) => (room: Person["room"]) => room.knocks().length === count;
const isKnocking = (person: Person) => person.room.snapshot().entry === "knocking";

/** A room that asks first, with somebody at its door. */
async function atTheDoor(attack: Attack): Promise<{ anna: Person; guest: Person }> {
  const anna = await attack.create("anna", { askFirst: true });
  const guest = await attack.join("guest", anna.room.link);
  await anna.room.until(asks(1), "she is asked");
  return { anna, guest };
}

test.concurrent("B11 a knock that nobody answers: the guest has received nothing of the room", async (context) => {
  const attack = await begin(context);
  const { guest } = await atTheDoor(attack);
  expect(guest.room.snapshot()).toMatchObject({ name: "", members: [], entry: "knocking" });
  const told = attack.evil.recorded.filter(({ person, slot }) => person === "guest" && slot === "notice");
  expect(told).toEqual([]);
  const [opened] = attack.evil.seen("answer", "invite:open", "guest");
  // Nonce, one byte that says "ask first", tag.
  expect(opened?.ok === true ? opened.answer.packet.length : 0).toBe(12 + 1 + 16);
});

test.concurrent("B12 a knock said to be accepted, with an invented answer: the guest is not inside, nobody added it", async (context) => {
  const attack = await begin(context);
  const { anna, guest } = await atTheDoor(attack);
  attack.evil.tell("guest", "knock:answered", { isAdmitted: true, sealed: randomBytes(1024) });
  await talk(anna);
  expect(guest.room.state().phase).not.toBe("open");
  expect(anna.room.members()).toHaveLength(1);
});

test.concurrent("B12 a denial passed on as an admission: the guest is not inside", async (context) => {
  const attack = await begin(context);
  const { anna, guest } = await atTheDoor(attack);
  attack.evil.on("notice", "knock:answered", (body) => ({ ...body, isAdmitted: true }));
  await anna.room.answerKnock(anna.room.knocks()[0]?.id ?? "", false);
  await guest.room.until((room) => room.state().phase === "ended", "it is over");
  expect(anna.room.members()).toHaveLength(1);
});

test.concurrent("B12 the answer to one guest handed to another: only the one let in is inside", async (context) => {
  const attack = await begin(context);
  const { anna, guest } = await atTheDoor(attack);
  const other = await attack.join("other", anna.room.link);
  await anna.room.until(asks(2), "she is asked twice");
  attack.evil.on("notice", "knock:answered", (body, { person }) => {
    if (person === "guest") attack.evil.tell("other", "knock:answered", body);
    return undefined;
  });
  await anna.room.answerKnock(anna.room.knocks().find(({ name }) => name === "guest")?.id ?? "", true);
  await whole(anna, guest);
  expect(other.room.state().phase).not.toBe("open");
});

test.concurrent("B12 a grant handed to somebody who only knocked: nothing to enter by, nobody added", async (context) => {
  const attack = await begin(context);
  const { anna, guest } = await atTheDoor(attack);
  const created = attack.evil.seen("request", "room:create", "anna")[0];
  if (!created) throw new Error("nothing was recorded");
  const { cid, groupInfo } = created;
  const head = { cid, epoch: 0, groupInfo, rotation: undefined };
  attack.evil.tell("guest", "ticket:granted", { head, leaseMs: 4_000 });
  await talk(anna);
  expect(isKnocking(guest)).toBe(true);
  expect(attack.evil.seen("request", "commit:send", "guest")).toEqual([]);
});

test.concurrent("B12 knocks invented by the hundred: none is shown, real ones are", async (context) => {
  const attack = await begin(context);
  const { anna } = await atTheDoor(attack);
  const inviteId = attack.evil.seen("request", "room:create", "anna")[0]?.invites[0]?.inviteId ?? randomBytes(16);
  for (let i = 0; i < 200; i++)
    attack.evil.tell("anna", "knock:received", { knock: randomBytes(16), inviteId, sealed: randomBytes(512) });
  await attack.join("second", anna.room.link);
  await anna.room.until(asks(2), "two real guests ask");
  expect(anna.room.knocks().map(({ name }) => name)).toEqual(expect.arrayContaining(["guest", "second"]));
});

test.concurrent("B13 a lock that the relay does not keep: newcomers fail at the members", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  evil.on("request", "room:lock", () => answered<"room:lock">({}));
  await anna.room.setLocked(true);
  await bob.room.until((room) => room.snapshot().isLocked, "he knows");
  await agree([anna, bob]);
  await expect(attack.join("carol", anna.room.link)).rejects.toMatchObject({ code: expect.any(String) });
  await whole(anna, bob);
  expect(bob.room.members()).toHaveLength(2);
});

test.concurrent("B14 a revoked invite that the relay still honours: newcomers by it fail at the members", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const { inviteId, link } = await anna.room.addInvite();
  evil.on("request", "invite:revoke", () => answered<"invite:revoke">({}));
  await anna.room.revokeInvite(inviteId);
  await agree([anna, bob]);
  await expect(attack.join("carol", link)).rejects.toMatchObject({ code: expect.any(String) });
  await whole(anna, bob);
  expect(bob.room.members()).toHaveLength(2);
});

test.concurrent("B14 an invite changed on its way to the relay: refused there, for it is signed", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const refusals: unknown[] = [];
  evil.on("request", "invite:put", (ask) => ({
    ...ask,
    body: { invite: { ...ask.body.invite, uses: 0, lifeS: ask.body.invite.lifeS + 1 } },
  }));
  evil.on("answer", "invite:put", (outcome) => {
    refusals.push(outcome.ok);
    return undefined;
  });
  await anna.room.addInvite({ maxUses: 1 }).catch(() => undefined);
  await vi.waitFor(() => expect(refusals).toContain(false));
  expect(refusals).not.toContain(true);
  await whole(anna, bob);
});

test.concurrent("D6 a kicked member with the old link, when the relay honours it still: fails at the members", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const { link } = anna.room;
  evil.on("request", "invite:revoke", () => answered<"invite:revoke">({}));
  await anna.room.kick(carol.room.state().memberId);
  await bob.room.until(counts(2), "she is out");
  await expect(attack.join("carol again", link)).rejects.toMatchObject({ code: expect.any(String) });
  await whole(anna, bob);
  expect(bob.room.members().map(({ name }) => name)).toEqual(["anna", "bob"]);
});

test.concurrent("D7 every request of an owner asked by somebody else, with forged and with replayed proofs: all refused", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  await anna.room.setLocked(true);
  await anna.room.setLocked(false);
  const [real] = evil.seen("request", "room:lock", "anna");
  if (!real) throw new Error("nothing was recorded");
  const forged = { counter: Date.now() * 2, signature: randomBytes(64), delegation: undefined };
  const delegation = { key: randomBytes(32), issued: 0, token: randomBytes(64) };
  const taken: string[] = [];
  for (const name of Object.keys(ownerBodies) as OwnerRequestName[]) {
    const codec = ownerBodies[name] as never;
    const body = decode<never>(codec, inventFor(new Spoiler(7), codec));
    for (const proof of [forged, { ...forged, delegation }, real.proof]) {
      if (name === "room:lock" && proof === real.proof) continue;
      const outcome = await evil.ask("bob", name, { body, proof });
      if (outcome.ok) taken.push(name);
    }
  }
  expect(taken).toEqual([]);
  expect(await evil.ask("bob", "room:lock", real)).toMatchObject({ ok: false });
  const carol = await attack.join("carol", anna.room.link);
  await whole(anna, bob, carol);
});

test.concurrent("D7 commands of an owner given by a guest: refused before anything leaves", async (context) => {
  const attack = await begin(context);
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const memberId = anna.room.state().memberId;
  const commands = [
    bob.room.setLocked(true),
    bob.room.setMaxMembers(2),
    bob.room.kick(memberId),
    bob.room.handOver(bob.room.state().memberId),
    bob.room.setDelegate(bob.room.state().memberId),
    bob.room.addInvite(),
    bob.room.end(),
  ];
  const outcomes = await Promise.allSettled(commands);
  expect(outcomes.map(({ status }) => status)).toEqual(commands.map(() => "rejected"));
  await whole(anna, bob, carol);
  expect(textsOf(anna)).toHaveLength(3);
});

test.concurrent("B15 seats said to be silent, with forged receipts: nobody is taken out", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const seats = evil
    .seen("answer", "commit:send")
    .flatMap((outcome) => (outcome.ok ? (outcome.answer.seat ?? []) : []));
  for (const { name } of [anna, bob, carol])
    for (const { seat } of seats) evil.tell(name, "seat:silent", { seat, receipt: randomBytes(64) });
  await whole(anna, bob, carol);
  expect(seats.length).toBeGreaterThan(1);
  expect(anna.room.members()).toHaveLength(3);
});

test.concurrent("F5 memory said to be lost, and a room restored with more life: no clock shows more", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const anna = await attack.create("anna", { expiresInS: 600 });
  const bob = await attack.join("bob", anna.room.link);
  await agree([anna, bob]);
  let isDone = false;
  evil.on("answer", "room:resume", (outcome, { person }) => {
    if (person !== "bob" || isDone || !outcome.ok) return undefined;
    isDone = true;
    return { ok: false, refusal: { code: "not_admitted", retryAfterMs: 0, head: undefined } };
  });
  evil.on("request", "room:restore", (ask) =>
    answered<"room:restore">({ seat: undefined, seq: 1, lifeMs: ask.lifeMs * 1_000, relayKey: randomBytes(32) }),
  );
  evil.cut("bob");
  await vi.waitFor(() => expect(evil.seen("request", "room:restore", "bob")).toHaveLength(1), { timeout: 10_000 });
  await talk(anna);
  const { end, endsAtMs } = bob.room.snapshot();
  expect(end !== undefined || endsAtMs - Date.now() <= 600_000).toBe(true);
});

test.concurrent("C13 the packet of before a kick for somebody new: it asks again and comes in", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const { link } = await anna.room.addInvite({ maxUses: 1 });
  const packet = evil.seen("request", "invite:put", "anna").at(-1)?.body.invite.packet;
  if (!packet) throw new Error("no invite was put");
  await anna.room.kick(bob.room.state().memberId);
  const stop = evil.on("answer", "invite:open", (outcome) => {
    if (!outcome.ok) return undefined;
    stop();
    return { ok: true, answer: { ...outcome.answer, packet } };
  });
  const carol = await attack.join("carol", link);
  await whole(anna, carol);
  expect(anna.room.members()).toHaveLength(2);
});

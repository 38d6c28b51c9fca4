// A hostile relay invents commits, rollbacks and notices, hands out the past, or keeps things from some (SECURITY.md C8, C12,
// C13, B6, B14, D5; PROTOCOL.md R1 to R6).
import { expect, test, vi } from "vitest";
import { randomBytes } from "../../core/crypto/random.ts";
import type { Head } from "../../wire/events.ts";
import { answered, refused } from "../support/evil-relay.ts";
import { agree, useAttacks, talk, textsOf, whole } from "./attack-setting.ts";
import type { Attack, Person } from "./attack-setting.ts";
import { counts, isOpen, shows } from "./setting.ts";

const begin = useAttacks();

const standingOf = ({ room }: Person): Uint8Array => Uint8Array.from(Buffer.from(room.state().cid, "hex"));

async function renew(anna: Person): Promise<void> {
  const { epoch } = anna.room.state();
  await anna.client.engine.renewKeys(anna.room.id);
  await anna.room.until((room) => room.state().epoch !== epoch, "a new epoch");
}

/** The heads that joiners were granted so far, oldest first. */
/** What the ticket that was granted as number `at` was for. */
function headOf({ evil }: Attack, at = 0): Head {
  const granted = evil.seen("notice", "ticket:granted")[at];
  if (!granted) throw new Error("nothing was granted");
  return granted.head;
}

test.concurrent("C12 an invented commit: refused by its hearer, who is in the room of the others after", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const epoch = Number(bob.room.state().epoch) + 1;
  evil.tell("bob", "commit:accepted", { seq: 7, baseCid: standingOf(bob), epoch, envelope: randomBytes(1024) });
  await talk(anna, bob);
  await whole(anna, bob);
  expect(evil.seen("request", "commit:reject", "bob")).toHaveLength(1);
});

test.concurrent("C12 an invented commit told to all: most refuse it, and the room stands where it stood", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const { cid } = anna.room.state();
  const lie = {
    seq: 7,
    baseCid: standingOf(bob),
    epoch: Number(bob.room.state().epoch) + 1,
    envelope: randomBytes(512),
  };
  for (const { name } of [anna, bob, carol]) evil.tell(name, "commit:accepted", lie);
  await talk(anna, bob, carol);
  expect(new Set([anna, bob, carol].map(({ room }) => room.state().cid))).toEqual(new Set([cid]));
});

test.concurrent("C12 an invented rollback: whoever believes it is back with the others after the next commit", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const head = headOf(attack, 1);
  evil.tell("bob", "commit:rolled-back", { cid: standingOf(bob), head, seq: 9 });
  await renew(anna);
  await whole(anna, bob, carol);
  expect(
    bob.room
      .members()
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(["anna", "bob", "carol"]);
});

test.concurrent("C12 seats said to be gone: nobody leaves anybody's list", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const seats = evil
    .seen("answer", "commit:send")
    .flatMap((outcome) => (outcome.ok ? (outcome.answer.seat ?? []) : []));
  expect(seats).toHaveLength(2);
  for (const one of seats)
    for (const reason of ["left", "evicted", "expired"] as const)
      for (const { name } of [anna, bob, carol]) evil.tell(name, "seat:gone", { seat: one.seat, reason });
  await whole(anna, bob, carol);
  const lines = bob.room.timeline().filter(({ kind }) => kind === "left" || kind === "removed");
  expect(lines).toEqual([]);
});

test.concurrent("C12 signs of life invented from noise: nobody seems present, nothing is shown", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const { cid } = { cid: standingOf(bob) };
  for (const size of [256, 512, 1024]) {
    evil.tell("bob", "signal:received", { cid, envelope: randomBytes(size) });
    evil.tell("bob", "message:received", { seq: 9, cid, envelope: randomBytes(size) });
  }
  await whole(anna, bob);
  expect(textsOf(bob)).toHaveLength(2);
});

test.concurrent("C12 the owner's end without proof, and with a forged one: never shown as the owner's doing", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  evil.tell("bob", "room:ended", { reason: "ended", proof: undefined });
  const proof = { counter: Date.now(), signature: randomBytes(64), delegation: undefined };
  evil.tell("carol", "room:ended", { reason: "ended", proof });
  for (const { room } of [bob, carol]) {
    await room.until((its) => its.state().phase === "ended", "it is over");
    expect(room.state().end).toMatchObject({ reason: "failed" });
  }
  expect(anna.room.state().phase).toBe("open");
});

test.concurrent("C12 the end of one room told in another: not taken as the owner's word", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const other = await attack.create("owen");
  const guest = await attack.join("guest", other.room.link);
  await other.room.end();
  await guest.room.until((room) => room.state().end?.reason === "destroyed", "the other room is over");
  const [ended] = evil.seen("notice", "room:ended", "guest");
  if (!ended) throw new Error("nothing was recorded");
  evil.tell("bob", "room:ended", ended);
  await bob.room.until((room) => room.state().phase === "ended", "it is over");
  expect(bob.room.state().end).toMatchObject({ reason: "failed" });
  expect(anna.room.state().phase).toBe("open");
});

test.concurrent("C13 the past handed to a joiner, who is told that it is in: never shown as inside", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const past = headOf(attack);
  await renew(anna);
  evil.on("notice", "ticket:granted", (body) => ({ ...body, head: past }));
  evil.on("request", "commit:send", (_ask, { person }) =>
    person === "carol"
      ? answered<"commit:send">({
          epoch: past.epoch + 1,
          seq: 40,
          seat: { seat: randomBytes(16), resumeToken: randomBytes(32) },
        })
      : undefined,
  );
  const carol = await attack.join("carol", anna.room.link);
  await talk(anna, bob);
  expect(carol.room.state().phase).not.toBe("open");
  expect(textsOf(carol)).toEqual([]);
  expect(anna.room.members()).toHaveLength(2);
});

test.concurrent("C13 the past handed to a joiner and its commit passed on: refused, the joiner enters the present", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const past = headOf(attack);
  await renew(anna);
  const stop = evil.on("notice", "ticket:granted", (body) => {
    stop();
    return { ...body, head: past };
  });
  const carol = await attack.join("carol", anna.room.link);
  await whole(anna, bob, carol);
  expect(anna.room.members()).toHaveLength(3);
});

test.concurrent("C13 the past handed to an engine that comes back: refused, it does not talk into it", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const past = headOf(attack);
  await renew(anna);
  await agree([anna, bob]);
  evil.on("notice", "ticket:granted", (body) => ({ ...body, head: past }));
  const again = await attack.restart(bob);
  await vi.waitFor(() => expect(evil.seen("notice", "ticket:granted", "bob").length).toBeGreaterThan(1));
  await again.room.send("into the past").catch(() => undefined);
  await talk(anna);
  expect(again.room.state().phase).not.toBe("open");
  expect(evil.seen("request", "commit:send", "bob")).toHaveLength(1);
});

test.concurrent("C13 the state of another room handed to a joiner: it enters neither", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const other = await attack.create("owen");
  const [foreign] = evil.seen("request", "room:create", "owen");
  if (!foreign) throw new Error("nothing was recorded");
  const { cid, groupInfo } = foreign;
  const stop = evil.on("notice", "ticket:granted", (body) => {
    stop();
    return { ...body, head: { ...body.head, cid, groupInfo } };
  });
  const carol = await attack.join("carol", anna.room.link);
  await whole(anna, bob, carol);
  expect(other.room.members()).toHaveLength(1);
});

test.concurrent("B6 the packet of another invite handed out: the joiner does not enter", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna] = await attack.room("anna", "bob");
  const other = await attack.create("owen");
  const foreign = evil.seen("request", "room:create", "owen")[0]?.invites[0]?.packet;
  if (!foreign) throw new Error("nothing was recorded");
  evil.on("answer", "invite:open", (outcome) =>
    outcome.ok ? { ok: true, answer: { ...outcome.answer, packet: foreign } } : undefined,
  );
  await expect(attack.join("carol", anna.room.link)).rejects.toMatchObject({ code: expect.any(String) });
  expect(anna.room.members()).toHaveLength(2);
  expect(other.room.members()).toHaveLength(1);
});

test.concurrent("R3 the ticket given to two joiners at once: both come in, one after the other", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const anna = await attack.create("anna");
  evil.on("notice", "ticket:granted", (body, { person }) => {
    const other = person === "bob" ? "carol" : "bob";
    evil.tell(other, "ticket:granted", body);
    return undefined;
  });
  const [bob, carol] = await Promise.all([attack.join("bob", anna.room.link), attack.join("carol", anna.room.link)]);
  await whole(anna, bob, carol);
  expect(anna.room.members()).toHaveLength(3);
});

test.concurrent("R3 a grant kept back: the joiner does not say that it is inside, and enters when the grant comes", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const anna = await attack.create("anna");
  let held: { head: Head; leaseMs: number } | undefined;
  evil.on("notice", "ticket:granted", (body) => {
    held = body;
    return "drop";
  });
  const joining = attack.join("bob", anna.room.link);
  await vi.waitFor(() => expect(held).toBeDefined(), { timeout: 5_000 });
  await talk(anna);
  expect(anna.room.members()).toHaveLength(1);
  if (held) evil.tell("bob", "ticket:granted", held);
  await whole(anna, await joining);
});

test.concurrent("R1 a joining commit refused with an invented head: the joiner asks again and enters the room itself", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const real = headOf(attack);
  const head = { ...real, cid: randomBytes(32), epoch: 5, groupInfo: randomBytes(2048) };
  const stop = evil.on("request", "commit:send", (_ask, { person }) => {
    if (person !== "carol") return undefined;
    stop();
    return refused("stale_epoch", { head });
  });
  const carol = await attack.join("carol", anna.room.link);
  await whole(anna, bob, carol);
  expect(anna.room.members()).toHaveLength(3);
});

test.concurrent("R1 a member's commit refused with an invented head: it stays where the others are", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const real = headOf(attack);
  const head = { ...real, cid: randomBytes(32), epoch: 77, groupInfo: randomBytes(2048) };
  const stop = evil.on("request", "commit:send", () => refused("stale_epoch", { head }));
  await anna.client.engine.renewKeys(anna.room.id).catch(() => undefined);
  stop();
  await whole(anna, bob);
  expect(anna.room.members()).toHaveLength(2);
});

test.concurrent("C8 a commit kept from one member: it is back with the others when the next one comes", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const stop = evil.on("notice", "commit:accepted", (_body, { person }) => (person === "bob" ? "drop" : undefined));
  await renew(anna);
  stop();
  await renew(carol);
  await whole(anna, bob, carol);
  expect(anna.room.members()).toHaveLength(3);
});

test.concurrent("C8 a commit said to be accepted and passed on to nobody: its author is back with the others", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const stop = evil.on("request", "commit:send", (_ask, { person }) =>
    person === "anna" ? answered<"commit:send">({ epoch: 99, seq: 99, seat: undefined }) : undefined,
  );
  await anna.client.engine.renewKeys(anna.room.id);
  stop();
  await renew(bob);
  await whole(anna, bob, carol);
  expect(anna.room.members()).toHaveLength(3);
});

test.concurrent("D5 an eviction that the relay only claims to have done: the kicked member reads nothing from then on", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  evil.on("request", "seat:evict", () => answered<"seat:evict">({}));
  // Carol is not told of the commit either, and hears all that is said.
  evil.on("notice", "commit:accepted", (_body, { person }) => (person === "carol" ? "drop" : undefined));
  await anna.room.kick(carol.room.state().memberId);
  await bob.room.until(counts(2), "she is out for him");
  await talk(anna, bob);
  expect(textsOf(carol)).toEqual([]);
  expect(evil.seen("notice", "message:received", "carol").length).toBeGreaterThan(2);
});

test.concurrent("D5 what a kicked member goes on to say, passed on by the relay: shown to nobody", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  evil.on("request", "seat:evict", () => answered<"seat:evict">({}));
  evil.on("notice", "commit:accepted", (_body, { person }) => (person === "carol" ? "drop" : undefined));
  await anna.room.kick(carol.room.state().memberId);
  await bob.room.until(counts(2), "she is out for him");
  await carol.room.send("still here").catch(() => undefined);
  await carol.room.until(() => evil.seen("request", "message:send", "carol").length > 2, "she has spoken");
  for (const body of evil.seen("request", "message:send", "carol"))
    for (const person of ["anna", "bob"]) evil.tell(person, "message:received", { seq: 50, ...body });
  await talk(anna, bob);
  for (const person of [anna, bob]) expect(textsOf(person)).not.toContain("still here");
});

test.concurrent("D7 an eviction asked without the owner's proof: refused, nobody is removed", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const outcome = evil.seen("answer", "commit:send", "carol").at(-1);
  const place = outcome?.ok ? outcome.answer.seat?.seat : undefined;
  if (!place) throw new Error("nothing was recorded");
  const proof = { counter: Date.now(), signature: randomBytes(64), delegation: undefined };
  expect(await evil.ask("bob", "seat:evict", { body: { seat: place }, proof })).toMatchObject({ ok: false });
  expect(await evil.ask("bob", "room:end", { body: {}, proof })).toMatchObject({ ok: false });
  await whole(anna, bob, carol);
});

test.concurrent("R5 fresh state asked for a hundred times: the member goes on talking", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  for (let i = 0; i < 100; i++) evil.tell("bob", "gi:wanted", { cid: standingOf(bob) });
  await whole(anna, bob);
  expect(anna.room.members()).toHaveLength(2);
});

test.concurrent("R5 state given to the relay unasked, for another epoch: refused, and newcomers come in", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const past = headOf(attack);
  const fake = { cid: standingOf(bob), groupInfo: past.groupInfo };
  expect(await evil.ask("bob", "gi:update", fake)).toMatchObject({ ok: false });
  const carol = await attack.join("carol", anna.room.link);
  await whole(anna, bob, carol);
});

test.concurrent("F5 told again and again that the relay stops: the member comes back each time, and nothing is lost", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  for (let i = 0; i < 3; i++) {
    evil.tell("bob", "relay:draining", {});
    await bob.room.until((room) => room.state().phase === "reconnecting", "he is away");
    await bob.room.send(`said while away ${i}`);
    await bob.room.until(isOpen, "he is back");
  }
  await anna.room.until(shows("said while away 2"), "all of it arrives");
  expect(textsOf(anna).filter((text) => text.startsWith("said while away"))).toHaveLength(3);
  await whole(anna, bob);
});

test.concurrent("C12 a rollback to a state that never was: refused, and the hearer is back with the others", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const real = headOf(attack);
  const head = { ...real, cid: randomBytes(32), epoch: 41, groupInfo: randomBytes(4096) };
  evil.tell("bob", "commit:rolled-back", { cid: standingOf(bob), head, seq: 9 });
  await whole(anna, bob);
  expect(anna.room.members()).toHaveLength(2);
});

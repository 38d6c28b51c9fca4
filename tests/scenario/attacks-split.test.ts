// A hostile relay shows people different rooms: two winning commits, a kick kept from somebody, a kick taken back, the last
// message withheld (SECURITY.md C7, C8, C11, D5; PROTOCOL.md, beats).
import { expect, test, vi } from "vitest";
import type { Ask, CommitEntry } from "../../wire/events.ts";
import { answered } from "../support/evil-relay.ts";
import { fastClock, hasSent, missingOf, talk, textsOf, useAttacks, whole } from "./attack-setting.ts";
import type { Attack, Person } from "./attack-setting.ts";
import { counts, isOpen, shows } from "./setting.ts";

const begin = useAttacks();

const CLOCK = fastClock(5);

/** Four people with clocks that run five times as fast, so that beats come soon. */
async function fourPeople(attack: Attack): Promise<readonly [Person, Person, Person, Person]> {
  const anna = await attack.create("anna", { clock: CLOCK });
  const [bob, carol, dave] = [
    await attack.join("bob", anna.room.link, { clock: CLOCK }),
    await attack.join("carol", anna.room.link, { clock: CLOCK }),
    await attack.join("dave", anna.room.link, { clock: CLOCK }),
  ];
  await whole(anna, bob, carol, dave);
  return [anna, bob, carol, dave];
}

const isDeaf = (person: string): boolean => person === "bob" || person === "carol";

const epochOf = ({ room }: Person): number => Number(room.state().epoch);

async function follows(person: Person, epoch: number): Promise<void> {
  await person.room.until((room) => Number(room.state().epoch) > epoch, `${person.name} follows`);
}

/** Anna's commit for Anna and Carol, Bob's for Bob and Dave: one epoch, two rooms. */
async function split(attack: Attack, [anna, bob, carol, dave]: readonly Person[]): Promise<void> {
  if (!anna || !bob || !carol || !dave) throw new Error("four people");
  const { evil } = attack;
  const epoch = epochOf(anna);
  const stop = [
    evil.on("notice", "commit:accepted", (_body, { person }) =>
      ["bob", "dave"].includes(person) ? "drop" : undefined,
    ),
    evil.on("request", "commit:send", ({ baseCid, envelope }: Ask<"commit:send">, { person }) => {
      if (person !== "bob") return undefined;
      const entry: CommitEntry = { seq: 1_000, baseCid, epoch: epoch + 1, envelope };
      evil.tell("dave", "commit:accepted", entry);
      return answered<"commit:send">({ epoch: epoch + 1, seq: 1_000, seat: undefined });
    }),
  ];
  await Promise.all([anna.room.renewKeys(), bob.room.renewKeys()]);
  for (const person of [anna, bob, carol, dave]) await follows(person, epoch);
  for (const end of stop) end();
  expect(new Set([anna, bob, carol, dave].map(({ room }) => room.state().cid)).size).toBe(2);
}

test.concurrent("C8 two winning commits for two halves: all are in one room after the next beats", async (context) => {
  const attack = await begin(context);
  const people = await fourPeople(attack);
  await split(attack, people);
  await whole(...people);
  expect(people[1].room.members()).toHaveLength(4);
});

test.concurrent("C8 two rooms, and a relay that says that nothing was missed: people are warned, or in one room", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const people = await fourPeople(attack);
  evil.on("answer", "room:resume", (outcome) =>
    outcome.ok ? { ok: true, answer: { ...outcome.answer, mustRejoin: false, missed: [] } } : undefined,
  );
  await split(attack, people);
  const isOne = () => new Set(people.map(({ room }) => room.state().cid)).size === 1;
  const startedMs = Date.now();
  await vi.waitFor(
    () => expect(isOne() || people.some(({ room }) => room.snapshot().warning !== undefined)).toBe(true),
    { timeout: 10_000, interval: 20 },
  );
  expect(Date.now() - startedMs).toBeLessThan(10_000);
});

test.concurrent("C12 a kick taken back for one member only: that member is back with the others, the kicked one is out", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol, dave] = await fourPeople(attack);
  const before = evil.seen("notice", "ticket:granted", "dave").at(-1)?.head;
  const base = bob.room.state().cid;
  evil.on("request", "seat:evict", () => answered<"seat:evict">({}));
  await anna.room.kick(carol.room.state().memberId);
  await bob.room.until(counts(3), "she is out for Bob");
  if (!before) throw new Error("nothing was recorded");
  const head = { ...before, cid: Uint8Array.from(Buffer.from(base, "hex")), epoch: epochOf(bob) - 1 };
  evil.tell("bob", "commit:rolled-back", {
    cid: Uint8Array.from(Buffer.from(bob.room.state().cid, "hex")),
    head,
    seq: 5_000,
  });
  await bob.room.until(
    (room) => room.members().length === 4 || room.state().cid !== anna.room.state().cid,
    "Bob believes it",
  );
  await bob.room.until(counts(3), "she is out for Bob again", 20_000);
  await whole(anna, bob, dave);
  expect(textsOf(carol).filter((text) => textsOf(bob).slice(-3).includes(text))).toEqual([]);
});

test.concurrent("C7 the last message withheld from one member: it comes from others, or its author sees that it is missing", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol, dave] = await fourPeople(attack);
  let isDone = false;
  evil.on("notice", "message:received", (_body, { person }) => {
    if (person !== "bob" || isDone) return undefined;
    isDone = true;
    return "drop";
  });
  await anna.room.send("my last words");
  for (const { room } of [carol, dave]) await room.until(shows("my last words"), "they read it");
  const isKnown = () => {
    const item = anna.room.timeline().find((one) => one.kind === "message" && one.text === "my last words");
    const isMissed = item?.kind === "message" && item.state === "sent" && item.deliveredTo === 2;
    return isMissed || shows("my last words")(bob.room) || missingOf(bob) === 1;
  };
  await vi.waitFor(() => expect(isKnown()).toBe(true), { timeout: 15_000, interval: 20 });
  // And in the end it is there.
  await bob.room.until(shows("my last words"), "he reads it", 20_000);
});

test.concurrent("C7 the last message said to be passed on, and kept from all: its author sees that nobody has it, or all get it", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol, dave] = await fourPeople(attack);
  const stop = evil.on("request", "message:send", (_ask, { person }) =>
    person === "anna" ? answered<"message:send">({ seq: 900 }) : undefined,
  );
  await anna.room.send("into nothing");
  await anna.room.until(hasSent, "it is said to be passed on");
  stop();
  for (const { room } of [bob, carol, dave]) await room.until(shows("into nothing"), "it comes after a beat", 30_000);
  expect(anna.room.messages().at(-1)?.text).toBe("into nothing");
});

test.concurrent("C8 beats of one epoch told in another, and old ones told again: nobody is warned", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const people = await fourPeople(attack);
  const [anna] = people;
  await vi.waitFor(() => expect(evil.seen("notice", "signal:received", "anna").length).toBeGreaterThan(3), {
    timeout: 10_000,
  });
  const old = evil.seen("notice", "signal:received", "anna");
  await anna.room.renewKeys();
  await whole(...people);
  for (const body of old) for (const { name } of people) evil.tell(name, "signal:received", body);
  await whole(...people);
  for (const { room } of people) expect(room.snapshot().warning).toBeUndefined();
});

test.concurrent("C11 a kick kept from one member: what that member writes after the next beat is not for the kicked one", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol, dave] = await fourPeople(attack);
  const stop = evil.on("notice", "commit:accepted", (_body, { person }) => (isDeaf(person) ? "drop" : undefined));
  evil.on("request", "seat:evict", () => answered<"seat:evict">({}));
  await anna.room.kick(carol.room.state().memberId);
  await dave.room.until(counts(3), "she is out for Dave");
  // Bob hears the beats of those who know, asks the relay, and comes back to them.
  stop();
  await bob.room.until(counts(3), "she is out for Bob", 20_000);
  await talk(anna, bob, dave);
  const last = textsOf(bob).slice(-3);
  expect(textsOf(carol).filter((text) => last.includes(text))).toEqual([]);
});

test.concurrent("C11 a kick kept from one member, and every answer about it: that member says nothing more to the kicked one", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol, dave] = await fourPeople(attack);
  evil.on("notice", "commit:accepted", (_body, { person }) => (isDeaf(person) ? "drop" : undefined));
  evil.on("request", "seat:evict", () => answered<"seat:evict">({}));
  evil.on("request", "ticket:take", (_ask, { person }) => (person === "bob" ? "drop" : undefined));
  evil.on("answer", "room:resume", (outcome, { person }) =>
    outcome.ok && person === "bob"
      ? { ok: true, answer: { ...outcome.answer, mustRejoin: false, missed: [] } }
      : undefined,
  );
  await anna.room.kick(carol.room.state().memberId);
  await dave.room.until(counts(3), "she is out for Dave");
  await bob.room.until(
    (room) => room.snapshot().warning !== undefined || !isOpen(room),
    "Bob knows that he is behind",
    15_000,
  );
  await bob.room.send("only for those who are in");
  await talk(anna, dave);
  expect(textsOf(carol)).not.toContain("only for those who are in");
  expect(bob.room.messages().find(({ text }) => text === "only for those who are in")?.state).toBe("queued");
});

// A hostile relay loses, holds up and reorders, or lies about what it has done (SECURITY.md C4, C5, F2).
import { expect, test, vi } from "vitest";
import type { NoticeBody } from "../../wire/events.ts";
import { answered } from "../support/evil-relay.ts";
import { agree, hasSent, missingOf, talk, textsOf, useAttacks, whole } from "./attack-setting.ts";
import type { Person } from "./attack-setting.ts";
import { isOpen, shows } from "./setting.ts";

const begin = useAttacks();

/** Reads all that was said, or is told how much is missing. */
const hasOrMisses = (person: Person, said: readonly string[]) => (): boolean =>
  textsOf(person).filter((text) => said.includes(text)).length + missingOf(person) === said.length;

test.concurrent("C5 one message kept from one member: it gets it another way, or sees where it is missing", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  let isDone = false;
  evil.on("notice", "message:received", (_body, { person }) => {
    if (person !== "bob" || isDone) return undefined;
    isDone = true;
    return "drop";
  });
  const said = ["first", "second", "third"];
  for (const text of said) await anna.room.send(text);
  await carol.room.until(shows("third"), "Carol reads all");
  await bob.room.until(hasOrMisses(bob, said), "Bob has all or is told", 10_000);
  expect(textsOf(carol)).toEqual(said);
  expect(textsOf(bob)).toEqual(expect.arrayContaining(["second", "third"]));
});

test.concurrent("C5 every third message lost, to everybody: all is there in the end, or marked as missing", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  let count = 0;
  const stop = evil.on("notice", "message:received", () => (count++ % 3 === 0 ? "drop" : undefined));
  const said = Array.from({ length: 20 }, (_, i) => `number ${i}`);
  for (const text of said) await anna.room.send(text);
  await anna.room.until(hasSent, "all are sent");
  stop();
  await anna.room.send("the last");
  await bob.room.until(shows("the last"), "he reads the last");
  await bob.room.until(hasOrMisses(bob, said), "he has all or is told", 10_000);
  const read = textsOf(bob).filter((text) => said.includes(text));
  expect(read).toEqual(said.filter((text) => read.includes(text)));
});

test.concurrent("C4 messages delivered in the wrong order: shown in the order in which they were said", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const held: NoticeBody<"message:received">[] = [];
  const stop = evil.on("notice", "message:received", (body, { person }) => {
    if (person !== "bob") return undefined;
    held.push(body);
    return "drop";
  });
  const said = Array.from({ length: 8 }, (_, i) => `number ${i}`);
  for (const text of said) await anna.room.send(text);
  await anna.room.until(hasSent, "all are sent");
  stop();
  for (const body of held.toReversed()) evil.tell("bob", "message:received", body);
  await bob.room.until(
    (room) => room.messages().filter(({ text }) => said.includes(text)).length === 8,
    "all are there",
  );
  expect(textsOf(bob)).toEqual(said);
  expect(missingOf(bob)).toBe(0);
});

test.concurrent("C4 a message told before the commit whose epoch it belongs to: not lost for good without a mark", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  let held: NoticeBody<"commit:accepted"> | undefined;
  const stop = evil.on("notice", "commit:accepted", (body, { person }) => {
    if (person !== "bob") return undefined;
    held = body;
    return "drop";
  });
  const { epoch } = carol.room.state();
  await anna.client.engine.renewKeys(anna.room.id);
  await carol.room.until((room) => room.state().epoch !== epoch, "a new epoch");
  await anna.room.send("in the new epoch");
  await carol.room.until(shows("in the new epoch"), "Carol reads it");
  stop();
  if (held) evil.tell("bob", "commit:accepted", held);
  await whole(anna, bob, carol);
  expect(textsOf(bob).includes("in the new epoch") || missingOf(bob) === 1).toBe(true);
});

test.concurrent("C5 a message said to be sent and passed on to nobody: the others get it another way, or see where it is missing", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  // All know each other's numbers.
  await talk(anna, bob, carol);
  const stop = evil.on("request", "message:send", (_ask, { person }) =>
    person === "anna" ? answered<"message:send">({ seq: 77 }) : undefined,
  );
  await anna.room.send("into nothing");
  await anna.room.until(hasSent, "it is said to be sent");
  stop();
  await anna.room.send("after it");
  for (const person of [bob, carol])
    await person.room.until(hasOrMisses(person, ["into nothing", "after it"]), "it is there or missed", 10_000);
  expect(textsOf(bob)).toContain("after it");
});

test.concurrent("C5 answers kept back and the connection cut: what was passed on is shown once, what was not is sent again", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const stop = evil.on("answer", "message:send", (_outcome, { person }) => (person === "anna" ? "drop" : undefined));
  const stopRequests = evil.on("request", "message:send", (_ask, { person }) =>
    person === "anna" && textsOf(bob).length > 0 ? "drop" : undefined,
  );
  await anna.room.send("passed on");
  await bob.room.until(shows("passed on"), "he reads it");
  const asked = evil.seen("request", "message:send", "anna").length;
  await anna.room.send("swallowed");
  await vi.waitFor(() => expect(evil.seen("request", "message:send", "anna").length).toBeGreaterThan(asked));
  stop();
  stopRequests();
  evil.cut("anna");
  await bob.room.until(shows("swallowed"), "it comes with the next connection");
  await whole(anna, bob);
  expect(textsOf(bob).slice(0, 2)).toEqual(["passed on", "swallowed"]);
  expect(textsOf(anna).slice(0, 2)).toEqual(["passed on", "swallowed"]);
});

test.concurrent("F2 nothing told to one member for a while, then the connection cut: it stands and reads with the others", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const stops = (["message:received", "commit:accepted", "signal:received"] as const).map((name) =>
    evil.on("notice", name, (_body: unknown, { person }) => (person === "bob" ? "drop" : undefined)),
  );
  await talk(anna, carol);
  await anna.client.engine.renewKeys(anna.room.id);
  const dave = await attack.join("dave", anna.room.link);
  for (const stop of stops) stop();
  evil.cut("bob");
  await bob.room.until((room) => !isOpen(room), "he is away");
  await whole(anna, bob, carol, dave);
  expect(bob.room.members()).toHaveLength(4);
});

test.concurrent("F2 every connection cut again and again while people write: each message once, in one order", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const people = [anna, bob, carol];
  const said: string[] = [];
  for (let round = 0; round < 4; round++) {
    for (const { name, room } of people) {
      const text = `${name} in round ${round}`;
      said.push(text);
      await room.send(text);
    }
    evil.cut(["anna", "bob", "carol"][round % 3] ?? "");
  }
  for (const { room } of people) await room.until(isOpen, "it is open", 30_000);
  await agree(people);
  for (const person of people) await person.room.until(hasOrMisses(person, said), "all is there or missed", 30_000);
  for (const person of people) expect(new Set(textsOf(person)).size).toBe(textsOf(person).length);
  const [first, ...others] = people.map(textsOf);
  for (const other of others)
    expect(other.filter((text) => first?.includes(text))).toEqual(first?.filter((text) => other.includes(text)));
});

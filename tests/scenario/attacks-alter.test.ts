// A hostile relay changes what it carries, field by field, or delivers it as something else (SECURITY.md C1, C10, C17).
import { expect, test, vi } from "vitest";
import { CoreError } from "../../core/errors.ts";
import type { NoticeBody } from "../../wire/events.ts";
import { alterations } from "../support/evil/alter.ts";
import { agree, hasSent, useAttacks, missingOf, talk, textsOf, whole } from "./attack-setting.ts";
import type { Attack, Person } from "./attack-setting.ts";
import { shows } from "./setting.ts";

const begin = useAttacks();

/** Renews Anna's keys and waits until Bob follows, whatever it takes. */
async function renew(anna: Person, ...others: Person[]): Promise<void> {
  const { epoch } = anna.room.state();
  await anna.client.engine.renewKeys(anna.room.id);
  await anna.room.until((room) => room.state().epoch !== epoch, "a new epoch");
  await agree([anna, ...others]);
}

/** Anna says `text`, and what would have told Bob so is kept back. */
async function keptFromBob({ evil }: Attack, anna: Person, text: string): Promise<NoticeBody<"message:received">[]> {
  const held: NoticeBody<"message:received">[] = [];
  const stop = evil.on("notice", "message:received", (body, { person }) => {
    if (person !== "bob") return undefined;
    held.push(body);
    return "drop";
  });
  await anna.room.send(text);
  await anna.room.until(hasSent, "it is sent");
  stop();
  return held;
}

test.concurrent("C1 each field of a message changed on its way to a member: it reads the message itself or nothing", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const fields: string[] = [];
  const stop = evil.on("notice", "message:received", (body, { person }) => {
    if (person !== "bob") return undefined;
    const altered = alterations(body);
    fields.push(...altered.map(({ field }) => field));
    return [...altered.map((one) => one.body), body];
  });
  await anna.room.send("the one text");
  await bob.room.until(shows("the one text"), "he reads it");
  stop();
  await whole(anna, bob);
  expect(textsOf(bob).filter((text) => !text.includes(" says "))).toEqual(["the one text"]);
  expect(new Set(fields)).toEqual(new Set(["seq", "cid", "envelope"]));
});

test.concurrent("C1 each field of a commit changed on its way to a member: it ends in the epoch of the others", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  for (const field of ["seq", "baseCid", "epoch", "envelope"]) {
    let isDone = false;
    const stop = evil.on("notice", "commit:accepted", (body, { person }) => {
      if (person !== "bob" || isDone) return undefined;
      isDone = true;
      return alterations(body).find((one) => one.field === field)?.body;
    });
    await anna.client.engine.renewKeys(anna.room.id);
    // What is wrong shows at the next commit at the latest.
    const { epoch } = carol.room.state();
    await carol.client.engine.renewKeys(carol.room.id);
    await carol.room.until((room) => room.state().epoch !== epoch, "a new epoch");
    stop();
    await agree([anna, bob, carol]);
  }
  await whole(anna, bob, carol);
  expect(anna.room.members()).toHaveLength(3);
});

test.concurrent("C1 each field of a grant changed: the joiner enters the room itself or none", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const tried = new Set<string>();
  evil.on("notice", "ticket:granted", (body) => {
    const next = alterations(body).find(({ field }) => !tried.has(field));
    if (!next) return undefined;
    tried.add(next.field);
    return next.body;
  });
  const inside: Person[] = [];
  for (let i = 0; i < 6; i++) {
    const person = await attack.join(`guest${i}`, anna.room.link).catch(() => undefined);
    if (person) inside.push(person);
  }
  expect([...tried]).toEqual(expect.arrayContaining(["head.cid", "head.epoch", "head.groupInfo"]));
  expect(inside.length).toBeGreaterThan(0);
  await whole(anna, bob, ...inside);
});

/** Joins and comes back while every answer of that kind has one field changed, a different one each time. */
async function lieInAnswers(attack: Attack, name: "invite:open" | "invite:challenge" | "commit:send" | "ticket:take") {
  const { evil } = attack;
  const anna = await attack.create("anna");
  const bob = await attack.join("bob", anna.room.link);
  await agree([anna, bob]);
  const tried = new Set<string>();
  evil.on("answer", name, (outcome, { person }) => {
    if (!outcome.ok || person === "anna" || person === "bob") return undefined;
    const next = alterations(outcome.answer).find(({ field }) => !tried.has(field));
    if (!next) return undefined;
    tried.add(next.field);
    return { ok: true, answer: next.body };
  });
  const inside: Person[] = [];
  for (let i = 0; i < 5; i++) {
    const person = await attack.join(`guest${i}`, anna.room.link).catch(() => undefined);
    if (person) inside.push(person);
  }
  expect(tried.size).toBeGreaterThan(0);
  // Who is inside is inside with all; who was lied to is outside and known as such.
  await talk(anna, bob);
  for (const person of inside)
    await person.room.until(shows(textsOf(bob).at(-1) ?? ""), "who is inside reads").catch(() => undefined);
  return { anna, bob, inside };
}

for (const name of ["invite:open", "invite:challenge", "commit:send", "ticket:take"] as const) {
  test.concurrent(`C1 each field of the answer to ${name} changed: the members talk on`, async (context) => {
    const attack = await begin(context);
    const { anna, bob } = await lieInAnswers(attack, name);
    await talk(anna, bob);
    expect(textsOf(anna)).toEqual(textsOf(bob));
  });
}

test.concurrent("C1 each field of a message changed on its way to the relay: read as it was or not at all", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  let fields = 0;
  evil.on("request", "message:send", (ask, { person }) => {
    if (person !== "anna") return undefined;
    const altered = alterations(ask);
    fields = altered.length;
    return [ask, ...altered.map(({ body }) => body)];
  });
  await talk(anna, bob);
  await whole(anna, bob);
  expect(fields).toBe(2);
  expect(new Set(textsOf(bob)).size).toBe(textsOf(bob).length);
});

test.concurrent("C1 a commit changed on its way to the relay: never applied by anybody, and the room goes on", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  for (const field of ["baseCid", "envelope", "groupInfo"]) {
    const stop = evil.on("request", "commit:send", (ask, { person }) =>
      person === "anna" ? alterations(ask).find((one) => one.field === field)?.body : undefined,
    );
    await anna.client.engine.renewKeys(anna.room.id).catch(() => undefined);
    stop();
    await talk(bob, carol);
  }
  // Whose commits the relay spoils looks like a culprit and may be put out; nobody is left in a room of their own.
  await anna.room.until(
    (room) => room.state().phase === "ended" || room.state().cid === bob.room.state().cid,
    "she is out, or where the others are",
  );
  expect(new Set([bob, carol].map(({ room }) => room.state().cid)).size).toBe(1);
});

test.concurrent("C17 a message delivered as a signal, and a signal as a message: neither opens", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const anna = await attack.create("anna");
  const opened: { kind: string; isOpen: boolean }[] = [];
  const bob = await attack.join("bob", anna.room.link, {
    host: (host) => ({
      open: async (room, options) => {
        const isOpen = await host.open(room, options).then(
          () => true,
          () => false,
        );
        opened.push({ kind: options.kind, isOpen });
        throw new CoreError("decrypt_failed", "only the verdict is of interest");
      },
    }),
  });
  const swap = (one: "message:received" | "signal:received") => {
    evil.on("notice", one, (body, { person }) => {
      if (person !== "bob") return undefined;
      const { cid, envelope } = body;
      if (one === "message:received") evil.tell("bob", "signal:received", { cid, envelope });
      else evil.tell("bob", "message:received", { seq: 1, cid, envelope });
      return "drop";
    });
  };
  swap("message:received");
  swap("signal:received");
  await anna.room.send("as a signal");
  await anna.room.setTyping(true);
  await vi.waitFor(() => expect(new Set(opened.map(({ kind }) => kind)).size).toBe(2), { timeout: 10_000 });
  expect(opened.filter(({ isOpen }) => isOpen)).toEqual([]);
  expect(textsOf(bob)).toEqual([]);
});

test.concurrent("C17 signals and commits delivered as messages: nothing is shown, and the room goes on", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  evil.on("notice", "signal:received", (body, { person }) => {
    evil.tell(person, "message:received", { seq: 1, ...body });
    return "drop";
  });
  evil.on("notice", "commit:accepted", ({ seq, baseCid, envelope }, { person }) => {
    evil.tell(person, "message:received", { seq, cid: baseCid, envelope });
    return undefined;
  });
  await renew(anna, bob);
  await whole(anna, bob);
  expect(textsOf(bob)).toHaveLength(2);
});

test.concurrent("C17 the state for joiners delivered as a message and as a commit: refused", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const { groupInfo } = evil.seen("request", "commit:send", "bob").at(-1) ?? {};
  const { cid } = evil.seen("request", "message:send", "bob").at(-1) ?? {};
  if (!groupInfo || !cid) throw new Error("nothing was recorded");
  evil.tell("bob", "message:received", { seq: 1, cid, envelope: groupInfo });
  evil.tell("bob", "signal:received", { cid, envelope: groupInfo });
  evil.tell("bob", "commit:accepted", { seq: 1, baseCid: cid, epoch: 2, envelope: groupInfo });
  await whole(anna, bob);
  expect(textsOf(bob)).toHaveLength(2);
});

test.concurrent("C17 a commit of one room delivered in another of the same people: refused, both rooms go on", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const second = await anna.client.createRoom({ displayName: "anna" });
  const others: Person[] = [
    { name: "anna", client: anna.client, room: second },
    { name: "bob", client: bob.client, room: await bob.client.join(second.link, { name: "bob" }) },
  ];
  await agree(others);
  const standing = evil.seen("request", "message:send", "bob").at(-1)?.cid;
  const foreign = evil.seen("request", "commit:send", "bob").at(0)?.envelope;
  if (!standing || !foreign) throw new Error("nothing was recorded");
  evil.tell("bob", "commit:accepted", { seq: 9, baseCid: standing, epoch: 2, envelope: foreign });
  await whole(...others);
  await whole(anna, bob);
  expect(anna.room.members()).toHaveLength(2);
});

test.concurrent("C10 a message kept back for one epoch: shown once and marked as late", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const held = await keptFromBob(attack, anna, "kept back");
  await renew(anna, bob);
  for (const body of held) evil.tell("bob", "message:received", body);
  await bob.room.until(shows("kept back"), "he reads it");
  const item = bob.room.timeline().find((one) => one.kind === "message" && one.text === "kept back");
  expect(item).toMatchObject({ isLate: true });
  await whole(anna, bob);
});

test.concurrent("C10 a message kept back for more epochs than anybody keeps: never shown as if it were new", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const held = await keptFromBob(attack, anna, "from long ago");
  for (let i = 0; i < 9; i++) await renew(anna, bob);
  for (const body of held) evil.tell("bob", "message:received", body);
  await whole(anna, bob);
  const item = bob.room.timeline().find((one) => one.kind === "message" && one.text === "from long ago");
  expect(item?.kind === "message" ? item.isLate : missingOf(bob) === 1).toBe(true);
});

test.concurrent("C10 D14 what was said before somebody came, told to them: not opened", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  await talk(anna, bob);
  const past = evil.seen("notice", "message:received");
  const carol = await attack.join("carol", anna.room.link);
  await agree([anna, bob, carol]);
  for (const body of past) evil.tell("carol", "message:received", body);
  await whole(anna, bob, carol);
  expect(textsOf(carol)).toHaveLength(3);
});

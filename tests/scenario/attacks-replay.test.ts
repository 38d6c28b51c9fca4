// A hostile relay says things twice, later, and where they do not belong (SECURITY.md C2, C3).
import { expect, test } from "vitest";
import type { Recorded } from "../support/evil-relay.ts";
import { agree, useAttacks, talk, textsOf, whole } from "./attack-setting.ts";
import type { Attack, Person } from "./attack-setting.ts";
import { counts, isOpen, shows } from "./setting.ts";

const begin = useAttacks();

/** Everything that these people were ever told, told to `to` again. */
function replay({ evil }: Attack, to: Person, ...of: readonly Person[]): number {
  const names = of.map(({ name }) => name);
  const told = evil.recorded.filter(({ slot, person }) => slot === "notice" && names.includes(person));
  for (const { name, body } of told) evil.tell(to.name, name as "message:received", body as never);
  return told.length;
}

const isOf =
  (person: Person) =>
  (unit: Recorded): boolean =>
    unit.person === person.name;

test.concurrent("C2 every message and commit told twice: shown once, applied once", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  evil.on("notice", "message:received", (body) => [body, body]);
  evil.on("notice", "signal:received", (body) => [body, body, body]);
  evil.on("notice", "commit:accepted", (body) => [body, body]);
  const epoch = Number(anna.room.state().epoch);
  await anna.client.engine.renewKeys(anna.room.id);
  const carol = await attack.join("carol", anna.room.link);
  await whole(anna, bob, carol);
  expect(Number(bob.room.state().epoch)).toBe(epoch + 2);
  for (const person of [anna, bob, carol]) expect(new Set(textsOf(person)).size).toBe(textsOf(person).length);
});

test.concurrent("C2 every request asked twice of the relay: one message, one seat, one commit", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const anna = await attack.create("anna");
  evil.on("request", "message:send", (ask) => [ask, ask]);
  evil.on("request", "commit:send", (ask) => [ask, ask]);
  evil.on("request", "ticket:take", (ask) => [ask, ask]);
  const bob = await attack.join("bob", anna.room.link);
  await agree([anna, bob]);
  await whole(anna, bob);
  expect(anna.room.members()).toHaveLength(2);
});

test.concurrent("C3 all that was told, told again in a later epoch: nothing more is shown and nobody is removed or added", async (context) => {
  const attack = await begin(context);
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  await talk(anna, bob, carol);
  await carol.room.leave();
  await anna.room.until(counts(2), "Carol is gone");
  await bob.room.until(counts(2), "Carol is gone");
  await anna.client.engine.renewKeys(anna.room.id);
  await agree([anna, bob]);
  const before = textsOf(bob);
  expect(replay(attack, bob, anna, bob, carol)).toBeGreaterThan(10);
  await whole(anna, bob);
  expect(textsOf(bob).slice(0, -2)).toEqual(before);
  expect(bob.room.members()).toHaveLength(2);
});

test.concurrent("C3 messages told again after a reconnect: shown once", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  await talk(anna, bob);
  evil.cut("bob");
  await bob.room.until((room) => room.state().phase === "reconnecting", "the connection is lost");
  await talk(anna, bob);
  const before = textsOf(bob);
  expect(replay(attack, bob, bob)).toBeGreaterThan(2);
  await anna.room.send("after it all");
  await bob.room.until(shows("after it all"), "he reads on", 30_000);
  expect(textsOf(bob)).toEqual([...before, "after it all"]);
});

test.concurrent("C3 messages told again after a restart of the engine: a past that it forgot stays forgotten", async (context) => {
  const attack = await begin(context);
  const [anna, bob] = await attack.room("anna", "bob");
  await talk(anna, bob);
  const again = await attack.restart(bob);
  await agree([anna, again]);
  replay(attack, again, bob);
  await anna.room.send("news");
  await again.room.until(shows("news"), "he reads news");
  expect(textsOf(again)).toEqual(["news"]);
  await whole(anna, again);
});

test.concurrent("C3 what was said in one room, told in another of the same people: nothing is shown", async (context) => {
  const attack = await begin(context);
  const [anna, bob] = await attack.room("anna", "bob");
  await talk(anna, bob);
  const second = await anna.client.createRoom({ displayName: "anna" });
  const bobs = await bob.client.join(second.link, { name: "bob" });
  await bobs.until(isOpen, "he is inside");
  // All connections of Bob are told: that of the second room hears the first, and the other way round.
  replay(attack, bob, bob);
  await second.send("in the second");
  await bobs.until(shows("in the second"), "he reads it", 30_000);
  expect(bobs.messages().map(({ text }) => text)).toEqual(["in the second"]);
  expect(textsOf(bob)).not.toContain("in the second");
  await whole(anna, bob);
});

test.concurrent("C3 what somebody has said, told to them: not shown twice", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  await talk(anna, bob);
  const own = evil.seen("request", "message:send", "anna");
  for (const [seq, body] of own.entries()) evil.tell("anna", "message:received", { seq, ...body });
  await whole(anna, bob);
  expect(new Set(textsOf(anna)).size).toBe(textsOf(anna).length);
});

test.concurrent("C3 a joining commit told again after the joiner was removed: the joiner stays out", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const joins = evil.recorded.filter(isOf(bob)).filter(({ name }) => name === "commit:accepted");
  await anna.room.kick(carol.room.state().memberId);
  await bob.room.until(counts(2), "Carol is out");
  for (const { body } of joins) evil.tell("bob", "commit:accepted", body as never);
  await whole(anna, bob);
  expect(bob.room.members().map(({ name }) => name)).not.toContain("carol");
});

test.concurrent("C3 a proof of an invite asked again on another connection: refused", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna] = await attack.room("anna", "bob");
  const [open] = evil.seen("request", "invite:open", "bob");
  const stranger = await attack.create("stranger");
  expect(open).toBeDefined();
  if (!open) return;
  await evil.ask("stranger", "invite:challenge", { inviteId: open.inviteId });
  const outcome = await evil.ask("stranger", "invite:open", open);
  expect(outcome).toMatchObject({ ok: false, refusal: { code: "not_admitted" } });
  expect(anna.room.members()).toHaveLength(2);
  await talk(stranger);
});

// A hostile relay lies in its answers: about time, epochs, numbers and what was missed (SECURITY.md C18; PROTOCOL.md R4).
import { expect, test } from "vitest";
import { randomBytes } from "../../core/crypto/random.ts";
import type { Answer } from "../../wire/events.ts";
import { refused } from "../support/evil-relay.ts";
import { talk, textsOf, useAttacks, whole } from "./attack-setting.ts";
import type { Attack, Person } from "./attack-setting.ts";
import { isOpen } from "./setting.ts";

const begin = useAttacks();

const LONGEST = Number.MAX_SAFE_INTEGER;

/** Milliseconds that somebody is told the room has left. */
const leftMs = ({ room }: Person): number => room.snapshot().endsAtMs - Date.now();

/** Cuts Bob off and gives him this answer when he is back. */
async function comeBackTo(
  attack: Attack,
  bob: Person,
  lie: (answer: Answer<"room:resume">) => Answer<"room:resume">,
): Promise<void> {
  const { evil } = attack;
  const stop = evil.on("answer", "room:resume", (outcome) => {
    stop();
    return outcome.ok ? { ok: true, answer: lie(outcome.answer) } : undefined;
  });
  evil.cut("bob");
  await bob.room.until((room) => !isOpen(room), "he is away");
}

test.concurrent("C18 a longer life told in every answer: no clock shows more than the room was made with", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  for (const name of ["room:create", "invite:open", "room:resume"] as const) {
    evil.on("answer", name, (outcome) =>
      outcome.ok ? ({ ok: true, answer: { ...outcome.answer, lifeMs: LONGEST } } as typeof outcome) : undefined,
    );
  }
  const anna = await attack.create("anna", { expiresInS: 600 });
  const bob = await attack.join("bob", anna.room.link);
  evil.cut("bob");
  await bob.room.until((room) => !isOpen(room), "he is away");
  await whole(anna, bob);
  const again = await attack.restart(bob);
  await whole(anna, again);
  for (const person of [anna, again]) expect(leftMs(person)).toBeLessThanOrEqual(600_000);
});

test.concurrent("C18 a life of nothing told to one who comes back: the room ends for that one, as it may, and says so", async (context) => {
  const attack = await begin(context);
  const [anna, bob] = await attack.room("anna", "bob");
  await comeBackTo(attack, bob, (answer) => ({ ...answer, lifeMs: 0 }));
  await bob.room.until((room) => room.state().phase === "ended", "it is over for him");
  expect(bob.room.state().end).toMatchObject({ reason: "expired" });
  expect(textsOf(bob)).toEqual([]);
  expect(leftMs(anna)).toBeGreaterThan(3_000_000);
});

test.concurrent("C18 epochs and sequence numbers at their largest in all notices: order and epochs stay what they are", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  evil.on("notice", "message:received", (body) => ({ ...body, seq: LONGEST }));
  evil.on("notice", "commit:accepted", (body) => ({ ...body, seq: 0, epoch: LONGEST }));
  const { epoch } = bob.room.state();
  await anna.client.engine.renewKeys(anna.room.id);
  await bob.room.until((room) => room.state().epoch !== epoch, "a new epoch");
  await whole(anna, bob);
  expect(Number(bob.room.state().epoch)).toBe(Number(epoch) + 1);
});

test.concurrent("C18 a false epoch in the answer to a joining commit: the joiner stands where the others do", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  evil.on("answer", "commit:send", (outcome) =>
    outcome.ok ? { ok: true, answer: { ...outcome.answer, epoch: LONGEST, seq: 0 } } : undefined,
  );
  const [anna, bob] = await attack.room("anna", "bob");
  await whole(anna, bob);
  expect(bob.room.state().epoch).toBe(anna.room.state().epoch);
});

test.concurrent("R4 what was missed invented: the member stands with the others after", async (context) => {
  const attack = await begin(context);
  const [anna, bob] = await attack.room("anna", "bob");
  const baseCid = Uint8Array.from(Buffer.from(bob.room.state().cid, "hex"));
  await comeBackTo(attack, bob, (answer) => ({
    ...answer,
    missed: [{ seq: 1, baseCid, epoch: 2, envelope: randomBytes(1024) }],
  }));
  await whole(anna, bob);
  expect(anna.room.members()).toHaveLength(2);
});

/** What a member missed by three commits, handed to it as `change` makes it. */
async function missThree(attack: Attack, change: <T>(missed: readonly T[]) => T[]): Promise<void> {
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  let missed = 0;
  const stop = evil.on("notice", "commit:accepted", (_body, { person }) => (person === "bob" ? "drop" : undefined));
  for (const person of [anna, carol, anna]) {
    const { epoch } = person.room.state();
    await person.client.engine.renewKeys(person.room.id);
    for (const { room } of [anna, carol]) await room.until((its) => its.state().epoch !== epoch, "a new epoch");
  }
  stop();
  await comeBackTo(attack, bob, (answer) => {
    missed = answer.missed.length;
    return { ...answer, missed: change(answer.missed) };
  });
  await whole(anna, bob, carol);
  expect(missed).toBe(3);
}

for (const [what, change] of [
  ["in the wrong order", (missed) => missed.toReversed()],
  ["twice", (missed) => [...missed, ...missed]],
  ["without the first", (missed) => missed.slice(1)],
  ["without the last", (missed) => missed.slice(0, -1)],
] as [string, <T>(missed: readonly T[]) => T[]][]) {
  test.concurrent(`R4 what was missed handed out ${what}: the member stands with the others after`, async (context) => {
    const attack = await begin(context);
    await expect(missThree(attack, change)).resolves.toBeUndefined();
  });
}

test.concurrent("R4 a member told that it must come back though it missed nothing: it does, as the same member", async (context) => {
  const attack = await begin(context);
  const [anna, bob] = await attack.room("anna", "bob");
  const { memberId } = bob.room.state();
  await comeBackTo(attack, bob, (answer) => ({ ...answer, mustRejoin: true }));
  await whole(anna, bob);
  expect(bob.room.state().memberId).toBe(memberId);
  expect(anna.room.members()).toHaveLength(2);
});

test.concurrent("R2 every message refused for a while: kept, and sent once when it is taken", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  let refusals = 0;
  const stop = evil.on("request", "message:send", (_ask, { person }) => {
    if (person !== "anna" || refusals >= 3) return undefined;
    refusals++;
    return refused(refusals % 2 === 0 ? "rate_limited" : "try_later", { retryAfterMs: 20 });
  });
  await anna.room.send("patience");
  await bob.room.until((room) => room.messages().length === 1, "it comes");
  stop();
  await talk(anna, bob);
  expect(textsOf(bob).filter((text) => text === "patience")).toHaveLength(1);
});

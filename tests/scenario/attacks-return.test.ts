// A hostile relay lies to those who come back, keeps serving what is over, and looks at what it carries (SECURITY.md B4, C1,
// C13, C20, C21, D5, E8).
import { expect, test, vi } from "vitest";
import { decodeLink } from "../../core/room/link.ts";
import type { Head } from "../../wire/events.ts";
import { answered } from "../support/evil-relay.ts";
import type { Recorded } from "../support/evil-relay.ts";
import { alterations } from "../support/evil/alter.ts";
import { bytesHeldBy, formsOf } from "../support/recording-front.ts";
import { agree, talk, textsOf, useAttacks, whole } from "./attack-setting.ts";
import { counts, hasEnded, isOpen, shows } from "./setting.ts";

const begin = useAttacks();

test.concurrent("C1 each field of the answer to one who comes back changed: that one is with the others after", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const tried = new Set<string>();
  evil.on("answer", "room:resume", (outcome) => {
    if (!outcome.ok) return undefined;
    // The life that is left may be shortened by a relay, and then the room is over.
    const next = alterations(outcome.answer).find(({ field }) => field !== "lifeMs" && !tried.has(field));
    if (!next) return undefined;
    tried.add(next.field);
    return { ok: true, answer: next.body };
  });
  for (let i = 0; i < 3; i++) {
    evil.cut("bob");
    await bob.room.until((room) => !isOpen(room), "he is away");
    await whole(anna, bob);
  }
  expect([...tried]).toEqual(["seq", "mustRejoin", "relayKey"]);
});

test.concurrent("C1 each field of the answer to a new room changed: the room works, or its maker is told that it does not", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const tried = new Set<string>();
  evil.on("answer", "room:create", (outcome) => {
    if (!outcome.ok) return undefined;
    const next = alterations(outcome.answer).find(({ field }) => !tried.has(field));
    if (!next) return undefined;
    tried.add(next.field);
    return { ok: true, answer: next.body };
  });
  for (let i = 0; i < 5; i++) {
    const anna = await attack.create(`anna${i}`);
    const bob = await attack.join(`bob${i}`, anna.room.link);
    await whole(anna, bob);
  }
  expect(tried.size).toBe(5);
});

test.concurrent("C13 the past of before a kick handed to an engine that comes back: it does not talk into it", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const past: Head | undefined = evil.seen("notice", "ticket:granted", "carol").at(-1)?.head;
  if (!past) throw new Error("nothing was recorded");
  await anna.room.kick(carol.room.state().memberId);
  await bob.room.until(counts(2), "she is out");
  await agree([anna, bob]);
  evil.on("notice", "ticket:granted", (body) => ({ ...body, head: past }));
  const again = await attack.restart(bob);
  await vi.waitFor(() => expect(evil.seen("notice", "ticket:granted", "bob").length).toBeGreaterThan(1));
  await again.room.send("into the past").catch(() => undefined);
  await talk(anna);
  expect(again.room.state().phase).not.toBe("open");
  expect(evil.seen("request", "commit:send", "bob")).toHaveLength(1);
  expect(textsOf(carol)).toEqual([]);
});

test.concurrent("C13 the keys for those who come back spoilt or withheld: never a false room", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const saved = bob.client.vault();
  await anna.room.kick(carol.room.state().memberId);
  await bob.room.until(counts(2), "she is out");
  await bob.client.close();
  let grants = 0;
  evil.on("notice", "ticket:granted", (body) => {
    grants++;
    if (grants === 1) return { ...body, head: { ...body.head, rotation: undefined } };
    if (grants === 2) return { ...body, head: { ...body.head, rotation: new Uint8Array(100) } };
    return undefined;
  });
  // With the keys of before the kick: only the rotation leads to the present.
  const client = await attack.open("bob", { vault: saved });
  const [room] = client.rooms();
  if (!room) throw new Error("the room is gone");
  await room.until((its) => isOpen(its) || its.state().phase === "ended", "it is in or out", 40_000);
  if (isOpen(room)) await whole(anna, { name: "bob", client, room });
  expect(room.state().phase === "ended" || room.members().length === 2).toBe(true);
  expect(grants).toBeGreaterThan(0);
});

test.concurrent("D5 a kicked member whom the relay lets come back: it opens nothing of the present", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, carol] = await attack.room("anna", "bob", "carol");
  const saved = carol.client.vault();
  await anna.room.kick(carol.room.state().memberId);
  await carol.room.until((room) => room.state().phase === "ended", "she is told");
  await agree([anna, bob]);
  const head: Head = {
    ...evil.seen("request", "commit:send", "anna").at(-1),
    cid: new Uint8Array(32),
    epoch: 9,
  } as Head;
  evil.on("request", "room:resume", (_ask, { person }) =>
    person === "carol"
      ? answered<"room:resume">({
          seq: 9,
          lifeMs: 1_000_000,
          mustRejoin: true,
          missed: [],
          relayKey: new Uint8Array(32),
        })
      : undefined,
  );
  evil.on("request", "ticket:take", (_ask, { person }) => {
    if (person !== "carol") return undefined;
    evil.tell("carol", "ticket:granted", {
      head: {
        ...head,
        cid: Uint8Array.from(Buffer.from(anna.room.state().cid, "hex")),
        epoch: Number(anna.room.state().epoch),
      },
      leaseMs: 4_000,
    });
    return answered<"ticket:take">({ position: 0 });
  });
  const again = await attack.open("carol", { vault: saved });
  await talk(anna, bob);
  for (const body of evil.seen("request", "message:send", "anna"))
    evil.tell("carol", "message:received", { seq: 9, ...body });
  await talk(anna, bob);
  expect(again.rooms()).toHaveLength(1);
  for (const room of again.rooms()) {
    expect(room.state().phase).not.toBe("open");
    expect(room.messages()).toEqual([]);
  }
  expect(anna.room.members()).toHaveLength(2);
});

test.concurrent("E8 what comes after the end of a room: shown to nobody, and the room stays over", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  await talk(anna, bob);
  const told = evil.recorded.filter(({ person, slot }) => person === "bob" && slot === "notice");
  evil.on("notice", "room:ended", (body, { person }) => {
    const passed = told.map((unit) => unit.name as "message:received");
    for (const [at, name] of passed.entries()) evil.tell(person, name, told[at]?.body as never);
    return body;
  });
  await anna.room.end();
  await bob.room.until(hasEnded("destroyed"), "it is over");
  for (const { name, body } of told) evil.tell("bob", name as "message:received", body as never);
  expect(textsOf(bob)).toEqual([]);
  expect(bob.room.state().end).toMatchObject({ reason: "destroyed" });
});

const envelopesOf = (recorded: readonly Recorded[]): Uint8Array[] =>
  recorded.flatMap(({ slot, body }) => {
    const { envelope } = body as { envelope?: unknown };
    return (slot === "request" || slot === "signal") && envelope instanceof Uint8Array ? [envelope] : [];
  });

test.concurrent("C20 texts of every length, names, receipts and commits: no more than eight sizes on the wire", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  for (let length = 1; length <= 4_000; length += 133) await anna.room.send("x".repeat(length));
  await bob.room.until((room) => room.messages().length === 31, "all are read", 30_000);
  await bob.room.setTyping(true);
  await bob.room.renewKeys();
  await whole(anna, bob);
  const sizes = new Set(envelopesOf(evil.recorded).map(({ length }) => length));
  expect([...sizes].filter((size) => !Number.isInteger(Math.log2(size)) || size < 256)).toEqual([]);
  expect(sizes.size).toBeLessThanOrEqual(8);
});

test.concurrent("C21 all that one person has sent in two rooms: no eight bytes come twice", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob] = await attack.room("anna", "bob");
  const second = await anna.client.createRoom({ displayName: "anna" });
  const other = await attack.join("carol", second.link);
  for (const text of ["the same words", "the same words"]) {
    await anna.room.send(text);
    await second.send(text);
  }
  await other.room.until(shows("the same words"), "they are read");
  await anna.room.renewKeys();
  await whole(anna, bob);
  const sent = envelopesOf(evil.recorded.filter(({ person }) => person === "anna"));
  const seen = new Set<string>();
  let repeated = 0;
  for (const envelope of sent) {
    for (let at = 0; at + 8 <= envelope.length; at++) {
      const window = Buffer.from(envelope.buffer, envelope.byteOffset + at, 8).toString("latin1");
      if (seen.has(window)) repeated++;
      seen.add(window);
    }
  }
  expect(sent.length).toBeGreaterThan(5);
  expect(repeated).toBe(0);
});

test.concurrent("B4 all that the relay is told of a room with knocks, powers and a kick: no secret, no name, no word of it", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const canaries = ["canary-anna", "canary-bob", "canary-carol", "canary room", "canary words"];
  const anna = await attack.create("canary-anna", { name: "canary room", askFirst: true });
  const bob = await attack.join("canary-bob", anna.room.link);
  await anna.room.until((room) => room.knocks().length === 1, "he knocks");
  await anna.room.answerKnock(anna.room.knocks()[0]?.id ?? "", true);
  await agree([anna, bob]);
  const { link } = await anna.room.addInvite();
  const carol = await attack.join("canary-carol", link);
  await agree([anna, bob, carol]);
  await bob.room.send("canary words");
  await anna.room.until(shows("canary words"), "they are read");
  await anna.room.setDelegate(bob.room.state().memberId);
  await anna.room.kick(carol.room.state().memberId);
  await whole(anna, bob);
  const wire = bytesHeldBy(evil.recorded.map(({ slot, name, body }) => ({ slot, name, body })));
  const ids = [anna, bob].map(({ room }) => Uint8Array.from(Buffer.from(room.state().memberId, "hex")));
  const secrets = [anna.room.link, link].map((text) => decodeLink(text).secret);
  const found = [...canaries, ...secrets, ...ids].filter((canary) =>
    formsOf(canary).some((form) => wire.includes(form)),
  );
  expect(found).toEqual([]);
  // What does pass is found: the record is not empty and the search works.
  const { inviteId } = evil.seen("request", "invite:open", "canary-carol")[0] ?? {};
  expect(formsOf(inviteId ?? canaries[0] ?? "").some((form) => wire.includes(form))).toBe(true);
});

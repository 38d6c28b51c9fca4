// A hostile member, who holds the room's keys and says what it likes, alone or with the relay's help (SECURITY.md C9, D1, D3,
// D9 to D11, D13).
import { expect, test, vi } from "vitest";
import { randomBytes } from "../../core/crypto/random.ts";
import type { ContentBody } from "../../core/room/content.ts";
import type { GroupHost, Sealed, SealRequest } from "../../engine/workers/group-contract.ts";
import { agree, fastClock, missingOf, talk, textsOf, useAttacks, whole } from "./attack-setting.ts";
import type { Attack, Person } from "./attack-setting.ts";
import { counts, shows } from "./setting.ts";

const begin = useAttacks();

/** Changes what a member seals; its engine knows nothing of it. */
type Change = (request: SealRequest) => SealRequest;

const sealing =
  (change: Change) =>
  (host: GroupHost): Partial<GroupHost> => ({
    seal: (room, request) => host.seal(room, change(request)),
  });

const onText =
  (change: (request: SealRequest) => Partial<SealRequest>): Change =>
  (request) =>
    request.body.kind === "text" ? { ...request, ...change(request) } : request;

/** Anna, Bob, and Mallory, who seals as `change` says. */
async function withMallory(attack: Attack, change: Change): Promise<readonly [Person, Person, Person]> {
  const anna = await attack.create("anna");
  const bob = await attack.join("bob", anna.room.link);
  const mallory = await attack.join("mallory", anna.room.link, { host: sealing(change) });
  await agree([anna, bob, mallory]);
  return [anna, bob, mallory];
}

/** Makes Mallory send `body` where her engine would say that she types. */
const insteadOfTyping =
  (body: () => ContentBody): Change =>
  (request) =>
    request.body.kind === "typing" ? { ...request, body: body() } : request;

test.concurrent("D11 the largest Lamport time there is: everybody can still write and read", async (context) => {
  const attack = await begin(context);
  const largest = onText(() => ({ lamport: Number.MAX_SAFE_INTEGER }));
  const [anna, bob, mallory] = await withMallory(attack, largest);
  await mallory.room.send("from the end of time");
  await Promise.race([
    bob.room.until(shows("from the end of time"), "he reads it"),
    bob.room.until((room) => room.snapshot().undecryptable > 0, "he does not"),
  ]);
  await talk(anna, bob);
  expect(anna.room.state().phase).toBe("open");
});

test.concurrent("D11 the largest number there is: one mark of what is missing, and everybody talks on", async (context) => {
  const attack = await begin(context);
  const [anna, bob, mallory] = await withMallory(
    attack,
    onText(() => ({ sequence: 2 ** 32 - 1 })),
  );
  await mallory.room.send("number four billion");
  await talk(anna, bob);
  const gaps = bob.room.messages().filter(({ state }) => state === "gap");
  expect(gaps.length).toBeLessThanOrEqual(1);
});

test.concurrent("D11 the last run there is, and number zero: everybody talks on", async (context) => {
  const attack = await begin(context);
  let count = 0;
  const [anna, bob, mallory] = await withMallory(
    attack,
    onText(() => (count++ === 0 ? { run: 65_535 } : { run: 0, sequence: 0 })),
  );
  await mallory.room.send("last run");
  await mallory.room.send("no number");
  await talk(anna, bob);
  expect(textsOf(anna).filter((text) => text === "no number").length).toBeLessThanOrEqual(1);
});

test.concurrent("D3 the message id of somebody else: the other's message stays as it was", async (context) => {
  const attack = await begin(context);
  let stolen = randomBytes(16);
  const [anna, bob, mallory] = await withMallory(
    attack,
    onText(() => ({ messageId: stolen })),
  );
  const id = await anna.room.send("what Anna said");
  await bob.room.until(shows("what Anna said"), "he reads it");
  stolen = Uint8Array.from(Buffer.from(id, "hex"));
  await mallory.room.send("what Mallory wants her to have said");
  await talk(anna, bob);
  const annas = bob.room.messages().filter(({ from }) => from === anna.room.state().memberId);
  expect(annas.map(({ text }) => text)).toContain("what Anna said");
  expect(annas.map(({ text }) => text)).not.toContain("what Mallory wants her to have said");
});

test.concurrent("D3 one's own message sent again under the same number: shown once", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  let first: SealRequest | undefined;
  const [anna, bob, mallory] = await withMallory(attack, (request) => {
    if (request.body.kind !== "text") return request;
    first ??= request;
    return { ...request, sequence: first.sequence, previous: first.previous, messageId: first.messageId };
  });
  for (let i = 0; i < 3; i++) await mallory.room.send("once is enough");
  await vi.waitFor(() => expect(evil.seen("request", "message:send", "mallory").length).toBeGreaterThan(3));
  await talk(anna, bob);
  expect(textsOf(bob).filter((text) => text === "once is enough")).toHaveLength(1);
});

test.concurrent("D1 a message in the order of an earlier time: shown as its author's, nobody else's is moved", async (context) => {
  const attack = await begin(context);
  const [anna, bob, mallory] = await withMallory(
    attack,
    onText(() => ({ lamport: 0 })),
  );
  await talk(anna, bob);
  const before = textsOf(bob);
  await mallory.room.send("I was first");
  await bob.room.until(shows("I was first"), "he reads it");
  expect(textsOf(bob).filter((text) => text !== "I was first")).toEqual(before);
  const [item] = bob.room.messages().filter(({ text }) => text === "I was first");
  expect(item?.from).toBe(mallory.room.state().memberId);
});

test.concurrent("D13 receipts for what never came: each member counts once, for itself", async (context) => {
  const attack = await begin(context);
  const [anna, bob, mallory] = await withMallory(attack, (request) =>
    request.body.kind === "receipt"
      ? {
          ...request,
          body: { kind: "receipt", heads: request.body.heads.map((head) => ({ ...head, sequence: 2 ** 32 - 1 })) },
        }
      : request,
  );
  await anna.room.send("who has this");
  for (const { room } of [bob, mallory]) await room.until(shows("who has this"), "it is read");
  const delivered = () => anna.room.timeline().flatMap((item) => (item.kind === "message" ? [item.deliveredTo] : []));
  await anna.room.until(() => delivered().some((count) => count > 0), "somebody confirms");
  await talk(anna, bob);
  expect(Math.max(...delivered())).toBeLessThanOrEqual(2);
});

test.concurrent("D1 contents handed on with a changed text, and in somebody else's name: none is shown", async (context) => {
  const attack = await begin(context);
  const signed: Uint8Array[] = [];
  const spoilt = () =>
    signed.flatMap((bytes) => [bytes, bytes.with(60, (bytes[60] ?? 0) ^ 1), bytes.with(bytes.length - 70, 0x21)]);
  const anna = await attack.create("anna");
  const bob = await attack.join("bob", anna.room.link);
  const mallory = await attack.join("mallory", anna.room.link, {
    host: (host) => ({
      open: async (room, options) => {
        const opened = await host.open(room, options);
        signed.push(opened.signed);
        return opened;
      },
      seal: (room, request) => {
        const contents = spoilt()
          .filter((bytes) => bytes.length < 20_000)
          .slice(-30);
        return host.seal(room, insteadOfTyping(() => ({ kind: "again", contents }))(request));
      },
    }),
  });
  await agree([anna, bob, mallory]);
  await anna.room.send("as it was said");
  for (const { room } of [bob, mallory]) await room.until(shows("as it was said"), "it is read");
  await mallory.room.setTyping(true);
  await whole(anna, bob, mallory);
  expect(textsOf(bob)).toHaveLength(4);
  expect(textsOf(bob)).toContain("as it was said");
});

test.concurrent("D10 a request for everything, a hundred times: the others talk on", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const [anna, bob, mallory] = await withMallory(
    attack,
    insteadOfTyping(() => ({ kind: "have", heads: [] })),
  );
  await talk(anna, bob, mallory);
  await mallory.room.setTyping(true);
  await vi.waitFor(() =>
    expect(evil.recorded.some(({ person, name }) => person === "mallory" && name === "signal:send")).toBe(true),
  );
  const asked = evil.seen("signal", "signal:send", "mallory").at(-1);
  if (!asked) throw new Error("nothing was asked");
  for (let i = 0; i < 100; i++) for (const person of ["anna", "bob"]) evil.tell(person, "signal:received", asked);
  await whole(anna, bob, mallory);
  expect(evil.seen("request", "message:send", "bob").length).toBeLessThan(60);
});

test.concurrent("D10 two hundred messages at once: the others' messages come through", async (context) => {
  const attack = await begin(context);
  const [anna, bob, mallory] = await attack.room("anna", "bob", "mallory");
  for (let i = 0; i < 190; i++) await mallory.room.send(`flood ${i}`);
  await talk(anna, bob);
  expect(anna.room.state().phase).toBe("open");
});

test.concurrent("D10 a beat that claims what is not: the others talk on, for all that a liar says", async (context) => {
  const attack = await begin(context);
  const clock = fastClock(5);
  const anna = await attack.create("anna", { clock });
  const bob = await attack.join("bob", anna.room.link, { clock });
  const mallory = await attack.join("mallory", anna.room.link, {
    clock,
    host: sealing((request) =>
      request.body.kind === "beat"
        ? { ...request, body: { ...request.body, epoch: request.body.epoch + 40 } }
        : request,
    ),
  });
  for (const { room } of [anna, bob]) {
    await room.until(counts(3), "Mallory is there");
    await room.until((its) => its.snapshot().warning !== undefined, "the claim is seen", 20_000);
  }
  await talk(anna, bob);
  for (const { room } of [anna, bob]) expect(JSON.stringify(room.snapshot().warning)).toContain("mallory");
  expect(mallory.room.members()).toHaveLength(3);
});

test.concurrent("C9 different texts under one number to two members, with the relay's help: the author is named", async (context) => {
  const attack = await begin(context);
  const { evil } = attack;
  const anna = await attack.create("anna");
  const bob = await attack.join("bob", anna.room.link);
  let second: Sealed | undefined;
  let first: Sealed | undefined;
  const mallory = await attack.join("mallory", anna.room.link, {
    host: (host) => ({
      seal: async (room, request) => {
        const sealed = await host.seal(room, request);
        if (request.body.kind !== "text" || first) return sealed;
        first = sealed;
        second = await host.seal(room, { ...request, body: { kind: "text", text: "no" } });
        return sealed;
      },
    }),
  });
  await agree([anna, bob, mallory]);
  evil.on("notice", "message:received", (body, { person }) => {
    if (person !== "bob" || !first || !second || !Buffer.from(body.envelope).equals(first.envelope)) return undefined;
    return { ...body, envelope: second.envelope };
  });
  await mallory.room.send("yes");
  await anna.room.until(shows("yes"), "Anna reads one thing");
  await bob.room.until(shows("no"), "Bob another");
  await mallory.room.send("as I said");
  await bob.room.until((room) => room.snapshot().warning?.kind === "equivocation", "Bob is warned", 20_000);
  expect(JSON.stringify(bob.room.snapshot().warning)).toContain("mallory");
});

test.concurrent("D9 a good commit with a state for joiners that nobody can open: newcomers still come in", async (context) => {
  const attack = await begin(context);
  const anna = await attack.create("anna");
  const bob = await attack.join("bob", anna.room.link);
  const mallory = await attack.join("mallory", anna.room.link, {
    host: (host) => ({
      prepareCommit: async (room, options) => {
        const prepared = await host.prepareCommit(room, options);
        return prepared && { ...prepared, groupInfo: randomBytes(4_096) };
      },
    }),
  });
  await agree([anna, bob, mallory]);
  await mallory.room.renewKeys();
  await agree([anna, bob, mallory]);
  const carol = await attack.join("carol", anna.room.link);
  await whole(anna, bob, mallory, carol);
  expect(missingOf(carol)).toBe(0);
});

test.concurrent("D9 a commit that one member refuses and the others take: all are in one room after", async (context) => {
  const attack = await begin(context);
  const anna = await attack.create("anna");
  const bob = await attack.join("bob", anna.room.link);
  const mood = { isContrary: false };
  const carol = await attack.join("carol", anna.room.link, {
    host: (host) => ({
      apply: async (room, commit) => (mood.isContrary ? { kind: "refused" } : host.apply(room, commit)),
    }),
  });
  await agree([anna, bob, carol]);
  mood.isContrary = true;
  const { epoch } = bob.room.state();
  await anna.room.renewKeys();
  await bob.room.until((room) => room.state().epoch !== epoch, "he takes it");
  mood.isContrary = false;
  await whole(anna, bob, carol);
  expect(anna.room.members()).toHaveLength(3);
});

test.concurrent("D8 D9 commits of noise, one after the other: refused each time, their author is off the relay", async (context) => {
  const attack = await begin(context);
  const anna = await attack.create("anna");
  const bob = await attack.join("bob", anna.room.link);
  const carol = await attack.join("carol", anna.room.link);
  const mallory = await attack.join("mallory", anna.room.link, {
    host: (host) => ({
      prepareCommit: async (room, options) => {
        const prepared = await host.prepareCommit(room, options);
        return prepared && { ...prepared, envelope: randomBytes(1_024) };
      },
    }),
  });
  await agree([anna, bob, carol, mallory]);
  const { cid } = anna.room.state();
  await mallory.room.renewKeys().catch(() => undefined);
  await mallory.room.until((room) => room.state().phase !== "open", "she is off the relay");
  await talk(anna, bob, carol);
  expect(new Set([anna, bob, carol].map(({ room }) => room.state().cid)).size).toBe(1);
  expect(bob.room.state().cid === cid || bob.room.members().length >= 3).toBe(true);
});

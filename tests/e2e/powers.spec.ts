// Who comes in, who may do what, and how people see that nobody is between them: in Chromium and Firefox, in the same rooms.
// Where a third person is needed, and nobody looks at their screen, it is an engine without a browser.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GroupHost } from "../../engine/workers/group-contract.ts";
import { changed } from "../scenario/setting.ts";
import { answered, EvilRelay } from "../support/evil-relay.ts";
import { openClient } from "../support/node-client.ts";
import type { Client, ClientOptions, ClientRoom } from "../support/node-client.ts";
import { bytesHeldBy, formsOf, openRecordingFront } from "../support/recording-front.ts";
import type { RecordingFront } from "../support/recording-front.ts";
import { startRelay } from "../support/relay.ts";
import type { TestRelay } from "../support/relay.ts";
import { RELAY_ORIGIN, RELAY_PORT } from "./drivers/build.ts";
import { launchChrome } from "./drivers/chrome.ts";
import { launchFirefox } from "./drivers/firefox.ts";
import type { Browser, Surface } from "./drivers/surface.ts";
import {
  addInvite,
  choose,
  closeAll,
  createRoom,
  endingOf,
  entered,
  invitesOf,
  knockAt,
  linkOf,
  marksOf,
  openVerification,
  reads,
  revokeInvite,
  says,
  send,
  switchLock,
  tells,
  textOf,
  textsOf,
} from "./journey.ts";

const PASSWORD = "canary harbour violet saddle";

let relay: TestRelay;
let front: RecordingFront;
let evil: EvilRelay;
let chrome: Browser;
let firefox: Browser;
const clients: Client[] = [];
/** One tab in each browser, from test to test. */
let a: Surface;
let c: Surface;

beforeAll(async () => {
  relay = await startRelay({ PUBLIC_URL: RELAY_ORIGIN });
  front = await openRecordingFront(RELAY_PORT, relay.port);
  evil = await EvilRelay.open(relay.port);
  [chrome, firefox] = await Promise.all([launchChrome(), launchFirefox()]);
  [a, c] = await Promise.all([chrome.open("room.html"), firefox.open("room.html")]);
}, 180_000);
afterAll(async () => {
  for (const client of clients) await client.close();
  await Promise.all([chrome.close(), firefox.close()]);
  await evil.close();
  await front.close();
  await relay.close();
});

async function guest(options: Partial<ClientOptions> = {}): Promise<Client> {
  const client = await openClient({ relay: RELAY_ORIGIN, ...options });
  clients.push(client);
  return client;
}

async function atHome(view: Surface): Promise<void> {
  await closeAll(view);
  await view.eval(() => {
    const home = document.querySelector<HTMLElement>("[data-testid=back]");
    const buttons = document.querySelectorAll<HTMLElement>("[data-testid=terminal-state] button");
    ([...buttons].at(-1) ?? home)?.click();
  });
  await view.waitFor("join-link");
}

describe("a room with a password", () => {
  let link: string;
  let dave: ClientRoom;

  test("keeps out who types a wrong one, and says so to its owner", async () => {
    link = await createRoom(a, { displayName: "Alice", password: PASSWORD });
    await knockAt(c, link, { displayName: "Carol", password: "canary harbour violet" });
    await expect.poll(() => textOf(c, "password-error"), { timeout: 30_000 }).toContain("wrong");
    expect(await c.text("password")).toBe("canary harbour violet");
    await c.fill("password", PASSWORD);
    await c.click("join");
    await entered(c, "composer");
    await send(c, "inside by the right one");
    await reads(a, "inside by the right one");
    await tells(a, "Carol joined, invited by Alice");
    await expect.poll(async () => (await invitesOf(a)).join(), { timeout: 20_000 }).toContain("1 wrong password");
    for (const form of formsOf(PASSWORD)) {
      expect(Buffer.concat([front.record(), bytesHeldBy(relay.relay.store)]).includes(form)).toBe(false);
    }
  });

  test("has invites for one person, which can be revoked", async () => {
    const single = await addInvite(a, { uses: "one" });
    dave = await (await guest()).join(single, { name: "Dave" });
    await tells(c, "Dave joined, invited by Alice");
    await expect((await guest()).join(single)).rejects.toMatchObject({ code: "not_admitted" });
    const unused = await addInvite(a, { uses: "one" });
    await revokeInvite(a, "0 of 1");
    await expect((await guest()).join(unused)).rejects.toMatchObject({ code: "not_admitted" });
    await tells(c, "Alice revoked an invite");
  });

  test("lets nobody in while it is locked", async () => {
    await switchLock(a);
    await tells(c, "Alice locked the room");
    await expect((await guest()).join(link, { password: PASSWORD })).rejects.toMatchObject({ code: "room_locked" });
    await switchLock(a);
    await tells(c, "Alice unlocked the room");
  });

  test("is left by who is removed, with the links they know", async () => {
    await choose(a, "Carol", "remove");
    await expect.poll(() => endingOf(c), { timeout: 20_000 }).toBe("removed");
    await says(c, "terminal-state", "Alice removed you");
    await dave.until((room) => room.snapshot().members.length === 2, "Dave sees it");
    await atHome(c);
    await knockAt(c, link, { displayName: "Carol", password: PASSWORD });
    await expect.poll(() => textOf(c, "password-error"), { timeout: 30_000 }).toContain("no longer works");
    await atHome(c);
    const next = await linkOf(a);
    expect(next).not.toBe(link);
    await knockAt(c, next, { displayName: "Carol again", password: PASSWORD });
    await entered(c, "composer");
    await send(c, "back by the new link");
    await reads(a, "back by the new link");
  });

  test("has people who can only read", async () => {
    await choose(a, "Carol again", "remove");
    await expect.poll(() => endingOf(c), { timeout: 20_000 }).toBe("removed");
    await atHome(c);
    await knockAt(c, await addInvite(a, { readOnly: true }), { displayName: "Reader" });
    await entered(c, "read-only-note");
    await send(a, "for reading");
    await reads(c, "for reading");
    await expect.poll(() => textOf(a, "delivered"), { timeout: 20_000 }).toContain("Delivered");
    expect(await c.count("composer")).toBe(0);
    expect(await marksOf(a, "Reader")).toEqual(["readOnly"]);
  });

  test("goes over to another owner, who can make moderators", async () => {
    await choose(a, "Dave", "make-moderator");
    await tells(c, "Alice made Dave a moderator");
    expect(await marksOf(c, "Dave")).toEqual(["moderator"]);
    await choose(a, "Dave", "hand-over");
    await tells(c, "Alice handed the room over to Dave");
    expect(await marksOf(a, "Dave")).toContain("owner");
    await expect.poll(() => a.count("lock")).toBe(0);
    await dave.setDelegate(dave.members().find(({ name }) => name === "Alice")?.id ?? "");
    await tells(a, "Dave made Alice a moderator");
    await dave.end();
    for (const view of [a, c]) await expect.poll(() => endingOf(view), { timeout: 20_000 }).toBe("destroyed");
  });
});

/** All fingerprints on screen, in no particular order. */
function digitsOf(view: Surface): Promise<string[]> {
  return view.eval(() =>
    [...document.querySelectorAll<HTMLElement>("[data-testid=digits]")]
      .map((each) => (each.textContent ?? "").replaceAll(/\s+/gu, ""))
      .toSorted(),
  );
}

describe("a room that asks first", () => {
  let link: string;

  test("denies and lets in, in both directions", async () => {
    await Promise.all([atHome(a), atHome(c)]);
    link = await createRoom(c, { displayName: "Carol", roomName: "Attic 3", askFirst: true });
    await knockAt(a, link, { displayName: "Alice" });
    await entered(a, "knocking");
    await says(c, "knocks", "Alice wants to come in");
    // Whoever is writing goes on writing.
    expect(await c.eval(() => (document.activeElement as HTMLElement | null)?.dataset["testid"])).toBe("composer");
    await c.click("deny");
    await expect.poll(() => endingOf(a), { timeout: 20_000 }).toBe("denied");
    await atHome(a);
    await knockAt(a, link, { displayName: "Alice" });
    await says(c, "knocks", "Alice wants to come in");
    await c.click("let-in");
    await entered(a, "composer");
    await tells(c, "Alice joined, let in by Carol");
    expect(await c.count("knock")).toBe(0);
  });

  test("is looked after by moderators too", async () => {
    await choose(c, "Alice", "make-moderator");
    await tells(a, "Carol made Alice a moderator");
    const erin = await (await guest()).join(link, { name: "Erin" });
    for (const view of [a, c]) await says(view, "knocks", "Erin wants to come in");
    await a.click("let-in");
    await erin.until((room) => room.state().phase === "open", "Erin is inside");
    await tells(c, "Erin joined, let in by Alice");
    await expect.poll(() => c.count("knock")).toBe(0);
    await erin.leave();
    await tells(c, "Erin left");
  });

  test("shows the same words to both, and the same emoji", async () => {
    await Promise.all([openVerification(a), openVerification(c)]);
    const words = await textOf(a, "words");
    expect(words.match(/\p{L}+/gu)).toHaveLength(8);
    expect(await textOf(c, "words")).toBe(words);
    expect(await digitsOf(a)).toEqual(await digitsOf(c));
    expect((await digitsOf(a)).every((each) => /^\d{30}$/u.test(each))).toBe(true);

    await closeAll(c);
    await a.click("emoji-start");
    await c.waitFor("emoji-look");
    await c.click("emoji-look");
    for (const view of [a, c]) await view.waitFor("emoji", { timeoutMs: 20_000 });
    const pictures = await textOf(a, "emoji");
    expect(await c.eval(() => document.querySelectorAll("[data-testid=emoji] li").length)).toBe(7);
    expect(await textOf(c, "emoji")).toBe(pictures);
    for (const view of [a, c]) {
      await view.click("emoji-match");
      await expect.poll(() => view.count("emoji"), { timeout: 10_000 }).toBe(0);
      await closeAll(view);
    }
    expect(await marksOf(a, "Carol")).toContain("verified");
    expect(await marksOf(c, "Alice")).toContain("verified");
  });
});

/** Whose beats tell of another room under the same commit. */
const lie = (host: GroupHost): GroupHost =>
  changed(host, {
    seal: async (room, request) => {
      const { body } = request;
      const isBeat = body.kind === "beat";
      const told = isBeat ? { ...request, body: { ...body, authenticator: new Uint8Array(16).fill(7) } } : request;
      return await host.seal(room, told);
    },
  });

describe("what a relay or a member does wrong", () => {
  test("a message that did not arrive is missed, and one that others hold is handed on", async () => {
    const link = await addInvite(c, { uses: "anyone" });
    const mallory = await (await guest({ door: evil.door("Mallory") })).join(link, { name: "Mallory" });
    await mallory.until((room) => room.state().phase === "open", "Mallory is inside");
    // All that Mallory says is lost on the way, and Mallory believes that it went out.
    const stop = [
      evil.on("request", "message:send", () => answered<"message:send">({ seq: 0 })),
      evil.on("signal", "signal:send", () => "drop"),
    ];
    await mallory.send("lost at first");
    await mallory.until((room) => ["sent", "delivered"].includes(room.messages().at(-1)?.state ?? ""), "it went out");
    stop[0]?.();
    await mallory.send("arrives");
    for (const view of [a, c]) {
      await reads(view, "arrives");
      await says(view, "gap", "1 message of Mallory did not arrive.");
    }
    stop[1]?.();
    for (const view of [a, c]) {
      await reads(view, "lost at first");
      await expect.poll(() => view.count("gap")).toBe(0);
    }
    await mallory.leave();
  });

  test("who shows another version of the room is named", async () => {
    const link = await addInvite(c, { uses: "anyone" });
    await (await guest({ groupHost: lie })).join(link, { name: "Trudy" });
    for (const view of [a, c]) {
      await says(view, "warning", "Trudy sees a different version of this room.", 30_000);
      await view.click("warning-compare");
      await view.waitFor("words");
      await closeAll(view);
    }
    expect((await textsOf(a)).join()).toContain("arrives");
  });

  test("an owner who leaves hands the room over first", async () => {
    await c.click("more");
    await c.click("leave");
    await c.waitFor("heir");
    await c.eval(() => {
      const heir = document.querySelector<HTMLSelectElement>("[data-testid=heir]");
      if (!heir) throw new Error("no choice");
      heir.value = [...heir.options].find(({ text }) => text === "Alice")?.value ?? "";
      heir.dispatchEvent(new Event("change", { bubbles: true }));
    });
    await c.click("confirm");
    await expect.poll(() => endingOf(c), { timeout: 20_000 }).toBe("left");
    await tells(a, "Carol handed the room over to Alice");
    expect(await marksOf(a, "Alice")).toContain("owner");
  });
});

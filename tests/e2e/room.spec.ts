// The main job between real browsers through the real relay: create, hand over the link, join, talk, end.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openRecordingFront } from "../support/recording-front.ts";
import type { RecordingFront } from "../support/recording-front.ts";
import { bytesHeldBy, formsOf } from "../support/recording-front.ts";
import { startRelay } from "../support/relay.ts";
import type { TestRelay } from "../support/relay.ts";
import { RELAY_ORIGIN, RELAY_PORT } from "./drivers/build.ts";
import { launchChrome } from "./drivers/chrome.ts";
import { launchFirefox } from "./drivers/firefox.ts";
import type { Browser, Surface } from "./drivers/surface.ts";
import { createRoom, destroy, endingOf, joinRoom, leave, openRoom, reads, send, textsOf } from "./journey.ts";

let relay: TestRelay;
let front: RecordingFront;
let alice: Browser;
let bob: Browser;
let carol: Browser;
const open: Surface[] = [];

beforeAll(async () => {
  relay = await startRelay({ PUBLIC_URL: RELAY_ORIGIN });
  front = await openRecordingFront(RELAY_PORT, relay.port);
  [alice, bob, carol] = await Promise.all([launchChrome(), launchChrome(), launchFirefox()]);
}, 180_000);
afterAll(async () => {
  await Promise.all([alice, bob, carol].map((browser) => browser.close()));
  await front.close();
  await relay.close();
});
afterEach(async () => {
  for (const view of open.splice(0)) await view.close().catch(() => undefined);
});

async function room(browser: Browser): Promise<Surface> {
  const view = await browser.open("room.html");
  open.push(view);
  return view;
}

/** Made first and looked at last: nobody waits for its minute. */
let short: { views: Surface[]; createdMs: number };

interface Watched {
  endedAtMs?: number;
}

/** Runs in the page: notes when the room was over. */
function watchEnd(): void {
  const watched = globalThis as Watched;
  new MutationObserver(() => {
    if (document.querySelector("[data-testid=terminal-state]")) watched.endedAtMs ??= Date.now();
  }).observe(document.body, { childList: true, subtree: true });
}

/** Runs in the page. */
function endedAtMs(): number {
  return (globalThis as Watched).endedAtMs ?? 0;
}

const held = async () => (await relay.relay.store.size()).rooms;

describe("a secret room", () => {
  test("a room of one minute opens in both browsers", async () => {
    const [a, c] = [await alice.open("room.html"), await carol.open("room.html")];
    const link = await createRoom(a, { minutes: 1 });
    short = { views: [a, c], createdMs: Date.now() };
    await joinRoom(c, link, "Carol");
    await send(c, "for a minute");
    await reads(a, "for a minute");
    for (const view of [a, c]) await view.eval(watchEnd);
    expect(await held()).toBe(1);
  });

  test("two people in two Chromium profiles talk, and the relay learns nothing of it", async () => {
    const [a, b] = [await room(alice), await room(bob)];
    const names = { roomName: "Canary Lantern", displayName: "Canary Heron" };
    const link = await createRoom(a, names);
    await joinRoom(b, link, "Canary Otter");
    await send(a, "canary text one");
    await reads(b, "canary text one");
    await send(b, "canary text two");
    await reads(a, "canary text two");
    await expect.poll(() => b.eval(() => document.body.innerText)).toContain("Canary Lantern");

    const secret = Buffer.from(new URL(link).hash.slice(1), "base64url").subarray(2, 34);
    const record = Buffer.concat([front.record(), bytesHeldBy(relay.relay.store)]);
    // The record does hold what passes in the open.
    for (const known of ["message:send", "invite:open"]) expect(record.includes(known)).toBe(true);
    const canaries = [secret, ...Object.values(names), "Canary Otter", "canary text one", "canary text two"];
    for (const canary of canaries) {
      for (const form of formsOf(canary)) expect(record.includes(form)).toBe(false);
    }
    for (const browser of [alice, bob]) expect(browser.output()).not.toContain("canary");
    await leave(a);
    await expect.poll(() => endingOf(a)).toBe("left");
    const before = await held();
    await leave(b);
    await expect.poll(held).toBe(before - 1);
  });

  test("Chromium and Firefox talk; a third comes later and sees no earlier text", async () => {
    const [a, c] = [await room(alice), await room(carol)];
    const link = await createRoom(c, { displayName: "Carol" });
    await joinRoom(a, link, "Alice");
    await send(c, "before the third");
    await reads(a, "before the third");
    const b = await room(bob);
    await joinRoom(b, link, "Bob");
    await send(a, "all three");
    for (const view of [b, c]) await reads(view, "all three");
    await send(b, "me too");
    for (const view of [a, c]) await reads(view, "me too");
    expect((await textsOf(b)).join()).not.toContain("before the third");
    await destroy(c);
    for (const view of [a, b, c]) await expect.poll(() => endingOf(view), { timeout: 10_000 }).toBe("destroyed");
  });

  test("the panel and a tab show one room", async () => {
    for (const [browser, other] of [
      [alice, bob],
      [carol, alice],
    ] as const) {
      const [tab, b] = [await room(browser), await room(other)];
      const link = await createRoom(tab, { roomName: "One room" });
      const panel = await browser.panel();
      await openRoom(panel, "One room");
      await joinRoom(b, link, "Bob");
      await send(panel, "from the panel");
      for (const view of [tab, b]) await reads(view, "from the panel");
      await send(b, "to both");
      for (const view of [tab, panel]) await reads(view, "to both");
      await destroy(tab);
      await expect.poll(() => endingOf(panel)).toBe("destroyed");
    }
  });

  test("an engine that dies in the middle of a room comes back, and everybody talks on", async () => {
    const [a, b, c] = [await room(alice), await room(bob), await room(carol)];
    const link = await createRoom(a, { displayName: "Alice" });
    await joinRoom(b, link, "Bob");
    await joinRoom(c, link, "Carol");
    const people = [
      { browser: alice, view: a },
      { browser: bob, view: b },
      { browser: carol, view: c },
    ];
    for (const [i, { browser, view }] of people.entries()) {
      await browser.killEngine();
      await expect.poll(() => view.count("composer"), { timeout: 20_000 }).toBe(1);
      await send(view, `alive again ${i}`);
      for (const other of people) await reads(other.view, `alive again ${i}`, 30_000);
    }
    await destroy(a);
    for (const { view } of people) await expect.poll(() => endingOf(view)).toBe("destroyed");
  });

  test("the room of one minute ends on time on every side, restarts or not", async () => {
    const { views, createdMs } = short;
    for (const view of views) {
      await expect.poll(() => endingOf(view), { timeout: 70_000 }).toBe("expired");
      expect(Math.abs((await view.eval(endedAtMs)) - createdMs - 60_000)).toBeLessThan(4_000);
      expect(await textsOf(view)).toEqual([]);
      await view.close();
    }
    expect(await held()).toBe(0);
  });
});

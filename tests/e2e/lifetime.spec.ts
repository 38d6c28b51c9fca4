// The engine lives as long as a room is open, whether anybody looks or not, and no longer than it has to.
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { startRelay } from "../support/relay.ts";
import type { TestRelay } from "../support/relay.ts";
import { RELAY_ORIGIN, RELAY_PORT } from "./drivers/build.ts";
import { launchChrome } from "./drivers/chrome.ts";
import { launchFirefox } from "./drivers/firefox.ts";
import { createRoom, leave, openRoom, reads, send } from "./journey.ts";

let relay: TestRelay;
beforeAll(async () => {
  relay = await startRelay({ PORT: String(RELAY_PORT), PUBLIC_URL: RELAY_ORIGIN });
});
afterAll(async () => await relay.close());

const IDLE_MS = 22_000;

/** That nothing happens while time passes is the very subject here. */
async function pass(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

it("Firefox keeps the event page while a room is open with no view, and lets it sleep after", async () => {
  // Firefox's own patience is 30 s; a little less makes the same point sooner.
  const preferences = { "extensions.background.idle.timeout": IDLE_MS };
  const firefox = await launchFirefox({ preferences });
  onTestFinished(async () => await firefox.close());
  const view = await firefox.open("room.html");
  await createRoom(view, { roomName: "Lantern" });
  await firefox.evalBackground(() => void Object.assign(globalThis, { mark: "same page" }));
  await view.close();
  await pass(IDLE_MS + 8_000);
  expect(await firefox.window.backgroundState()).toBe("running");
  expect(await firefox.evalBackground(() => (globalThis as { mark?: string }).mark)).toBe("same page");

  const again = await firefox.open("room.html");
  await openRoom(again, "Lantern");
  await send(again, "still here");
  await reads(again, "still here");
  await leave(again);
  await again.close();
  await expect.poll(async () => await firefox.window.backgroundState(), { timeout: IDLE_MS + 20_000 }).toBe("stopped");
});

it("Chrome's engine goes on when the service worker is stopped", async () => {
  const chrome = await launchChrome();
  onTestFinished(async () => await chrome.close());
  const view = await chrome.open("room.html");
  await createRoom(view, { roomName: "Lantern" });
  await chrome.stopBackground();
  await send(view, "nobody noticed");
  await reads(view, "nobody noticed");
  expect((await relay.relay.store.size()).rooms).toBe(1);
});

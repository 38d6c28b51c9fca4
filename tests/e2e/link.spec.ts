// Invite links lead to the extension's room page, however they are opened, and the relay hears nothing while the browser runs.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RELAY_ORIGIN, RELAY_PORT } from "./drivers/build.ts";
import { launchChrome } from "./drivers/chrome.ts";
import { launchFirefox } from "./drivers/firefox.ts";
import type { Browser } from "./drivers/surface.ts";
import { expectJoinTab, sampleLink, secretOf } from "./invite.ts";
import { TATTLING_PAGE, pageWithLink, serveSite } from "./landing.ts";
import type { Site } from "./landing.ts";

const LINK = sampleLink(RELAY_ORIGIN);

let relay: Site;
let site: Site;

beforeAll(async () => {
  relay = await serveSite("127.0.0.1", RELAY_PORT, TATTLING_PAGE);
  // Another host than the relay's: the extension has no permission for it.
  site = await serveSite("localhost", 0, pageWithLink(LINK));
});
afterAll(async () => {
  await relay.close();
  await site.close();
});
beforeEach(() => relay.clear());

const browsers = [
  { name: "Chromium", launch: async () => await launchChrome() },
  { name: "Firefox", launch: async () => await launchFirefox() },
];

describe.each(browsers)("an invite link in $name", ({ launch }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => await browser.close());

  it.each(["same-tab", "new-tab", "opened", "assigned"])("on a page: %s", async (way) => {
    const page = await browser.openWeb(`${site.origin}/`);
    await page.waitFor(way);
    await page.click(way);
    await (await expectJoinTab(browser, LINK)).close();
    expect(relay.requests).toEqual([]);
    if (way !== "same-tab" && way !== "assigned") await page.close();
  });

  it("in the address bar", async () => {
    await browser.openWeb(LINK);
    await (await expectJoinTab(browser, LINK)).close();
    expect(relay.requests).toEqual([]);
  });

  it("with what a messenger appends", async () => {
    await browser.openWeb(`${RELAY_ORIGIN}/sr/?utm_source=chat#${secretOf(LINK)}`);
    await (await expectJoinTab(browser, LINK)).close();
    expect(relay.requests).toEqual([]);
  });

  it("while the background sleeps", async () => {
    await browser.stopBackground();
    await browser.openWeb(LINK);
    await (await expectJoinTab(browser, LINK)).close();
    expect(relay.requests).toEqual([]);
  });

  it("waits once only", async () => {
    await browser.openWeb(LINK);
    const room = await expectJoinTab(browser, LINK);
    const nonce = new URL(await room.url()).searchParams.get("j") ?? "";
    const again = await browser.open(`room.html?j=${nonce}`);
    await again.waitFor("terminal-state");
    expect(await again.count("join")).toBe(0);
    await again.close();
    await room.close();
  });

  it("that is damaged is told to people and not to the relay", async () => {
    await browser.openWeb(`${LINK.slice(0, -1)}!`);
    const room = await browser.tab((url) => url.startsWith(`${browser.baseUrl}room.html?j=`));
    await room.waitFor("terminal-state");
    expect(relay.requests).toEqual([]);
    await room.close();
  });

  it("leaves addresses without a payload to the relay", async () => {
    const page = await browser.openWeb(`${RELAY_ORIGIN}/sr`);
    await expect.poll(() => relay.requests).toContain("GET /sr");
    await page.close();
  });
});

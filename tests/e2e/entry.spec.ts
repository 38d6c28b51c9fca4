// The ways into the panel: the toolbar button, and the context menu of an invite link.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launchChrome } from "./drivers/chrome.ts";
import type { Chrome } from "./drivers/chrome.ts";
import { launchFirefox } from "./drivers/firefox.ts";
import type { Firefox } from "./drivers/firefox.ts";
import type { FirefoxSurface } from "./drivers/firefox-surface.ts";
import type { Surface } from "./drivers/surface.ts";
import { expectJoinView, sampleLink } from "./invite.ts";
import { pageWithLink, serveSite } from "./landing.ts";
import type { Site } from "./landing.ts";

const MENU = "Open in Secret Rooms";

let site: Site;
// Of a relay the extension has no permission for: its page does open in a tab.
let link: string;
beforeAll(async () => {
  site = await serveSite("localhost", 0, (origin) => pageWithLink(sampleLink(origin)));
  link = sampleLink(site.origin);
});

/** The panel asks whether to join by the link of the foreign site: any other relay here would be a known one. */
async function isOffered(panel: Surface): Promise<boolean> {
  await expectJoinView(panel);
  return (await panel.count("unknown-relay")) === 1;
}
afterAll(async () => await site.close());

describe("in Firefox", () => {
  let firefox: Firefox;
  beforeAll(async () => {
    firefox = await launchFirefox();
  });
  afterAll(async () => await firefox.close());
  afterEach(async () => await firefox.window.closeSidebar());

  it("the button opens and closes the sidebar", async () => {
    expect(await firefox.window.isSidebarOpen()).toBe(false);
    await firefox.window.clickButton();
    await expect.poll(async () => await firefox.window.isSidebarOpen()).toBe(true);
    await firefox.window.clickButton();
    await expect.poll(async () => await firefox.window.isSidebarOpen()).toBe(false);
  });

  it("the button hands over the link of the tab, once", async () => {
    const page = await firefox.openWeb(link);
    await page.waitFor("same-tab");
    await firefox.window.clickButton();
    const panel = await firefox.panel();
    expect(await isOffered(panel)).toBe(true);
    await firefox.window.closeSidebar();
    const again = await firefox.panel();
    await again.waitFor("new-room");
    expect(await again.count("join")).toBe(0);
    await page.close();
  });

  it("the menu of a link hands it over, also to an open sidebar and from a sleeping background", async () => {
    const page = (await firefox.openWeb(`${site.origin}/`)) as FirefoxSurface;
    await page.waitFor("same-tab");
    await firefox.panel();
    await firefox.stopBackground();
    await page.clickRight("same-tab");
    await firefox.window.chooseInMenu(MENU);
    const panel = await firefox.panel();
    expect(await isOffered(panel)).toBe(true);
    await page.close();
  });
});

describe("in Chromium", () => {
  let chrome: Chrome;
  beforeAll(async () => {
    chrome = await launchChrome();
  });
  afterAll(async () => await chrome.close());

  it("the button opens the panel with the link of the tab", async () => {
    await chrome.clickButton(link);
    const panel = await chrome.panel();
    expect(await isOffered(panel)).toBe(true);
  });

  it("the menu of a link hands it to the open panel", async () => {
    await (await chrome.panel()).eval(() => location.reload());
    await (await chrome.panel()).waitFor("new-room");
    await chrome.chooseInMenu("open-link", link);
    const panel = await chrome.panel();
    expect(await isOffered(panel)).toBe(true);
  });
});

// Invite links from other programs, and links that start the browser.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { WxtBrowser } from "wxt/browser";
import { RELAY_ORIGIN, RELAY_PORT, buildFor } from "./drivers/build.ts";
import { launchChrome } from "./drivers/chrome.ts";
import { startDisplay } from "./drivers/display.ts";
import { launchFirefox } from "./drivers/firefox.ts";
import { expectJoinTab, sampleLink } from "./invite.ts";
import { TATTLING_PAGE, serveSite } from "./landing.ts";
import type { Site } from "./landing.ts";

declare const browser: WxtBrowser;

const LINK = sampleLink(RELAY_ORIGIN);

let relay: Site;
beforeAll(async () => {
  relay = await serveSite("127.0.0.1", RELAY_PORT, TATTLING_PAGE);
});
afterAll(async () => await relay.close());
beforeEach(() => relay.clear());

function closeAfterTest<T extends { close(): Promise<void> }>(thing: T): T {
  onTestFinished(async () => await thing.close());
  return thing;
}

describe("an invite link from another program", () => {
  it("opens the room page of a running Chromium", async () => {
    const display = closeAfterTest(await startDisplay());
    const chrome = closeAfterTest(await launchChrome({ display }));
    await chrome.openFromOutside(LINK);
    await expectJoinTab(chrome, LINK);
    expect(relay.requests).toEqual([]);
  });

  it("opens the room page of a running Firefox", async () => {
    const display = closeAfterTest(await startDisplay());
    const firefox = closeAfterTest(await launchFirefox({ display }));
    await firefox.openFromOutside(LINK);
    await expectJoinTab(firefox, LINK);
    expect(relay.requests).toEqual([]);
  });
});

describe("an invite link that starts the browser", () => {
  it("opens the room page of Firefox without a request to the relay", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "secret-rooms-package-"));
    onTestFinished(async () => await rm(folder, { recursive: true }));
    const pack = [
      "build",
      "--source-dir",
      await buildFor("firefox"),
      "--artifacts-dir",
      folder,
      "--filename",
      "rooms.xpi",
    ];
    await promisify(execFile)(path.resolve("node_modules/.bin/web-ext"), pack);
    const extension = path.join(folder, "rooms.xpi");
    const firefox = closeAfterTest(await launchFirefox({ extension, isPermanent: true }));
    await firefox.restart([LINK]);
    await expectJoinTab(firefox, LINK);
    expect(relay.requests).toEqual([]);
  });

  // At such a start Chromium does not apply rules yet. That needs an extension installed by policy to show; what can be
  // shown here is what then happens: without rules, the content script and the tab's update save the link.
  it("opens the room page of Chromium before the relay's page can read the link", async () => {
    const chrome = closeAfterTest(await launchChrome());
    await chrome.evalBackground(async () => {
      const rules = await browser.declarativeNetRequest.getDynamicRules();
      await browser.declarativeNetRequest.updateDynamicRules({ removeRuleIds: rules.map(({ id }) => id) });
    });
    await chrome.openWeb(LINK);
    await expectJoinTab(chrome, LINK);
    expect(relay.requests.filter((request) => request.includes("seen"))).toEqual([]);
    expect(relay.requests).toEqual(["GET /sr"]);
  });
});

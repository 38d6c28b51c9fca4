// What the extension shows to web pages and to other extensions: nothing.
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WxtBrowser } from "wxt/browser";
import { RELAY_ORIGIN, RELAY_PORT, buildFor } from "./drivers/build.ts";
import { launchChrome } from "./drivers/chrome.ts";
import { launchFirefox } from "./drivers/firefox.ts";
import { EXTENSION_ID } from "./drivers/firefox-process.ts";
import type { Browser, Surface } from "./drivers/surface.ts";
import { serveSite } from "./landing.ts";
import type { Site } from "./landing.ts";

declare const browser: WxtBrowser;
declare const chrome: WxtBrowser;

const PAGE = "<!doctype html><title>a page</title><body>";

let site: Site;
let relay: Site;
let folder: string;
beforeAll(async () => {
  site = await serveSite("localhost", 0, PAGE);
  relay = await serveSite("127.0.0.1", RELAY_PORT, PAGE);
  folder = await makeOtherExtension();
});
afterAll(async () => {
  await site.close();
  await relay.close();
  await rm(folder, { recursive: true });
});

/** An extension that may do nothing and has one page to try from. */
async function makeOtherExtension(): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), "secret-rooms-other-"));
  const manifest = {
    manifest_version: 3,
    name: "Other",
    version: "1",
    browser_specific_settings: { gecko: { id: "other@secret-rooms.example" } },
  };
  await writeFile(path.join(made, "manifest.json"), JSON.stringify(manifest));
  await writeFile(path.join(made, "page.html"), PAGE);
  return made;
}

async function filesOf(extension: string): Promise<string[]> {
  const entries = await readdir(extension, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(extension, path.join(entry.parentPath, entry.name)));
}

/** What a stranger hears when it speaks to us: every message we know, and a port. */
async function knock(from: Surface, id: string): Promise<string[]> {
  return await from.eval(async (target) => {
    const { runtime } = (globalThis as { browser?: WxtBrowser; chrome?: WxtBrowser }).browser ??
      (globalThis as { chrome?: WxtBrowser }).chrome ?? { runtime: undefined };
    if (typeof runtime?.sendMessage !== "function") return ["no way to speak"];
    const heard: string[] = [];
    const messages = [
      { kind: "ensure-engine" },
      { kind: "vault-load" },
      { kind: "settings-load" },
      { kind: "vault-save", text: "x" },
      { kind: "activity", activity: { isRoomOpen: true, unread: 7 } },
      { kind: "link", url: "http://127.0.0.1/sr#AAAA" },
    ];
    for (const message of messages) {
      const answer: unknown = await runtime.sendMessage(target, message).catch(() => undefined);
      heard.push(answer === undefined ? "refused" : JSON.stringify(answer));
    }
    const port = runtime.connect(target, { name: "engine" });
    port.onMessage.addListener((message: unknown) => void heard.push(JSON.stringify(message)));
    await new Promise((resolve) => {
      port.onDisconnect.addListener(resolve);
      // Silence is what is looked for, so there is no event to wait for.
      setTimeout(resolve, 1_000);
    });
    return heard;
  }, id);
}

const browsers = [
  { name: "Chromium", build: "chrome" as const, launch: launchChrome },
  { name: "Firefox", build: "firefox" as const, launch: launchFirefox },
];

describe.each(browsers)("the extension in $name", ({ build, launch }) => {
  let running: Browser;
  let id: string;
  beforeAll(async () => {
    running = await launch({ others: [folder] });
    id = running.name === "firefox" ? EXTENSION_ID : new URL(running.baseUrl).host;
    // The engine runs: who is refused is refused by it and not by its absence.
    await (await running.open("room.html")).waitFor("new-room");
  });
  afterAll(async () => await running.close());

  it.each(["site", "relay"] as const)("answers no message of a web page: %s", async (where) => {
    const page = await running.openWeb(where === "site" ? `${site.origin}/` : `${RELAY_ORIGIN}/`);
    const heard = await knock(page, id);
    expect(heard.filter((one) => one !== "refused" && one !== "no way to speak")).toEqual([]);
    expect((await running.tabUrls()).filter((url) => url.includes("room.html?"))).toEqual([]);
    await page.close();
  });

  it("answers no message of another extension", async () => {
    const stranger = await running.openWeb(`${await running.baseUrlOf(folder)}page.html`);
    await stranger.eval(() => browser.runtime.id);
    const heard = await knock(stranger, id);
    expect(heard.length).toBeGreaterThanOrEqual(6);
    expect(heard.filter((one) => one !== "refused")).toEqual([]);
    expect((await running.tabUrls()).filter((url) => url.includes("room.html?"))).toEqual([]);
    await stranger.close();
  });

  it("lets a web page load none of its files", async () => {
    const files = await filesOf(await buildFor(build));
    expect(files).toContain("room.html");
    const page = await running.openWeb(`${site.origin}/`);
    const loaded = await page.eval(
      async (urls) => {
        const got = await Promise.all(
          urls.map((url) =>
            fetch(url, { mode: "no-cors" }).then(
              () => url,
              () => "",
            ),
          ),
        );
        return got.filter((url) => url !== "");
      },
      files.map((file) => running.baseUrl + file),
    );
    expect(loaded).toEqual([]);
    await page.close();
  });

  it("shows all its pages in its own style and without breaking its own policy", async () => {
    const pages = [await running.open("room.html"), await running.open("options.html")];
    const panel = await running.panel();
    await panel.waitFor("new-room");
    await pages[0]?.waitFor("new-room");
    expect(await running.policyComplaints()).toEqual([]);
    for (const page of [...pages, panel]) expect(await page.eval(ownFontSizes)).toHaveLength(1);
    // A page that did break it would be heard.
    await pages[0]?.eval(() => {
      try {
        document.createElement("p").innerHTML = "<b>x</b>";
      } catch {
        // As it should.
      }
    });
    await expect.poll(async () => await running.policyComplaints()).not.toEqual([]);
    for (const page of pages) await page.close();
  });

  it("asks for no file that web pages may load", async () => {
    const manifest = await readFile(path.join(await buildFor(build), "manifest.json"), "utf8");
    expect(manifest).not.toContain("web_accessible_resources");
    expect(manifest).not.toContain("externally_connectable");
  });
});

/** Runs in the page: one size as long as no sheet of the browser's comes between. */
function ownFontSizes(): string[] {
  const sizes = [document.documentElement, document.body].map((element) => getComputedStyle(element).fontSize);
  return [...new Set(sizes)];
}

/** Runs in the page. */
function isLoaded(origin: string): boolean {
  return location.origin === origin && document.readyState === "complete";
}

// Firefox has no content script of ours at all.
describe("a content script of the extension in Chromium", () => {
  let running: Browser;
  beforeAll(async () => {
    running = await launchChrome();
  });
  afterAll(async () => await running.close());

  it("is told nothing and may send its own site's links only", async () => {
    const page = await running.openWeb(`${RELAY_ORIGIN}/`);
    await expect.poll(() => page.eval(isLoaded, RELAY_ORIGIN)).toBe(true);
    const heard = await running.evalBackground(async (prefix) => {
      const [tab] = await browser.tabs.query({ url: `${prefix}/*` });
      const [result] = await browser.scripting.executeScript({
        target: { tabId: tab?.id ?? -1 },
        func: async () => {
          const said: string[] = [];
          const messages = [
            { kind: "ensure-engine" },
            { kind: "vault-load" },
            { kind: "settings-load" },
            { kind: "vault-save", text: "x" },
            { kind: "link", url: "https://elsewhere.example/sr#AAAA" },
          ];
          for (const message of messages) {
            const answer: unknown = await chrome.runtime.sendMessage(message).catch(() => undefined);
            said.push(answer === undefined || answer === null ? "nothing" : JSON.stringify(answer));
          }
          const port = chrome.runtime.connect({ name: "engine" });
          port.onMessage.addListener((message: unknown) => void said.push(JSON.stringify(message)));
          // Silence is what is looked for, so there is no event to wait for.
          await new Promise((resolve) => setTimeout(resolve, 500));
          return said;
        },
      });
      return result?.result;
    }, "http://127.0.0.1");
    expect(heard).toEqual(Array.from({ length: 5 }, () => "nothing"));
    expect((await running.tabUrls()).filter((url) => url.includes("room.html?"))).toEqual([]);
    await page.close();
  });
});

// Every screen at every width in both themes: nothing sticks out, nothing is too small to hit, no finding of axe, and nothing
// that the content security policy of the extension would block.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import type { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { build, preview } from "vite";
import type { PreviewServer } from "vite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { screens } from "../gallery/screens.ts";
import { findChromium } from "./drivers/chrome.ts";

const configFile = path.resolve(import.meta.dirname, "../gallery/vite.config.ts");
const widths = [240, 360, 1280];
const themes = ["light", "dark"] as const;
const MIN_TARGET_PX = 36;

let server: PreviewServer;
let browser: Browser;
/** One per processor of a small machine; each test takes one and gives it back. */
const idle: Gallery[] = [];

beforeAll(async () => {
  await build({ configFile, logLevel: "error" });
  server = await preview({ configFile, logLevel: "error", preview: { port: 0, host: "127.0.0.1" } });
  const origin = server.resolvedUrls?.local[0] ?? "";
  browser = await chromium.launch({ executablePath: findChromium(), chromiumSandbox: false, args: ["--disable-gpu"] });
  const axe = await readFile(
    createRequire(import.meta.resolve("@axe-core/playwright")).resolve("axe-core/axe.min.js"),
    "utf8",
  );
  idle.push(await Gallery.make(browser, origin, axe), await Gallery.make(browser, origin, axe));
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

async function inGallery(use: (gallery: Gallery) => Promise<void>): Promise<void> {
  const gallery = await vi.waitUntil(() => idle.pop(), { timeout: 100_000, interval: 20 });
  try {
    await use(gallery);
  } finally {
    idle.push(gallery);
  }
}

describe.concurrent.each(Object.keys(screens))("%s", (name) => {
  it("fits and is accessible", async () => {
    await inGallery(async (gallery) => {
      await gallery.open(name);
      const problems: string[] = [];
      for (const colorScheme of themes) {
        await gallery.page.emulateMedia({ colorScheme });
        for (const width of widths) {
          await gallery.resize(width);
          const found = [...(await gallery.measure()), ...(await gallery.runAxe(colorScheme === "light"))];
          problems.push(...found.map((problem) => `${width} ${colorScheme}: ${problem}`));
        }
      }
      expect([...problems, ...gallery.complaints]).toEqual([]);
    });
  });
});

describe("the checks themselves", () => {
  it("notice what is too wide, too small, nameless or pale", async () => {
    await inGallery(async (gallery) => {
      await gallery.open("home-empty");
      await gallery.resize(360);
      await gallery.page.evaluate(() => {
        const button = document.createElement("button");
        button.style.inlineSize = "700px";
        const text = document.createElement("p");
        text.textContent = "pale";
        text.style.color = "#bbb";
        text.style.background = "#fff";
        document.querySelector("main")?.append(button, text);
      });
      const found = [...(await gallery.measure()), ...(await gallery.runAxe(true))].join("\n");
      for (const word of ["wider than", "smaller than", "button-name", "color-contrast"]) expect(found).toContain(word);
    });
  });

  it("notice what the policy blocks", async () => {
    await inGallery(async (gallery) => {
      await gallery.open("home-empty");
      await gallery.page.evaluate(() => document.querySelector("main")?.setAttribute("style", "color: red"));
      await expect.poll(() => gallery.complaints.join("\n")).toContain("Content Security Policy");
    });
  });
});

type AxeResults = Awaited<ReturnType<AxeBuilder["analyze"]>>;

class Gallery {
  readonly page: Page;
  /** What the page reported since it was opened: errors, warnings, things the policy blocked. */
  complaints: string[] = [];
  readonly #origin: string;

  static async make(from: Browser, origin: string, axe: string): Promise<Gallery> {
    const gallery = new Gallery(await from.newPage({ reducedMotion: "reduce" }), origin);
    await gallery.page.addInitScript(axe);
    return gallery;
  }

  private constructor(page: Page, origin: string) {
    this.page = page;
    this.#origin = origin;
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.complaints.push(message.text());
    });
  }

  async open(name: string): Promise<void> {
    this.complaints = [];
    await this.page.goto(`${this.#origin}?${name}`);
    await this.page.waitForSelector("html[data-is-ready]", { state: "attached" });
  }

  /** Which parts exist depends on the width: they are there in the frame after the one that has the new size. */
  async resize(width: number): Promise<void> {
    await this.page.setViewportSize({ width, height: width > 900 ? 800 : 665 });
    await this.page.evaluate(
      async () => await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
  }

  async measure(): Promise<string[]> {
    return await this.page.evaluate((minPx) => {
      const found: string[] = [];
      for (const box of document.querySelectorAll("html, main, dialog, [role=log]")) {
        if (box.scrollWidth > box.clientWidth) found.push(`${box.tagName} is wider than its place`);
      }
      for (const target of document.querySelectorAll("button, input, select, textarea, summary")) {
        const { width, height } = target.getBoundingClientRect();
        const isShown = target.checkVisibility() && !target.classList.contains("visually-hidden");
        if (isShown && (height < minPx || width < minPx)) {
          found.push(`${target.outerHTML.slice(0, 80)} is smaller than ${minPx} px: ${width} x ${height}`);
        }
      }
      return found;
    }, MIN_TARGET_PX);
  }

  /** All rules, or only the one that colours can break. */
  async runAxe(isFull: boolean): Promise<string[]> {
    const results = await this.page.evaluate(async (full) => {
      const { axe } = globalThis as unknown as { axe: { run: (options: object) => Promise<AxeResults> } };
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
      const runOnly = full ? { type: "tag", values: tags } : { type: "rule", values: ["color-contrast"] };
      return (await axe.run({ runOnly, resultTypes: ["violations"] })).violations;
    }, isFull);
    return results.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120) ?? ""}`);
  }
}

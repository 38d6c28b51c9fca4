// Pages that show one screen at a time, with what is measured on them.
import path from "node:path";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { build, preview } from "vite";
import { findChromium } from "./drivers/chrome.ts";
import { axeSource, findSizeFaults, runAxe } from "./page-checks.ts";

const configFile = path.resolve(import.meta.dirname, "../gallery/vite.config.ts");
/** One per processor of a small machine. */
const COUNT = 2;

export interface Galleries {
  /** Waits for a page that nobody uses, and gives it back afterwards. */
  use(run: (gallery: Gallery) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export async function openGalleries(): Promise<Galleries> {
  await build({ configFile, logLevel: "error" });
  const server = await preview({ configFile, logLevel: "error", preview: { port: 0, host: "127.0.0.1" } });
  const origin = server.resolvedUrls?.local[0] ?? "";
  const browser = await chromium.launch({
    executablePath: findChromium(),
    chromiumSandbox: false,
    args: ["--disable-gpu"],
  });
  const axe = await axeSource();
  const idle = await Promise.all(Array.from({ length: COUNT }, async () => await Gallery.make(browser, origin, axe)));
  // First come, first served: whoever asked first must not time out while others take turns.
  const waiting: ((gallery: Gallery) => void)[] = [];
  const take = async (): Promise<Gallery> =>
    idle.pop() ?? (await new Promise<Gallery>((resolve) => void waiting.push(resolve)));
  const giveBack = (gallery: Gallery): void => {
    const next = waiting.shift();
    if (next === undefined) idle.push(gallery);
    else next(gallery);
  };
  return {
    use: async (run) => {
      const gallery = await take();
      try {
        await run(gallery);
      } finally {
        giveBack(gallery);
      }
    },
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

export class Gallery {
  readonly page: Page;
  /** What the page reported since it was opened: errors, warnings, things the policy blocked. */
  complaints: string[] = [];
  readonly #origin: string;

  static async make(from: Browser, origin: string, axe: string): Promise<Gallery> {
    const permissions = ["clipboard-read", "clipboard-write"];
    const gallery = new Gallery(await from.newPage({ reducedMotion: "reduce", permissions }), origin);
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
    return await findSizeFaults(this.page);
  }

  async runAxe(isFull: boolean): Promise<string[]> {
    return await runAxe(this.page, isFull);
  }
}

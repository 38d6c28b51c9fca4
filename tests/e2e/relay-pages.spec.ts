// The relay's own pages in a browser, in every language, narrow and wide, in both themes: they fit, they can be read, reached
// and understood by programs that read aloud, and the policy they come with blocks nothing of them.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromium } from "playwright-core";
import type { Browser, Locator, Page } from "playwright-core";
import { languages } from "../../server/http/languages.ts";
import type { Language } from "../../server/http/languages.ts";
import { routes } from "../../wire/http.ts";
import { startRelay } from "../support/relay.ts";
import type { TestRelay } from "../support/relay.ts";
import { findChromium } from "./drivers/chrome.ts";
import { axeSource, findSizeFaults, runAxe } from "./page-checks.ts";

/** Nothing on these pages depends on the width but sizes, and nothing on the scheme but colours. */
const looks = [
  { colorScheme: "light", width: 240, checks: "all" },
  { colorScheme: "light", width: 360, checks: "sizes" },
  { colorScheme: "light", width: 1280, checks: "sizes" },
  { colorScheme: "dark", width: 1280, checks: "colours" },
] as const;
const paths = [routes.invite, routes.status];

let relay: TestRelay;
let browser: Browser;
let pages: readonly Page[];
/** What the pages reported since they were opened: errors, warnings, things the policy blocked. */
let complaints: string[] = [];

beforeAll(async () => {
  relay = await startRelay({
    // The longest that it takes, without a place to break.
    OPERATOR_NAME: "W".repeat(100),
    ABUSE_CONTACT: `https://example.org/${"a".repeat(200)}`,
  });
  browser = await chromium.launch({ executablePath: findChromium(), chromiumSandbox: false, args: ["--disable-gpu"] });
  // A process for each page takes longer than all there is to look at, so two of them show everything in turn.
  const context = await browser.newContext();
  await context.addInitScript(await axeSource());
  pages = await Promise.all(paths.map(async () => await context.newPage()));
  for (const page of pages) {
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
  }
});
afterAll(async () => {
  await browser.close();
  await relay.close();
});

/** Opens both pages side by side as a browser of that language does, in the light and 360 wide. */
async function onBoth(language: Language, check: (page: Page) => Promise<void>): Promise<void> {
  complaints = [];
  await Promise.all(
    pages.map(async (page, index) => {
      await page.setExtraHTTPHeaders({ "Accept-Language": language });
      await page.emulateMedia({ colorScheme: "light", contrast: null, forcedColors: null });
      await page.setViewportSize({ width: 360, height: 700 });
      await page.goto(relay.direct + (paths[index] ?? ""));
      await check(page);
    }),
  );
}

describe("the landing page and the status page", () => {
  it.each(languages)("in %s fit and are accessible at every width, light and dark", async (language) => {
    await onBoth(language, async (page) => {
      const problems: string[] = [];
      for (const { colorScheme, width, checks } of looks) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 700 });
        const found = checks === "colours" ? [] : await findSizeFaults(page);
        if (checks !== "sizes") found.push(...(await runAxe(page, checks === "all")));
        problems.push(...found.map((problem) => `${width} ${colorScheme}: ${problem}`));
      }
      expect([...problems, ...complaints]).toEqual([]);
      expect(await page.locator("html").getAttribute("lang")).toBe(language);
    });
  });

  it("can be read with more contrast, and with colours of the system", async () => {
    await onBoth("en", async (page) => {
      for (const colorScheme of ["light", "dark"] as const)
        for (const media of [{ contrast: "more" }, { contrast: null, forcedColors: "active" }] as const) {
          await page.emulateMedia({ colorScheme, ...media });
          expect(await runAxe(page, false)).toEqual([]);
          // Where colours are taken away, a line holds the note together.
          const notes = await page.locator(".note").all();
          for (const note of notes) await expectStyle(note, "border-top-style", "solid");
        }
    });
  });

  // Twice the zoom of a window of 480 is a width of 240, which is looked at in every language.
  it.each(["de", "ru", "ar"] as const)("in %s fit with letters of twice the size", async (language) => {
    await onBoth(language, async (page) => {
      await page.evaluate(() => {
        document.documentElement.style.fontSize = "200%";
      });
      expect(await findSizeFaults(page)).toEqual([]);
    });
  });

  it("have the order that is read aloud, and show where the keyboard is", async () => {
    await onBoth("ar", async (page) => {
      const outline = await page
        .locator("h1, h2, h3")
        .evaluateAll((all) => all.map(({ tagName }) => tagName).join(" "));
      expect(outline).toMatch(/^H1( H2)+$/);
      expect(await page.locator("header, main").evaluateAll((all) => all.map(({ tagName }) => tagName))).toEqual([
        "HEADER",
        "MAIN",
      ]);
      await page.keyboard.press("Tab");
      const link = page.locator("a:focus-visible");
      expect(await link.getAttribute("rel")).toBe("noreferrer");
      await expectStyle(link, "outline-style", "solid");
    });
  });
});

async function expectStyle(locator: Locator, property: string, value: string): Promise<void> {
  const style = await locator.evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
  expect([property, style]).toEqual([property, value]);
}

describe("the checks themselves", () => {
  it("notice on these pages what is too wide, pale, or blocked by the policy", async () => {
    await onBoth("en", async (page) => {
      await page.evaluate(() => {
        const text = document.createElement("p");
        text.textContent = "pale";
        text.style.color = "#bbb";
        text.style.inlineSize = "700px";
        document.querySelector("main")?.append(text);
        const script = document.createElement("script");
        script.textContent = "1";
        document.body.append(script);
      });
      const found = [...(await findSizeFaults(page)), ...(await runAxe(page, true))].join("\n");
      for (const word of ["wider than", "color-contrast"]) expect(found).toContain(word);
      await expect.poll(() => complaints.join("\n")).toContain("Content Security Policy");
    });
  });
});

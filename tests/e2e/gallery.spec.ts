// Every screen, narrow and wide, in both themes: nothing sticks out, nothing is too small to hit, no finding of axe, and nothing
// that the content security policy of the extension would block.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { screens } from "../gallery/screens.ts";
import { openGalleries } from "./galleries.ts";
import type { Galleries } from "./galleries.ts";

/** Between 240 and 360 only sizes differ; in the dark only colours, all of which the widest has. */
const looks = [
  { colorScheme: "light", width: 240, checks: "all" },
  { colorScheme: "light", width: 360, checks: "sizes" },
  { colorScheme: "light", width: 1280, checks: "all" },
  { colorScheme: "dark", width: 1280, checks: "colours" },
] as const;

let galleries: Galleries;

beforeAll(async () => {
  galleries = await openGalleries();
});
afterAll(async () => await galleries.close());

describe.concurrent.each(Object.keys(screens))("%s", (name) => {
  it("fits and is accessible", async () => {
    await galleries.use(async (gallery) => {
      await gallery.open(name);
      const problems: string[] = [];
      for (const { colorScheme, width, checks } of looks) {
        await gallery.page.emulateMedia({ colorScheme });
        await gallery.resize(width);
        const found = checks === "colours" ? [] : await gallery.measure();
        if (checks !== "sizes") found.push(...(await gallery.runAxe(checks === "all")));
        problems.push(...found.map((problem) => `${width} ${colorScheme}: ${problem}`));
      }
      expect([...problems, ...gallery.complaints]).toEqual([]);
    });
  });
});

describe("the checks themselves", () => {
  it("notice what is too wide, too small, nameless or pale", async () => {
    await galleries.use(async (gallery) => {
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
    await galleries.use(async (gallery) => {
      await gallery.open("home-empty");
      await gallery.page.evaluate(() => document.querySelector("main")?.setAttribute("style", "color: red"));
      await expect.poll(() => gallery.complaints.join("\n")).toContain("Content Security Policy");
    });
  });
});

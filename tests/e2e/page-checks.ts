// What every page of ours is measured by: nothing wider than its place, nothing too small to hit, no finding of axe.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

const MIN_TARGET_PX = 36;

type AxeResults = Awaited<ReturnType<AxeBuilder["analyze"]>>;

/** To be given to a page before it opens anything: our policies do not let it in afterwards. */
export async function axeSource(): Promise<string> {
  return await readFile(
    createRequire(import.meta.resolve("@axe-core/playwright")).resolve("axe-core/axe.min.js"),
    "utf8",
  );
}

export async function findSizeFaults(page: Page): Promise<string[]> {
  return await page.evaluate((minPx) => {
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
export async function runAxe(page: Page, isFull: boolean): Promise<string[]> {
  const results = await page.evaluate(async (full) => {
    const { axe } = globalThis as unknown as { axe: { run: (options: object) => Promise<AxeResults> } };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const runOnly = full ? { type: "tag", values: tags } : { type: "rule", values: ["color-contrast"] };
    return (await axe.run({ runOnly, resultTypes: ["violations"] })).violations;
  }, isFull);
  return results.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120) ?? ""}`);
}

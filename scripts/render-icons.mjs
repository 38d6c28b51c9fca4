// Draws public/icon/*.png from assets/icon.svg with Chromium. Needed only when the drawing changes; the pictures are committed.
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { chromium } from "playwright-core";

const root = path.resolve(import.meta.dirname, "..");
const sizes = [16, 32, 48, 96, 128];
const installed = [process.env["CHROMIUM"], "/usr/lib/chromium/chromium", "/usr/bin/chromium"];
const executablePath = installed.find((file) => file !== undefined && existsSync(file));
if (executablePath === undefined) throw new Error("no Chromium found: install it or name it in CHROMIUM");

const drawing = await readFile(path.join(root, "assets/icon.svg"), "utf8");
const browser = await chromium.launch({ executablePath, chromiumSandbox: false });
await mkdir(path.join(root, "public/icon"), { recursive: true });
for (const size of sizes) {
  // The store wants the largest with a transparent edge of 16 pixels.
  const art = size === 128 ? 96 : size;
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body{margin:${(size - art) / 2}px}svg{display:block;width:${art}px}</style>${drawing}`);
  await page.screenshot({ path: path.join(root, `public/icon/${size}.png`), omitBackground: true });
}
await browser.close();

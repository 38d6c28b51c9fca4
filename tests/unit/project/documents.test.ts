// The documents and the tree agree: links lead somewhere, commands exist, nothing about a single machine is written down.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { settings } from "../../../server/config.ts";
// @ts-expect-error -- plain JavaScript without types
import { withSettingsTable as tableWriter } from "../../../scripts/lib/settings-table.mjs";

const withSettingsTable = tableWriter as (text: string, list: typeof settings) => string;

const documents = globSync(["*.md", "docs/**/*.md"]).toSorted();

function read(path: string): string {
  return readFileSync(path, "utf8");
}

describe("the documents", () => {
  test("the ones people look for are there", () => {
    const wanted = [
      "README.md",
      "SECURITY.md",
      "PRIVACY.md",
      "CONTRIBUTING.md",
      "docs/ARCHITECTURE.md",
      "docs/TESTING.md",
      "docs/OPERATING.md",
      "docs/THREAT-MODEL.md",
    ];
    expect(wanted.filter((path) => !documents.includes(path))).toEqual([]);
    expect(existsSync("LICENSE")).toBe(true);
  });

  test.each(documents)("every link of %s inside the project leads somewhere", (path) => {
    const targets = [...read(path).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map((match) => match[1] ?? "");
    const broken = targets.filter((target) => !existsSync(normalize(join(dirname(path), target))));
    expect(broken).toEqual([]);
  });

  test.each(documents)("every file that %s names in code quotes exists", (path) => {
    const folders =
      "codec|core|wire|bridge|engine|platform|stores|composables|components|entrypoints|server|doctor|tests|scripts|docs";
    const names = [...read(path).matchAll(new RegExp(`\`((?:${folders})/[\\w./-]+\\.(?:ts|vue|mjs|md))\``, "g"))];
    expect(names.map((match) => match[1] ?? "").filter((name) => !existsSync(name))).toEqual([]);
  });

  test.each(documents)("%s names no path of one machine", (path) => {
    expect(read(path)).not.toMatch(/\/(?:home|root|Users|work|tmp)\/\w/);
  });
});

describe("README.md", () => {
  test("it starts with the two commands", () => {
    const text = read("README.md");
    expect(text).toMatch(/^```sh\n(?:.*\n)*npm start\n(?:.*\n)*?```$/m);
    expect(text).toMatch(/\bnpm test\b/);
  });

  test("its table of the relay's environment is what the relay reads and explains", () => {
    const part = read("README.md").split("<!-- relay settings")[1]?.split("\n#")[0] ?? "";
    const described = part
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((row) => row.split("|").map((cell) => cell.trim().replaceAll("`", "")))
      .map(([, name, fallback, meaning]) => ({ name, fallback, meaning }));
    expect(described).toEqual(settings.map(({ name, fallback, meaning }) => ({ name, fallback, meaning })));
  });

  test("npm run docs:settings has nothing to change", () => {
    expect(withSettingsTable(read("README.md"), settings)).toBe(read("README.md"));
  });

  test("every version of a browser it asks for is the one the build asks for", () => {
    const config = read("wxt.config.ts");
    for (const [, version] of read("README.md").matchAll(/(?:Chrome|Chromium|Firefox) (\d{3})/g))
      expect(config).toContain(version);
  });
});

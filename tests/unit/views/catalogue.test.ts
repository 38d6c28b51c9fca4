// The catalogue of texts: nothing in it that no source asks for, and all plural forms its language has.
import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { parseMessagesFile } from "@wxt-dev/i18n/build";
import { beforeAll, describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
let keys: readonly string[];
let source = "";

beforeAll(async () => {
  const messages = await parseMessagesFile(path.join(root, "locales/en.yml"));
  keys = messages.map(({ key }) => key.join(".")).filter((key) => !key.startsWith("@@"));
  const patterns = ["components/**/*.vue", "composables/*.ts", "platform/*.ts", "wxt.config.ts"];
  for await (const file of glob(patterns, { cwd: root })) source += await readFile(path.join(root, file), "utf8");
});

describe("the English catalogue", () => {
  it("holds only texts that are used", () => {
    expect(keys.filter((key) => !isUsed(key))).toEqual([]);
  });

  it("has every plural form of its language", () => {
    const groups = keys.filter((key) => key.endsWith(".other")).map((key) => key.slice(0, -".other".length));
    const categories = new Intl.PluralRules("en").resolvedOptions().pluralCategories;
    const wanted = groups.flatMap((group) => categories.map((category) => `${group}.${category}`));
    expect(groups.length).toBeGreaterThan(5);
    expect(wanted.filter((key) => !keys.includes(key))).toEqual([]);
  });
});

function isUsed(key: string): boolean {
  const parent = key.slice(0, key.lastIndexOf("."));
  const last = key.slice(key.lastIndexOf(".") + 1);
  const isPlural = last === "one" || last === "other";
  const grandparent = parent.slice(0, parent.lastIndexOf("."));
  return [
    `"${key}"`,
    `'${key}'`,
    `__MSG_${key}__`,
    isPlural ? `"${parent}"` : `\`${parent}.\${`,
    isPlural ? `'${parent}'` : `\`${grandparent}.\${`,
    `}.${last}\``,
    // Plural forms of a text that is chosen by code.
    ...(isPlural ? [`\`${grandparent}.\${`] : []),
  ].some((use) => source.includes(use));
}

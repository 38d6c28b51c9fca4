// A test that is left out proves nothing and looks as if it did.
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const files = globSync("tests/**/*.{test,spec,contract,bench}.ts");
// Put together here so that this file does not find itself.
const leftOut = new RegExp(
  `\\b(?:test|it|describe|suite)(?:\\.\\w+)*\\.(?:${["skip", "only", "todo", "fails"].join("|")})`,
);
const conditional = new RegExp(`\\.(?:${["skipIf", "runIf"].join("|")})\\b|\\b(?:context|ctx)\\.skip\\(`);

test("there are tests", () => {
  expect(files.length).toBeGreaterThan(10);
});

test.each(files)("%s leaves no test out", (path) => {
  const text = readFileSync(path, "utf8");
  expect(text).not.toMatch(leftOut);
  expect(text).not.toMatch(conditional);
});

test("every test file belongs to a project that npm test runs", () => {
  const run = globSync([
    "tests/unit/**/*.test.ts",
    "tests/relay/**/*.test.ts",
    "tests/scenario/**/*.test.ts",
    "tests/schedules/**/*.test.ts",
    "tests/e2e/**/*.spec.ts",
  ]);
  const all = globSync("tests/**/*.{test,spec}.ts");
  expect(all.filter((path) => !run.includes(path))).toEqual([]);
});

// npm test counts honestly, and what it runs is what package.json says.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
// @ts-expect-error -- plain JavaScript without types
import { extensionId as extensionIdOf } from "../../../scripts/lib/chromium.mjs";
// @ts-expect-error -- plain JavaScript without types
import { choose as chooseGates, gates as allGates } from "../../../scripts/lib/gates.mjs";
// @ts-expect-error -- plain JavaScript without types
import { countTests as count } from "../../../scripts/lib/run-gates.mjs";

interface Gate {
  id: string;
  isSuite: boolean;
}
interface Count {
  passed: number;
  failed: number;
}
const gates = allGates as Gate[];
const choose = chooseGates as (words: string[]) => { unknown?: string; chosen: Gate[] };
const countTests = count as (report: object | undefined, code: number) => Count;
const extensionId = extensionIdOf as (folder: string) => string;

const scripts = (JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> }).scripts;

describe("the gates of npm test", () => {
  test("each check is a script of package.json", () => {
    expect(gates.filter((gate) => !gate.isSuite && !(gate.id in scripts))).toEqual([]);
  });

  test("each test project is a gate", () => {
    const config = readFileSync("vitest.config.ts", "utf8");
    const projects = [...config.matchAll(/name: "([a-z0-9]+)"/g)].map((match) => match[1]);
    expect(gates.filter((gate) => gate.isSuite).map((gate) => gate.id)).toEqual(projects);
  });

  test("a name before a colon stands for all of its kind", () => {
    expect(choose(["types"]).chosen.map((gate) => gate.id)).toEqual(["types:app", "types:core", "types:server"]);
  });

  test("what a gate depends on comes along, before it", () => {
    expect(choose(["lint:ext"]).chosen.map((gate) => gate.id)).toEqual(["build:firefox", "lint:ext"]);
  });

  test("an unknown name is reported instead of passing for nothing", () => {
    expect(choose(["unit", "unlt"]).unknown).toBe("unlt");
  });
});

describe("counting tests", () => {
  const clean = {
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    numTotalTests: 3,
    testResults: [],
  };
  const broken = { status: "failed", assertionResults: [], name: "a.test.ts" };
  const cases: [string, object | undefined, number, Count][] = [
    ["all passed", clean, 0, { passed: 3, failed: 0 }],
    ["one failed", { ...clean, numPassedTests: 2, numFailedTests: 1 }, 1, { passed: 2, failed: 1 }],
    [
      "a skipped test counts as failed",
      { ...clean, numPassedTests: 2, numPendingTests: 1 },
      0,
      { passed: 2, failed: 1 },
    ],
    ["a planned test counts as failed", { ...clean, numPassedTests: 2, numTodoTests: 1 }, 0, { passed: 2, failed: 1 }],
    ["a file that does not load counts as failed", { ...clean, testResults: [broken] }, 1, { passed: 3, failed: 1 }],
    ["no tests count as failed", { ...clean, numPassedTests: 0, numTotalTests: 0 }, 0, { passed: 0, failed: 1 }],
    ["an error outside tests counts as failed", clean, 1, { passed: 3, failed: 1 }],
    ["a runner that wrote nothing counts as failed", undefined, 0, { passed: 0, failed: 1 }],
  ];

  test.each(cases)("%s", (_title, report, code, expected) => {
    expect(countTests(report, code)).toMatchObject(expected);
  });
});

function idOf(manifest: object): string {
  const folder = mkdtempSync(join(tmpdir(), "extension-"));
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  const id = extensionId(folder);
  rmSync(folder, { recursive: true });
  return id;
}

describe("the id of an unpacked extension", () => {
  test("it comes from the public key", () => {
    // SHA-256 of no bytes starts with e3b0c44298fc1c149afbf4c8996fb924.
    expect(idOf({ key: "" })).toBe("odlameecjipmbmbejkplpemijjgpljce");
  });

  test("it comes from the folder when there is no key", () => {
    expect(idOf({})).toMatch(/^[a-p]{32}$/);
    expect(idOf({})).not.toBe(idOf({}));
  });
});

// The layer check is only worth something if it looks: with a compiler it does not know, dependency-cruiser finds no
// TypeScript at all and reports success. So: it sees every file of ours, and it catches what is planted here.
import { cruise } from "dependency-cruiser";
import type { ICruiseResult, IFlattenedRuleSet } from "dependency-cruiser";
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
// @ts-expect-error -- the configuration is plain JavaScript without types
import config, { layers as configuredLayers } from "../../.dependency-cruiser.mjs";

const layers = Object.keys(configuredLayers as Record<string, string[]>);
const { options, ...ruleSet } = config as IFlattenedRuleSet & { options: object };

async function check(folders: string[], baseDir: string): Promise<ICruiseResult> {
  const { output } = await cruise(folders, { ...options, ruleSet, validate: true, baseDir });
  return output as ICruiseResult;
}

describe("the layer check on our own code", () => {
  const files = globSync(layers.map((layer) => `${layer}/**/*.{ts,vue}`)).toSorted();

  test("it looks at every TypeScript and Vue file of every layer", async () => {
    const { modules } = await check(
      layers.filter((layer) => files.some((file) => file.startsWith(`${layer}/`))),
      process.cwd(),
    );
    const seen = new Set(modules.map((module) => module.source));
    expect(files.filter((file) => !seen.has(file))).toEqual([]);
    const withImports = modules.filter((module) => module.dependencies.length > 0).map((module) => module.source);
    expect(withImports.filter((source) => source.endsWith(".ts")).length).toBeGreaterThan(40);
    expect(withImports.filter((source) => source.endsWith(".vue")).length).toBeGreaterThan(5);
  });

  test("every folder with source files is a layer", () => {
    const spared = ["node_modules", "tests", "scripts", "public", "assets", "locales", "docs", ".output", ".wxt"];
    const folders = new Set(globSync("*/**/*.{ts,vue}", { exclude: spared }).map((file) => file.split("/")[0]));
    expect([...folders].filter((folder) => folder !== undefined && !layers.includes(folder))).toEqual([]);
  });
});

/** A tree in which every import is allowed. */
const innocent: Record<string, string> = {
  "package.json": JSON.stringify({
    name: "planted",
    type: "module",
    dependencies: { "socket.io": "1.0.0" },
    devDependencies: { vue: "1.0.0", wxt: "1.0.0", "ts-mls": "1.0.0" },
  }),
  "tsconfig.json": JSON.stringify({ compilerOptions: { module: "ESNext", moduleResolution: "Bundler" } }),
  ...Object.fromEntries(
    ["vue", "wxt", "ts-mls", "socket.io"].flatMap((name) => [
      [
        `node_modules/${name}/package.json`,
        JSON.stringify({ name, version: "1.0.0", type: "module", main: "index.js" }),
      ],
      [`node_modules/${name}/index.js`, "export const it = 1;\n"],
    ]),
  ),
  "codec/bytes.ts": "export const bytes = 1;\n",
  "core/room.ts":
    'import { bytes } from "../codec/bytes.ts";\nexport type Room = number;\nexport const room = bytes;\n',
  "core/mls/group.ts": 'import { it } from "ts-mls";\nexport const group = it;\n',
  "wire/events.ts": 'import { bytes } from "../codec/bytes.ts";\nexport const events = bytes;\n',
  "bridge/contract.ts":
    'import type { Room } from "../core/room.ts";\nexport type View = Room;\nexport const names = 1;\n',
  "engine/engine.ts":
    'import { room } from "../core/room.ts";\nexport type Ports = number;\nexport const engine = room;\n',
  "platform/ports.ts": 'import type { Ports } from "../engine/engine.ts";\nexport const ports: Ports = 1;\n',
  "server/main.ts": 'import { it } from "socket.io";\nexport const main = it;\n',
  "components/Box.vue":
    '<script setup lang="ts">\nimport type { Room } from "../core/room.ts";\ndefineProps<{ room: Room }>();\n</script>\n<template><p>{{ room }}</p></template>\n',
};

const planted: [rule: string, file: string, text: string][] = [
  ["core-direction", "core/bad.ts", 'import { engine } from "../engine/engine.ts";\nexport const bad = engine;\n'],
  ["core-direction", "core/bad.ts", 'import type { Ports } from "../engine/engine.ts";\nexport type Bad = Ports;\n'],
  ["wire-direction", "wire/bad.ts", 'import { room } from "../core/room.ts";\nexport const bad = room;\n'],
  ["codec-direction", "codec/bad.ts", 'import { events } from "../wire/events.ts";\nexport const bad = events;\n'],
  ["bridge-types-only", "bridge/bad.ts", 'import { room } from "../core/room.ts";\nexport const bad = room;\n'],
  ["engine-direction", "engine/bad.ts", 'import { ports } from "../platform/ports.ts";\nexport const bad = ports;\n'],
  [
    "platform-types-only",
    "platform/bad.ts",
    'import { engine } from "../engine/engine.ts";\nexport const bad = engine;\n',
  ],
  ["server-direction", "server/bad.ts", 'import { room } from "../core/room.ts";\nexport const bad = room;\n'],
  [
    "components-types-only",
    "components/Bad.vue",
    '<script setup lang="ts">\nimport { room } from "../core/room.ts";\n</script>\n<template><p>{{ room }}</p></template>\n',
  ],
  [
    "components-direction",
    "components/Bad.vue",
    '<script setup lang="ts">\nimport { engine } from "../engine/engine.ts";\n</script>\n<template><p>{{ engine }}</p></template>\n',
  ],
  [
    "no-circular",
    "codec/bytes.ts",
    'import type { other } from "./other.ts";\nexport const bytes: typeof other = 1;\n',
  ],
  ["not-to-unresolvable", "core/bad.ts", 'import { gone } from "./gone.ts";\nexport const bad = gone;\n'],
  ["not-to-tests", "core/bad.ts", 'import { fake } from "../tests/fake.ts";\nexport const bad = fake;\n'],
  ["vue-stays-in-views", "engine/bad.ts", 'import { it } from "vue";\nexport const bad = it;\n'],
  ["browser-api-only-in-platform", "components/bad.ts", 'import { it } from "wxt";\nexport const bad = it;\n'],
  ["sockets-only-in-relay-code", "engine/bad.ts", 'import { it } from "socket.io";\nexport const bad = it;\n'],
  ["mls-only-behind-core-mls", "core/bad.ts", 'import { it } from "ts-mls";\nexport const bad = it;\n'],
  ["relay-needs-real-dependencies", "server/bad.ts", 'import { it } from "vue";\nexport const bad = it;\n'],
];

describe("the layer check on planted code", () => {
  const folders: string[] = [];

  function plant(extra: Record<string, string>): string {
    const folder = mkdtempSync(join(tmpdir(), "planted-"));
    folders.push(folder);
    const support = { "codec/other.ts": 'import { bytes } from "./bytes.ts";\nexport const other = bytes;\n' };
    const fake = { "tests/fake.ts": "export const fake = 1;\n" };
    for (const [file, text] of Object.entries({ ...innocent, ...support, ...fake, ...extra })) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    return folder;
  }

  async function violations(extra: Record<string, string>): Promise<string[]> {
    const folder = plant(extra);
    const present = layers.filter((layer) => globSync(`${layer}/**/*.{ts,vue}`, { cwd: folder }).length > 0);
    const { summary } = await check(present, folder);
    return summary.violations.map((violation) => violation.rule.name);
  }

  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  test("imports that the layers allow pass", async () => {
    await expect(violations({})).resolves.toEqual([]);
  });

  test.each(planted)("%s is reported for %s: %s", async (rule, file, text) => {
    await expect(violations({ [file]: text })).resolves.toContain(rule);
  });
});

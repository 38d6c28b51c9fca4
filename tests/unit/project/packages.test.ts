// What package.json promises: exact versions, one MLS library that was examined, a reason for every run-time dependency.
import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

interface LockEntry extends Partial<Manifest> {
  hasInstallScript?: boolean;
}

interface Manifest {
  license: string;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

function versionOf(name: string): string {
  return (readJson(`node_modules/${name}/package.json`) as { version: string }).version;
}

const manifest = readJson("package.json") as Manifest;
const lock = (readJson("package-lock.json") as { packages: Record<string, LockEntry> }).packages;
const everything = { ...manifest.dependencies, ...manifest.devDependencies };

/** Bundled into the extension, therefore a devDependency: the relay is installed with `npm ci --omit=dev`. */
const bundled = [
  "vue",
  "pinia",
  "socket.io-client",
  "ts-mls",
  "@hpke/core",
  "@noble/ciphers",
  "@noble/hashes",
  "hash-wasm",
  "uqr",
];

describe("package.json", () => {
  test.each(Object.entries(everything))("%s is pinned to one version (%s)", (_name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test("the lock file was made from this package.json", () => {
    expect(lock[""]?.dependencies).toEqual(manifest.dependencies);
    expect(lock[""]?.devDependencies).toEqual(manifest.devDependencies);
    expect(lock[""]?.license).toBe(manifest.license);
  });

  test("the licence it names is the one in LICENSE", () => {
    expect(manifest.license).toBe("AGPL-3.0-or-later");
    expect(readFileSync("LICENSE", "utf8")).toMatch(
      /^\s*GNU AFFERO GENERAL PUBLIC LICENSE\n\s*Version 3, 19 November 2007/,
    );
  });

  test("every gate and every command in the documents is one of its scripts", () => {
    const commands = globSync(["*.md", "docs/**/*.md"]).flatMap((path) =>
      [...readFileSync(path, "utf8").matchAll(/npm run ([a-z0-9:-]+)/g)].map((match) => match[1]),
    );
    expect([...new Set(commands)].filter((name) => name !== undefined && !(name in manifest.scripts))).toEqual([]);
  });
});

describe("run-time dependencies", () => {
  test("the installed MLS library is the examined one", () => {
    expect(versionOf("ts-mls")).toBe("1.6.4");
    expect(manifest.devDependencies["ts-mls"]).toBe("1.6.4");
  });

  test("TypeScript stays on the line that the checkers read", () => {
    expect(versionOf("typescript")).toMatch(/^6\.0\./);
  });

  const reasons = globSync("docs/decisions/*.md").map((path) => readFileSync(path, "utf8"));

  test.each([...Object.keys(manifest.dependencies), ...bundled])("%s has a reason in docs/decisions", (name) => {
    expect(name in everything).toBe(true);
    expect(reasons.some((text) => text.includes(`\`${name}\``))).toBe(true);
  });

  test("what the relay runs on is not bundled into the extension, and the other way round", () => {
    expect(bundled.filter((name) => name in manifest.dependencies)).toEqual([]);
  });

  test("only the package that brings Node may run an install script", () => {
    const withScript = Object.entries(lock).filter(([, entry]) => entry.hasInstallScript);
    expect(withScript.map(([path]) => path)).toEqual(["node_modules/node"]);
    expect(manifest.allowScripts).toEqual({ node: true });
    expect(existsSync("node_modules/node/bin/node")).toBe(true);
  });
});

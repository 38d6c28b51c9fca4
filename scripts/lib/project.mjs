// Where the project is, what its package.json says, and whether its npm packages and its own Node are there.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export function readJson(...path) {
  return JSON.parse(readFileSync(join(projectRoot, ...path), "utf8"));
}

export const manifest = readJson("package.json");

/** The Node that the npm package `node` brings, pinned in package.json. */
export const projectNode = join(
  projectRoot,
  "node_modules",
  "node",
  "bin",
  process.platform === "win32" ? "node.exe" : "node",
);

/**
 * Whether node_modules is what package-lock.json asks for. npm writes node_modules/.package-lock.json last, so a broken
 * installation has none. It leaves out optional packages of other platforms and nothing else.
 */
export function packagesAreCurrent() {
  if (!existsSync(join(projectRoot, "node_modules", ".package-lock.json")) || !existsSync(projectNode)) return false;
  const wanted = readJson("package-lock.json").packages;
  const present = readJson("node_modules", ".package-lock.json").packages;
  const isSame = (path) => wanted[path]?.version === present[path]?.version;
  const isSpared = (path) => path === "" || wanted[path].optional === true || wanted[path].peer === true;
  return (
    Object.keys(present).every((path) => isSame(path)) &&
    Object.keys(wanted).every((path) => isSpared(path) || isSame(path))
  );
}

// Builds of the extension for tests: for a relay on a fixed port of this machine, in a folder of their own.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

/** Two checkouts that test at the same time need two ports. */
export const RELAY_PORT = Number(process.env["SECRET_ROOMS_TEST_PORT"] ?? 18_787);
export const RELAY_ORIGIN = `http://127.0.0.1:${RELAY_PORT}`;

const root = path.resolve(import.meta.dirname, "../../..");

/** Folder of the build; made once per test run. */
export async function buildFor(browser: "chrome" | "firefox"): Promise<string> {
  const folder = path.join(root, ".output", `e2e-${browser}-mv3`);
  const marker = `${folder}.run`;
  // Spec files run in processes of their own, whose parent is the run.
  const run = `${process.ppid} ${RELAY_PORT}`;
  if ((await readFile(marker, "utf8").catch(() => "")) === run) return folder;
  await promisify(execFile)(path.join(root, "node_modules/.bin/wxt"), ["build", "-b", browser], {
    cwd: root,
    env: { ...process.env, SECRET_ROOMS_RELAY: RELAY_ORIGIN, SECRET_ROOMS_OUT: "e2e" },
  });
  await writeFile(marker, run);
  return folder;
}

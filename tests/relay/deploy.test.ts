// A relay starts from what the image and the systemd unit hold: four things and the packages it runs on.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";

interface Lock {
  readonly packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>;
}

/** The packages that `npm ci --omit=dev` installs, without those inside of others. */
function productionPackages(): string[] {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock;
  return Object.entries(packages)
    .filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true)
    .map(([path]) => path)
    .filter((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path) && existsSync(path));
}

test("the relay runs with its own folders and production packages alone, and leaves no file there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "relay-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const parts = ["package.json", "codec", "wire", "server"];
  for (const path of [...parts, ...productionPackages()]) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    symlinkSync(resolve(path), join(folder, path));
  }
  expect(existsSync(join(folder, "node_modules/hono"))).toBe(true);
  expect(existsSync(join(folder, "node_modules/typescript"))).toBe(false);
  // So that what is linked is looked for here, not where it really is.
  const options = ["--preserve-symlinks", "--preserve-symlinks-main"];
  const child = spawn(process.execPath, [...options, "server/main.ts"], {
    cwd: folder,
    env: { PORT: "0", METRICS_PORT: "0", NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((done) => child.once("close", done));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await expect.poll(() => output, { timeout: 20_000 }).toContain("relay listens on ");
  const url = /http:\/\/\S+/.exec(output)?.[0] ?? "";
  expect(await (await fetch(`${url}/version`)).json()).toMatchObject({ protocol: 1 });
  child.kill("SIGTERM");
  await ended;
  expect(readdirSync(folder).toSorted()).toEqual([...parts, "node_modules"].toSorted());
});

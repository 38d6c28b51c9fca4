// A real redis-server on a free port, with whatever a test wants to differ. It writes nothing unless told to.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { onTestFinished } from "vitest";

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Ended when the test is over. `settings` come after ours, so they win. */
export async function startRedis(...settings: readonly string[]): Promise<{ url: string; port: number }> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "redis-"));
  const ours = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"];
  const child = spawn("redis-server", [...ours, ...settings], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("Ready to accept connections")) resolve();
    });
    child.once("close", () => reject(new Error("redis-server ended at once")));
  });
  return { url: `redis://127.0.0.1:${port}`, port };
}

/** Closed when the test is over. */
export function openRedis(url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  onTestFinished(() => redis.disconnect());
  return redis;
}

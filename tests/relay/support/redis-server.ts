// Redis for one test: a server and connections that end with it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { onTestFinished } from "vitest";
import { startRedisServer } from "../../support/redis-server.ts";
import type { RedisServer } from "../../support/redis-server.ts";

/** Ended with the test. `flags` come after ours, so they win. */
export async function redisForTest(...flags: readonly string[]): Promise<RedisServer> {
  const server = await startRedisServer("--dir", await folderForTest(), ...flags);
  onTestFinished(() => server.stop());
  return server;
}

/** Gone with the test. */
export async function folderForTest(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "redis-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Closed with the test. */
export function openRedis(url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  onTestFinished(() => redis.disconnect());
  return redis;
}

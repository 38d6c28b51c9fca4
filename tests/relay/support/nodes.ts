// Several relays on one Redis, and ways to look at them from outside.
import type { Redis } from "ioredis";
import { onTestFinished } from "vitest";
import type { RelayLimits } from "../../../server/limits.ts";
import { openTcpProxy } from "../../support/tcp-proxy.ts";
import type { TcpProxy } from "../../support/tcp-proxy.ts";
import type { RedisServer } from "../../support/redis-server.ts";
import { startRelay } from "./relay.ts";
import type { RunningRelay } from "./relay.ts";

/** As many relays as asked for, under one public address. */
export async function startNodes(
  count: number,
  url: string,
  env: Record<string, string> = {},
  limits: Partial<RelayLimits> = {},
): Promise<RunningRelay[]> {
  const settings = { REDIS_URL: url, PUBLIC_URL: "http://rooms.example.org", ...env };
  return Promise.all(Array.from({ length: count }, () => startRelay(settings, { limits })));
}

export function at<T>(list: readonly T[], index: number): T {
  const item = list[index % list.length];
  if (item === undefined) throw new Error("nothing there");
  return item;
}

export async function ready(relay: RunningRelay): Promise<number> {
  return (await fetch(`${relay.url}/readyz`)).status;
}

/** Keys of rooms: nodes and the list of ended handles stay. */
export async function roomKeys(redis: Redis): Promise<string[]> {
  return (await redis.keys("*")).filter((key) => !/:node:|^sr1:ended$/.test(key));
}

export async function throughProxy(server: RedisServer): Promise<{ proxy: TcpProxy; url: string }> {
  const proxy = await openTcpProxy();
  proxy.aim(server.port);
  onTestFinished(() => proxy.close());
  return { proxy, url: proxy.origin.replace("http:", "redis:") };
}

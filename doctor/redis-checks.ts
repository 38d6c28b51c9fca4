// Looks at a Redis with INFO, CONFIG GET and TIME, and changes nothing: does it keep to memory, refuse instead of
// forgetting, and can others listen.
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { Redis } from "ioredis";
import { persistenceProblems, readSetting } from "../server/store/redis-health.ts";
import type { Check } from "./check.ts";
import { checkReplication } from "./replication-check.ts";
import { fail, holds, pass, reasonOf, warn } from "./verdicts.ts";

const TIMEOUT_MS = 5_000;
const OLDEST_MAJOR = 7;
const WARN_CLOCK_MS = 1_000;
const FAIL_CLOCK_MS = 10_000;

/** @param options.url redis:// or rediss://; it may hold a password, which is never printed */
export async function checkRedis({ url, ca }: { url: string; ca?: string | undefined }): Promise<Check[]> {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    return [fail("redis address", "is no redis:// or rediss:// address")];
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    ...(url.startsWith("rediss:") && ca !== undefined ? { tls: { ca } } : {}),
  });
  let cause: unknown;
  redis.on("error", (error: unknown) => (cause = error));
  try {
    await redis.connect();
    return [...(await checkTransport(new URL(url))), ...(await lookInside(redis))];
  } catch (error) {
    return [fail("redis reachable", `no answer (${reasonOf(cause ?? error)})`)];
  } finally {
    redis.disconnect();
  }
}

async function lookInside(redis: Redis): Promise<Check[]> {
  const server = readInfo(await redis.info("server"));
  const version = server.get("valkey_version") ?? server.get("redis_version") ?? "unknown";
  const problems = await persistenceProblems(redis);
  return [
    holds("redis version", Number.parseInt(version, 10) >= OLDEST_MAJOR, [
      version,
      `${version}; the relay needs ${OLDEST_MAJOR} or later`,
    ]),
    ...(problems.length === 0
      ? [pass("redis persistence", "writes nothing to a disk")]
      : problems.map((problem) => fail("redis persistence", problem))),
    await checkEviction(redis),
    await checkReplication(redis, readInfo(await redis.info("replication"))),
    await checkClock(redis),
  ];
}

/** The lines of INFO: `name:value`. */
function readInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(":"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
}

async function checkEviction(redis: Redis): Promise<Check> {
  const name = "redis eviction";
  try {
    const policy = await readSetting(redis, "maxmemory-policy");
    if (policy !== "noeviction")
      return fail(name, `policy ${policy ?? "unknown"} throws rooms away when memory is short. Set noeviction`);
    return (await readSetting(redis, "maxmemory")) === "0"
      ? warn(name, "nothing is thrown away, but nothing bounds its memory either: set maxmemory")
      : pass(name, "nothing is thrown away, memory is bounded");
  } catch {
    return warn(name, "Redis does not say; its policy has to be noeviction");
  }
}

async function checkClock(redis: Redis): Promise<Check> {
  const askedMs = Date.now();
  const [seconds = 0, micros = 0] = (await redis.time()).map(Number);
  const offMs = Math.round(seconds * 1_000 + micros / 1_000 - (askedMs + Date.now()) / 2);
  const says = `${Math.abs(offMs)} ms off this machine's clock`;
  if (Math.abs(offMs) > FAIL_CLOCK_MS) return fail("redis clock", says);
  return Math.abs(offMs) > WARN_CLOCK_MS ? warn("redis clock", says) : pass("redis clock", says);
}

function privateNetworks(): { local: BlockList; near: BlockList } {
  const local = new BlockList();
  local.addSubnet("127.0.0.0", 8);
  local.addAddress("::1", "ipv6");
  const near = new BlockList();
  near.addSubnet("10.0.0.0", 8);
  near.addSubnet("172.16.0.0", 12);
  near.addSubnet("192.168.0.0", 16);
  near.addSubnet("100.64.0.0", 10);
  near.addSubnet("fc00::", 7, "ipv6");
  return { local, near };
}

/** Handles, tickets and sealed messages pass here, so nobody else may listen or ask. */
async function checkTransport(url: URL): Promise<Check[]> {
  const name = "redis transport";
  const { local, near } = privateNetworks();
  const { address } = await lookup(url.hostname.replace(/^\[|\]$/g, ""));
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  const isLocal = local.check(address, family);
  const password =
    isLocal || url.password !== ""
      ? []
      : [warn("redis password", "none: whoever reaches its port can read and end rooms")];
  if (url.protocol === "rediss:") return [pass(name, "is TLS"), ...password];
  if (isLocal) return [pass(name, "stays on this machine")];
  return near.check(address, family)
    ? [warn(name, "is not TLS: fine only in a network that is all yours"), ...password]
    : [fail(name, "is not TLS and leaves the private networks"), ...password];
}

// Replicas keep rooms alive when a Redis dies, unless they lag, split or write what they receive to a disk.
import type { Redis } from "ioredis";
import { readSetting } from "../server/store/redis-health.ts";
import type { Check } from "./check.ts";
import { fail, pass, warn } from "./verdicts.ts";

const NAME = "redis replication";

/** @param replication what `INFO replication` says */
export async function checkReplication(redis: Redis, replication: ReadonlyMap<string, string>): Promise<Check> {
  try {
    return replication.get("role") === "master"
      ? await checkMaster(redis, Number(replication.get("connected_slaves") ?? "0"))
      : await checkReplica(redis);
  } catch {
    return warn(NAME, "Redis does not say; see docs/OPERATING.md about replicas");
  }
}

async function checkMaster(redis: Redis, replicas: number): Promise<Check> {
  if (replicas === 0) return pass(NAME, "no replicas: when it dies, members bring their rooms back");
  if ((await readSetting(redis, "repl-diskless-sync")) === "no")
    return fail(NAME, "a new replica gets its copy by way of this one's disk. Set repl-diskless-sync yes");
  if ((await readSetting(redis, "min-replicas-to-write")) === "0")
    return warn(NAME, "cut off from its replicas it goes on deciding alone. Set min-replicas-to-write 1");
  return pass(NAME, `${replicas} replicas; ask each of them too`);
}

async function checkReplica(redis: Redis): Promise<Check> {
  if ((await readSetting(redis, "repl-diskless-load")) === "disabled")
    return fail(NAME, "this replica writes what it receives to a disk. Set repl-diskless-load swapdb");
  return warn(NAME, "this is a replica: right for a look at its settings, wrong as REDIS_URL");
}

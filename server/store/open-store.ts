// Chooses the store: the memory of this process, or a Redis that several relays share.
import type { Clock } from "../clock.ts";
import type { RelayConfig } from "../config.ts";
import type { RelayLimits } from "../limits.ts";
import type { Logger } from "../log.ts";
import { MemoryStore } from "./memory-store.ts";
import { RedisLink } from "./redis/redis-link.ts";
import { RedisNode } from "./redis/redis-node.ts";
import { RedisStore } from "./redis/redis-store.ts";
import { persistenceProblems } from "./redis-health.ts";
import type { Outlet, RoomStore } from "./room-store.ts";

export interface ChosenStore {
  readonly store: RoomStore;
  /** To be awaited before anything is asked of it. Throws when it cannot be used. */
  open(): Promise<void>;
}

/** The relay must not start with this store. */
export class UnfitStore extends Error {
  override name = "UnfitStore";
  /** Sentences for the operator. */
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[], options?: ErrorOptions) {
    super(reasons.join(" "), options);
    this.reasons = reasons;
  }
}

export interface StoreParts {
  readonly clock: Clock;
  readonly outlet: Outlet;
  readonly log: Logger;
}

export function chooseStore(config: RelayConfig, limits: RelayLimits, parts: StoreParts): ChosenStore {
  const options = { ...config, ...limits };
  if (config.redisUrls.length === 0) {
    return { store: new MemoryStore(options, parts.clock, parts.outlet), open: () => Promise.resolve() };
  }
  const link = new RedisLink(config.redisUrls, parts.log);
  const node = new RedisNode({ options, link, ...parts });
  const open = async (): Promise<void> => {
    await node.open().catch((cause: unknown) => {
      throw new UnfitStore(["The Redis of REDIS_URL cannot be reached."], { cause });
    });
    const problems = config.allowsPersistentRedis ? [] : await findProblems(link);
    if (problems.length === 0) return;
    await node.close();
    throw new UnfitStore([...problems, "ALLOW_PERSISTENT_REDIS=1 starts the relay all the same."]);
  };
  return { store: new RedisStore(node), open };
}

async function findProblems(link: RedisLink): Promise<string[]> {
  const problems = await Promise.all(link.masters().map((redis) => persistenceProblems(redis)));
  return [...new Set(problems.flat())];
}

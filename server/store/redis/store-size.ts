// Counts what Redis keeps, by reading all of it: for tests, and never for the network.
import type { StoreSize } from "../room-store.ts";
import type { RedisNode } from "./redis-node.ts";

export async function countAll(node: RedisNode): Promise<StoreSize> {
  const sizes: StoreSize[] = [];
  for (const tag of await node.rooms.tags())
    sizes.push(await node.use(tag, (view) => view.ask(({ store }) => store)).then((store) => store.size()));
  const sum = (key: keyof StoreSize): number => sizes.reduce((total, size) => total + size[key], 0);
  const windows = sizes.reduce((total, size) => total + size.windows, 0);
  return {
    rooms: sum("rooms"),
    invites: sum("invites"),
    seats: sum("seats"),
    connections: sum("connections"),
    tombstones: await node.rooms.countEnded(node.nowMs()),
    knocks: sum("knocks"),
    windows,
    attempts: await countAttempts(node),
  };
}

/** Buckets that are not full yet. */
async function countAttempts({ link, keys, options, clock }: RedisNode): Promise<number> {
  const { burst, perSecond } = options.inviteAttempts;
  let count = 0;
  for (const key of await link.commands.keys(keys.everyAttempt)) {
    const [tokens, atMs] = await link.commands.hmget(key, "t", "a");
    if (Number(tokens) + ((clock.nowMs() - Number(atMs)) * perSecond) / 1000 < burst) count++;
  }
  return count;
}

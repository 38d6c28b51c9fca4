// Whether a Redis keeps to what we promise: nothing of a room ever reaches a disk. Reads its settings, changes nothing.
import type { Redis } from "ioredis";

const UNKNOWN =
  'Redis does not say whether it writes to a disk: CONFIG GET is refused or empty (managed, or by its ACL). Allow "+config|get" to the account of the relay.';

/** What Redis itself answered, in contrast to a connection that failed. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError";
}

/**
 * Why this Redis may write rooms to a disk, one sentence for each reason; none when it does not. Where CONFIG is refused
 * (managed Redis, ACL) that is a reason by itself, as nobody can tell. Rejects when the connection fails.
 */
export async function persistenceProblems(redis: Redis): Promise<string[]> {
  const problems: string[] = [];
  try {
    const save = await readSetting(redis, "save");
    const appendOnly = await readSetting(redis, "appendonly");
    if (save === undefined || appendOnly === undefined) problems.push(UNKNOWN);
    if (save !== undefined && save !== "")
      problems.push('Redis writes snapshots of everything to a disk ("save" is set). Start it with --save "".');
    if (appendOnly === "yes")
      problems.push('Redis writes every change to a file ("appendonly" is on). Start it with --appendonly no.');
  } catch (error) {
    if (!isRefusal(error)) throw error;
    problems.push(UNKNOWN);
  }
  return problems;
}

/** One setting of Redis, as text; `undefined` when it has none of that name. Rejects when CONFIG is refused. */
export async function readSetting(redis: Redis, name: string): Promise<string | undefined> {
  const answer: unknown = await redis.config("GET", name);
  if (!Array.isArray(answer)) return undefined;
  const value: unknown = answer[1];
  return typeof value === "string" ? value : undefined;
}

// The relay and the doctor ask a Redis whether it writes rooms to a disk; a real one answers.
import { expect, test } from "vitest";
import { persistenceProblems } from "../../server/store/redis-health.ts";
import { openRedis, redisForTest } from "./support/redis-server.ts";

test("a Redis that keeps everything in memory has no problem", async () => {
  const { url } = await redisForTest();
  expect(await persistenceProblems(openRedis(url))).toEqual([]);
});

test("snapshots and the append-only file are a problem each, and nobody changes them", async () => {
  const { url } = await redisForTest("--save", "3600 1", "--appendonly", "yes");
  const redis = openRedis(url);
  expect(await persistenceProblems(redis)).toEqual([
    expect.stringMatching(/snapshots .*--save ""/),
    expect.stringMatching(/every change .*--appendonly no/),
  ]);
  expect(await redis.config("GET", "save")).toEqual(["save", "3600 1"]);
});

test("a Redis that refuses to say is a problem", async () => {
  const { port, url } = await redisForTest();
  await openRedis(url).call("ACL", "SETUSER", "relay", "on", ">secret", "+@all", "-config", "~*", "&*");
  const problems = await persistenceProblems(openRedis(`redis://relay:secret@127.0.0.1:${port}`));
  expect(problems).toEqual([expect.stringMatching(/does not say whether it writes .*\+config\|get/)]);
});

test("a Redis that is not there is an error, not a problem of its settings", async () => {
  const redis = openRedis("redis://127.0.0.1:1");
  redis.on("error", () => undefined);
  await expect(persistenceProblems(redis)).rejects.toThrow("Connection is closed");
});

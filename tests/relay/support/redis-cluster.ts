// A real Redis Cluster of three masters, each with a third of the slots.
import { expect, onTestFinished } from "vitest";
import { freePort, startRedisServer } from "../../support/redis-server.ts";
import { folderForTest } from "./redis-server.ts";

const SLOTS = 16_384;

/** What REDIS_URL is to be; ended with the test. */
export async function clusterForTest(): Promise<string> {
  const folder = await folderForTest();
  const masters = [];
  for (let i = 0; i < 3; i++) {
    // A Cluster keeps what it knows of itself, not what it holds, in a file.
    const flags = ["--cluster-enabled", "yes", "--dir", folder, "--cluster-config-file", `${i}.conf`];
    const busPort = String(await freePort());
    const master = await startRedisServer(...flags, "--cluster-port", busPort);
    onTestFinished(() => master.stop());
    masters.push({ ...master, busPort });
  }
  const [first] = masters;
  for (const [i, master] of masters.entries()) {
    const range = [Math.floor((SLOTS * i) / 3), Math.floor((SLOTS * (i + 1)) / 3) - 1].map(String);
    await master.ask("CLUSTER", "ADDSLOTSRANGE", ...range);
    await master.ask("CLUSTER", "SET-CONFIG-EPOCH", String(i + 1));
    if (first !== undefined && i > 0)
      await master.ask("CLUSTER", "MEET", "127.0.0.1", String(first.port), first.busPort);
  }
  for (const master of masters)
    await expect.poll(() => master.ask("CLUSTER", "INFO"), { timeout: 10_000 }).toContain("cluster_state:ok");
  return masters.map(({ url }) => url).join(",");
}

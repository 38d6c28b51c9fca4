// A real redis-server on a free port that writes nothing to the disk.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { onTestFinished } from "vitest";

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  signal(name: NodeJS.Signals): void;
  /** One command; the answer as text. */
  ask(...command: readonly [string, ...string[]]): Promise<string>;
  /** Ends it, without grace by default; resolves when it is gone. */
  stop(name?: NodeJS.Signals): Promise<void>;
  /** The same address, and nothing in it. */
  restart(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

async function launch(port: number, flags: readonly string[]): Promise<ChildProcess> {
  const quiet = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const redis = spawn("redis-server", [...quiet, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    redis.stdout?.on("data", (text: Buffer) => {
      said += text.toString();
      if (said.includes("Ready to accept connections")) resolve();
    });
    redis.once("error", reject);
    redis.once("exit", () => reject(new Error(`redis-server ended: ${said.slice(-500)}`)));
  });
  return redis;
}

async function end(redis: ChildProcess, name: NodeJS.Signals): Promise<void> {
  if (redis.exitCode !== null || redis.signalCode !== null) return;
  redis.kill("SIGCONT");
  redis.kill(name);
  await once(redis, "exit");
}

/** Without the care of a test: whoever asks must stop it. */
export async function startRedisServer(...flags: readonly string[]): Promise<RedisServer> {
  const port = await freePort();
  let redis = await launch(port, flags);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    signal: (name) => void redis.kill(name),
    ask: async (command, ...words) => {
      const client = new Redis(port, "127.0.0.1");
      const answer: unknown = await client.call(command, ...words);
      client.disconnect();
      return String(answer);
    },
    stop: (name = "SIGKILL") => end(redis, name),
    restart: async () => {
      await end(redis, "SIGKILL");
      redis = await launch(port, flags);
    },
  };
}

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

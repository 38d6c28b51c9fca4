// A real redis-server on a free port that writes nothing to the disk.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { Redis } from "ioredis";

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

/** Whoever asks must stop it. Rejects when there is no redis-server here. */
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

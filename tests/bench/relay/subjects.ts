// What is measured: our relay in each way it can run, and two servers to compare it with. Each runs in processes of its own.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Memory, Question, Ready } from "./child.ts";
import { rawDialect, relayDialect, socketIoDialect } from "./dialect.ts";
import type { Dialect } from "./dialect.ts";
import { startRedisServer } from "../../support/redis-server.ts";
import { OpenDoor, RelayDoor } from "./entry.ts";
import type { Door } from "./entry.ts";
import type { Guest } from "./guest.ts";

/** One process of a subject. */
export interface Node extends Ready {
  /** Seconds of processor time used since it began. */
  usage(): Promise<number>;
  memory(): Promise<Memory>;
}

interface StartedNode extends Node {
  stop(): void;
}

export interface Running {
  readonly nodes: readonly Node[];
  stop(): void;
}

export interface Subject {
  readonly name: SubjectName;
  readonly dialect: Dialect;
  /** A new room; `first` opens it. */
  door(members: number, first: Guest): Door;
  /** `undefined` when this machine or this build cannot run it. */
  start(): Promise<Running | undefined>;
}

export type SubjectName = "relay" | "raw ws" | "Socket.IO" | "relay on Redis" | "two relays on Redis";

let lastRoom = 0;

async function startNode(file: string, environment: Record<string, string> = {}): Promise<StartedNode> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    env: { ...process.env, ...environment },
    execArgv: ["--expose-gc", ...(process.env["BENCH_NODE_OPTIONS"]?.split(" ") ?? [])],
  });
  const ready = await said<Ready>(child);
  const ask = async <T>(question: Question): Promise<T> => {
    const answer = said<T>(child);
    child.send(question);
    return answer;
  };
  return {
    ...ready,
    usage: () => ask<number>("usage"),
    memory: () => ask<Memory>("memory"),
    stop: () => child.disconnect(),
  };
}

function said<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error("a server of the bench ended"));
    child.once("exit", gone);
    child.once("message", (message: unknown) => {
      child.off("exit", gone);
      resolve(message as T);
    });
  });
}

const alone = (file: string) => async (): Promise<Running> => {
  const node = await startNode(file);
  return { nodes: [node], stop: () => node.stop() };
};

/** So many relays on one Redis of their own. Not run without a Redis server here, or when the relay keeps to its memory. */
const onRedis = (count: number) => async (): Promise<Running | undefined> => {
  const redis = await startRedisServer().catch(() => undefined);
  if (redis === undefined) return undefined;
  const nodes: StartedNode[] = [];
  for (let i = 0; i < count; i++) nodes.push(await startNode("relay-server.ts", { REDIS_URL: redis.url }));
  const stop = (): void => {
    for (const node of nodes) node.stop();
    void redis.stop();
  };
  if (nodes[0]?.store !== "MemoryStore") return { nodes, stop };
  stop();
  return undefined;
};

const relayRooms = {
  dialect: relayDialect,
  door: (members: number, first: Guest) => new RelayDoor(members, first),
};

/** In the order in which they are measured; the first is what the bars are about. */
export const subjects: readonly Subject[] = [
  { name: "relay", ...relayRooms, start: alone("relay-server.ts") },
  {
    name: "raw ws",
    dialect: rawDialect,
    door: () => new OpenDoor(`room ${++lastRoom}`, "joined"),
    start: alone("ws-server.ts"),
  },
  {
    name: "Socket.IO",
    dialect: socketIoDialect,
    door: () => new OpenDoor(`420["join","room ${++lastRoom}"]`, "430"),
    start: alone("socketio-server.ts"),
  },
  { name: "relay on Redis", ...relayRooms, start: onRedis(1) },
  { name: "two relays on Redis", ...relayRooms, start: onRedis(2) },
];

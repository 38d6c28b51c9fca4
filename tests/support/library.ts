// What the MLS library alone does with an input: takes it, refuses it, or never comes back.
import { Worker } from "node:worker_threads";
import { encodeGroupState } from "ts-mls";
import type { Group } from "../../core/mls/group.ts";
import type { LibraryTask } from "./library-worker.ts";

export type Verdict = "accepted" | "refused" | "hangs";

const LIMIT_MS = 1_000;

async function ask(task: LibraryTask): Promise<Verdict> {
  const worker = new Worker(new URL("./library-worker.ts", import.meta.url), { workerData: task });
  const verdict = await new Promise<Verdict>((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    worker.on("error", reject);
    worker.on("message", (word: "started" | "accepted" | "refused") => {
      if (word === "started") timer = setTimeout(() => resolve("hangs"), LIMIT_MS);
      else resolve(word);
    });
    worker.on("exit", () => clearTimeout(timer));
  });
  await worker.terminate();
  return verdict;
}

export function libraryProcesses({ state }: Group, message: Uint8Array): Promise<Verdict> {
  return ask({ kind: "process", state: encodeGroupState(state), message });
}

export function libraryJoins(groupInfo: Uint8Array, isResync: boolean): Promise<Verdict> {
  return ask({ kind: "join", message: groupInfo, isResync });
}

// Starts the worker in which a room's keys live; for both browsers.
// oxlint-disable-next-line import/default -- the suffix makes Vite export the address of the built file
import workerUrl from "../../engine/workers/group.worker.ts?worker&url";
import { connectGroupHost } from "../../engine/workers/group-client.ts";
import type { GroupHost } from "../../engine/workers/group-contract.ts";
import { createWorkerStarter } from "../../platform/worker.ts";

export function createGroupHostOpener(): () => GroupHost {
  const startWorker = createWorkerStarter();
  return () => connectGroupHost(startWorker(workerUrl));
}

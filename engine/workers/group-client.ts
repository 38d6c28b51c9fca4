// The engine's end of the group worker: the same calls as the host itself, with errors made whole again.
import { CoreError } from "../../core/errors.ts";
import type { CoreFault } from "../../core/errors.ts";
import { groupMethods } from "./group-contract.ts";
import type { GroupHost, GroupMethod } from "./group-contract.ts";
import { isGroupReply } from "./group-messages.ts";
import type { GroupCall } from "./group-messages.ts";

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Speaks to a worker that runs group.worker.ts. */
export function connectGroupHost(worker: Worker): GroupHost {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;

  worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (!isGroupReply(data)) return;
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if ("value" in data) call?.resolve(data.value);
    else
      call?.reject(
        data.fault === "internal" ? new Error("group worker") : new CoreError(data.fault as CoreFault, "group"),
      );
  });
  // A worker that fails to load or dies answers nothing any more.
  worker.addEventListener("error", () => {
    for (const call of waiting.values()) call.reject(new Error("group worker"));
    waiting.clear();
  });

  const call = (method: GroupMethod, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, method, args } satisfies GroupCall);
    });
  const methods = Object.fromEntries(
    groupMethods.map((method) => [method, (...args: readonly unknown[]) => call(method, args)]),
  );
  return { ...methods, close: () => worker.terminate() } as unknown as GroupHost;
}

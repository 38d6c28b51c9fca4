// The module worker in which a room's keys live in the extension: serves the group host over messages.
import { CoreError } from "../../core/errors.ts";
import { GroupRooms } from "./group-host.ts";
import { isGroupCall } from "./group-messages.ts";
import type { GroupCall, GroupReply } from "./group-messages.ts";

interface WorkerScope {
  postMessage(message: GroupReply): void;
  addEventListener(type: "message", listener: (event: MessageEvent<unknown>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const host = new GroupRooms();

async function answer({ id, method, args }: GroupCall): Promise<GroupReply> {
  try {
    const call = host[method].bind(host) as (...values: readonly unknown[]) => Promise<unknown>;
    return { id, value: await call(...args) };
  } catch (error) {
    return { id, fault: error instanceof CoreError ? error.code : "internal" };
  }
}

scope.addEventListener("message", ({ data }) => {
  if (isGroupCall(data)) void answer(data).then((reply) => scope.postMessage(reply));
});

// Feeds one input to the MLS library without any of our checks, in a thread that can be ended: some inputs never return.
import { parentPort, workerData } from "node:worker_threads";
import { acceptAll, decodeMlsMessage, emptyPskIndex, joinGroupExternal, processPublicMessage } from "ts-mls";
import { decodeGroupState } from "ts-mls/clientState.js";
import { keyPairFromSeed } from "../../core/crypto/signature.ts";
import { clientConfig } from "../../core/mls/profile.ts";
import { createSuite } from "../../core/mls/suite.ts";
import { rogueKeyPackage } from "./rogue-member.ts";

export type LibraryTask =
  | { readonly kind: "process"; readonly state: Uint8Array; readonly message: Uint8Array }
  | { readonly kind: "join"; readonly message: Uint8Array; readonly isResync: boolean };

async function carryOut(task: LibraryTask): Promise<void> {
  const suite = await createSuite();
  const message = decodeMlsMessage(task.message, 0)?.[0];
  if (task.kind === "process") {
    const state = decodeGroupState(task.state, 0)?.[0];
    if (!state || message?.wireformat !== "mls_public_message") throw new Error("not a task");
    await processPublicMessage({ ...state, clientConfig }, message.publicMessage, emptyPskIndex, suite, acceptAll);
    return;
  }
  if (message?.wireformat !== "mls_group_info") throw new Error("not a task");
  const keys = await keyPairFromSeed(new Uint8Array(32).fill(7));
  const { publicPackage, privatePackage } = await rogueKeyPackage(suite, keys);
  const { groupInfo } = message;
  await joinGroupExternal(groupInfo, publicPackage, privatePackage, task.isResync, suite, undefined, clientConfig);
}

parentPort?.postMessage("started");
await carryOut(workerData as LibraryTask).then(
  () => parentPort?.postMessage("accepted"),
  () => parentPort?.postMessage("refused"),
);

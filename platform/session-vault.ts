// The engine's memory between two of its lives: storage.session, which no disk sees and the end of the browser empties.
import { browser } from "wxt/browser";
import type { SessionVault } from "../engine/ports.ts";
import { sendMessage } from "./messages.ts";

const KEY = "vault";

/** For the background, which has storage.session. */
export function createSessionVault(): SessionVault {
  return {
    load: async () => textOf((await browser.storage.session.get(KEY))[KEY]),
    save: async (text) => await browser.storage.session.set({ [KEY]: text }),
  };
}

/** For Chrome's offscreen document, which has no storage: through the background. */
export function createRemoteVault(): SessionVault {
  return {
    load: async () => textOf(await sendMessage({ kind: "vault-load" })),
    save: async (text) => void (await sendMessage({ kind: "vault-save", text })),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

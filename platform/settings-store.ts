// Settings in storage.local. They hold no secret, but what somebody typed in a private window must not be written down, so
// while a private view is connected they stay in memory.
import { browser } from "wxt/browser";
import type { Settings } from "../bridge/contract.ts";
import type { SettingsStore } from "../engine/ports.ts";
import { decodeSettings } from "./decode-settings.ts";
import { sendMessage } from "./messages.ts";

const KEY = "settings";

/** For the background, which has storage.local. */
export function createSettingsStore(): SettingsStore {
  return {
    load: async () => decodeSettings((await browser.storage.local.get(KEY))[KEY]),
    save: async (settings) => await browser.storage.local.set({ [KEY]: settings }),
  };
}

/** For Chrome's offscreen document, which has no storage: through the background. */
export function createRemoteSettingsStore(): SettingsStore {
  return {
    load: async () => decodeSettings(await sendMessage({ kind: "settings-load" })),
    save: async (settings) => void (await sendMessage({ kind: "settings-save", settings })),
  };
}

/** Keeps what is saved while `isPrivate` out of the store below. */
export function withPrivateViews(store: SettingsStore, isPrivate: () => boolean): SettingsStore {
  let unsaved: Settings | undefined;
  return {
    load: async () => unsaved ?? (await store.load()),
    save: async (settings) => {
      unsaved = isPrivate() ? settings : undefined;
      if (unsaved === undefined) await store.save(settings);
    },
  };
}

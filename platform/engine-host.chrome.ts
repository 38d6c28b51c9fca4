// Chrome: the engine lives in one offscreen document. The background makes it exactly once and lets it live.
import { browser } from "wxt/browser";
import { OFFSCREEN_PAGE } from "./messages.ts";

/**
 * Returns a function that resolves when the document is there. A document of the reason WEB_RTC has no age limit (one of
 * AUDIO_PLAYBACK alone is destroyed after 30 s).
 */
export function createEngineHost(): () => Promise<void> {
  let making: Promise<void> | undefined;
  return async () => {
    making ??= ensureDocument().finally(() => {
      making = undefined;
    });
    await making;
  };
}

export async function hasEngine(): Promise<boolean> {
  const found = await browser.runtime.getContexts({ contextTypes: ["OFFSCREEN_DOCUMENT"] });
  return found.length > 0;
}

async function ensureDocument(): Promise<void> {
  if (await hasEngine()) return;
  await browser.offscreen.createDocument({
    url: OFFSCREEN_PAGE,
    reasons: ["WEB_RTC", "WORKERS"],
    justification: "Keeps your rooms connected and encrypted while no window shows them",
  });
}

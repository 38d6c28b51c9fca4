// An update reloads the extension and with it every room. It waits until no room is open.
import { browser } from "wxt/browser";

const OPEN = "room-open";
const WAITING = "update-waits";

/** Call in the first turn of the background. Its listener is what makes the browser ask instead of reloading. */
export function holdUpdates(): { setRoomOpen(on: boolean): Promise<void> } {
  browser.runtime.onUpdateAvailable.addListener(() => void handleUpdate());
  return {
    // In storage.session because Chrome's background forgets within 30 s.
    async setRoomOpen(on) {
      await browser.storage.session.set({ [OPEN]: on });
      if (!on && (await browser.storage.session.get(WAITING))[WAITING] === true) browser.runtime.reload();
    },
  };
}

async function handleUpdate(): Promise<void> {
  const state = await browser.storage.session.get(OPEN);
  if (state[OPEN] !== true) {
    browser.runtime.reload();
    return;
  }
  await browser.storage.session.set({ [WAITING]: true });
}

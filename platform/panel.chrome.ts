// Chrome: opens and closes the side panel of a window.
import { browser } from "wxt/browser";

export interface Panel {
  /** First thing in a click: after any wait the browser refuses. */
  open(windowId: number): void;
  toggle(windowId: number): void;
}

/** Call in the first turn of the background. */
export function createPanel(): Panel {
  // Forgotten when the background stops. Then the first click on the icon of an open panel does nothing, the next closes it.
  const shown = new Set<number>();
  browser.sidePanel.onOpened.addListener(({ windowId }) => void shown.add(windowId));
  browser.sidePanel.onClosed.addListener(({ windowId }) => void shown.delete(windowId));
  return {
    open,
    toggle: (windowId) => (shown.has(windowId) ? void browser.sidePanel.close({ windowId }) : open(windowId)),
  };
}

function open(windowId: number): void {
  void browser.sidePanel.open({ windowId });
}

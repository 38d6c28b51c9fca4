// Firefox: opens and closes the sidebar of the window that was clicked in.
import { firefox } from "./firefox-api.ts";
import type { Panel } from "./panel.chrome.ts";

export function createPanel(): Panel {
  return { open: () => void firefox.sidebarAction.open(), toggle: () => void firefox.sidebarAction.toggle() };
}

// Chrome's background: no room lives here. It opens the panel, routes links, makes the engine's document and lends it storage.
import { showUnread } from "../../platform/badge.ts";
import { createEngineHost } from "../../platform/engine-host.chrome.ts";
import { routeLinks } from "../../platform/link-route.chrome.ts";
import { listenToButton, listenToMenus } from "../../platform/menus.ts";
import { onMessages } from "../../platform/messages.ts";
import type { EngineMessage } from "../../platform/messages.ts";
import { createPanel } from "../../platform/panel.chrome.ts";
import { createSessionVault } from "../../platform/session-vault.ts";
import { createSettingsStore } from "../../platform/settings-store.ts";
import { holdUpdates } from "../../platform/updates.ts";

export function startChrome(): void {
  const panel = createPanel();
  listenToButton(panel);
  listenToMenus(panel);
  const links = routeLinks();
  const updates = holdUpdates();
  const ensureEngine = createEngineHost();
  const vault = createSessionVault();
  const settings = createSettingsStore();

  const serveEngine = async (message: EngineMessage): Promise<unknown> => {
    let answer: unknown;
    switch (message.kind) {
      case "vault-load":
        answer = await vault.load();
        break;
      case "vault-save":
        await vault.save(message.text);
        break;
      case "settings-load":
        answer = await settings.load();
        break;
      case "settings-save":
        await settings.save(message.settings);
        break;
      case "activity":
        await showUnread(message.activity.unread);
        await updates.setRoomOpen(message.activity.isRoomOpen);
    }
    return answer;
  };

  onMessages({
    page: async () => {
      await ensureEngine();
      return true;
    },
    engine: serveEngine,
    script: (message, from) => links.handleScript(message, from),
  });
}

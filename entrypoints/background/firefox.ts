// Firefox's background: the event page is also the engine's page. It runs while a room is open or a view looks.
import { createEngine } from "../../engine/engine.ts";
import { openRelaySocket } from "../../engine/relay/relay-socket.ts";
import { watchActivity } from "../../platform/activity.ts";
import { showUnread } from "../../platform/badge.ts";
import { createEnginePorts } from "../../platform/engine-ports.ts";
import { hideOrigin } from "../../platform/hide-origin.firefox.ts";
import { createKeepAlive, listenToWatchdog } from "../../platform/keep-alive.ts";
import { routeLinks } from "../../platform/link-route.firefox.ts";
import { listenToButton, listenToMenus } from "../../platform/menus.ts";
import { onMessages } from "../../platform/messages.ts";
import { createPanel } from "../../platform/panel.firefox.ts";
import { serveViews } from "../../platform/runtime-channel.ts";
import { createSessionVault } from "../../platform/session-vault.ts";
import { createSettingsStore, withPrivateViews } from "../../platform/settings-store.ts";
import { holdUpdates } from "../../platform/updates.ts";
import { createGroupHostOpener } from "../offscreen/group-host.ts";

export function startFirefox(): void {
  const panel = createPanel();
  listenToButton(panel);
  listenToMenus(panel);
  listenToWatchdog();
  routeLinks();
  const updates = holdUpdates();
  const keepAlive = createKeepAlive();
  // The message alone wakes the page, and the engine starts with it.
  onMessages({ page: () => Promise.resolve(true) });

  const ports = createEnginePorts({
    vault: createSessionVault(),
    settings: withPrivateViews(createSettingsStore(), () => views.hasPrivate()),
    keepAlive: (on) => keepAlive.setRoomOpen(on),
    openGroupHost: createGroupHostOpener(),
    openRelaySocket,
  });
  // An engine that comes back after a stop connects at once.
  const engine = hideOrigin().then(() => createEngine(ports));
  const views = serveViews(engine, (count) => keepAlive.setViews(count));

  const watch = async (): Promise<void> => {
    watchActivity(await engine, ({ unread, isRoomOpen }) => {
      void showUnread(unread);
      void updates.setRoomOpen(isRoomOpen);
    });
  };
  void watch();
}

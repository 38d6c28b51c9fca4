// Chrome: the engine's page. It has no storage and no tabs, so what it needs of them goes through the background.
import { watchActivity } from "../../platform/activity.ts";
import { createEnginePorts } from "../../platform/engine-ports.ts";
import { sendMessage } from "../../platform/messages.ts";
import { serveViews } from "../../platform/runtime-channel.ts";
import { createRemoteVault } from "../../platform/session-vault.ts";
import { createRemoteSettingsStore, withPrivateViews } from "../../platform/settings-store.ts";
import { createEngine } from "../../engine/engine.ts";
import { openRelaySocket } from "../../engine/relay/relay-socket.ts";
import { createGroupHostOpener } from "./group-host.ts";

const engine = createEngine(
  createEnginePorts({
    vault: createRemoteVault(),
    settings: withPrivateViews(createRemoteSettingsStore(), () => views.hasPrivate()),
    // An offscreen document lives until it is closed.
    keepAlive: () => {},
    openGroupHost: createGroupHostOpener(),
    openRelaySocket,
  }),
);
const views = serveViews(engine);

watchActivity(await engine, (activity) => void sendMessage({ kind: "activity", activity }));

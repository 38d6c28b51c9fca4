// Runtime ports as channels of the bridge: the view's way to the engine, and the engine's door for views.
import { browser } from "wxt/browser";
import type { Browser } from "wxt/browser";
import type { Channel } from "../bridge/channel.ts";
import type { EngineHost } from "../bridge/contract.ts";
import { EngineError } from "../bridge/fault.ts";
import { ENGINE_PORT } from "../bridge/frames.ts";
import { serveView } from "../bridge/host.ts";
import { isOwnPage } from "../bridge/sender.ts";
import { sendMessage } from "./messages.ts";
import { ownExtension } from "./own-extension.ts";

/** What a view in a private window calls its port. A claim, but one that can only make the engine keep less. */
const PRIVATE_ENGINE_PORT = `${ENGINE_PORT}:private`;

type Port = Browser.runtime.Port;

/** For createEngineClient: starts the engine if it sleeps and opens a channel to it. */
export async function connectEngine(): Promise<Channel> {
  const isThere = await sendMessage({ kind: "ensure-engine" });
  if (isThere !== true) throw new EngineError("engine_lost");
  const isPrivate = browser.extension.inIncognitoContext || (await browser.windows.getCurrent()).incognito;
  return portChannel(browser.runtime.connect({ name: isPrivate ? PRIVATE_ENGINE_PORT : ENGINE_PORT }));
}

export function portChannel(port: Port): Channel {
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => port.onMessage.addListener((message: unknown) => listener(message)),
    onClose: (listener) =>
      port.onDisconnect.addListener(() => {
        // Reading it tells Chrome that we know; a port may end at any time and the client connects again.
        void browser.runtime.lastError;
        listener();
      }),
    close: () => port.disconnect(),
  };
}

export interface Views {
  count(): number;
  hasPrivate(): boolean;
}

/**
 * Serves the engine to our own pages. Register in the first turn of the engine's page: a port that comes while the engine is
 * being made waits for it.
 */
export function serveViews(engine: Promise<EngineHost>, onCount: (count: number) => void = () => {}): Views {
  const ports = new Set<Port>();
  const serve = async (port: Port): Promise<void> => {
    try {
      const ready = await engine;
      if (ports.has(port)) serveView(ready, portChannel(port));
    } catch {
      // No engine: the view connects again later.
      port.disconnect();
    }
  };
  browser.runtime.onConnect.addListener((port) => {
    if (!isOwnPage(port.sender, ownExtension())) {
      port.disconnect();
      return;
    }
    if (port.name !== ENGINE_PORT && port.name !== PRIVATE_ENGINE_PORT) return;
    ports.add(port);
    onCount(ports.size);
    port.onDisconnect.addListener(() => {
      ports.delete(port);
      onCount(ports.size);
    });
    void serve(port);
  });
  return {
    count: () => ports.size,
    hasPrivate: () =>
      [...ports].some((port) => port.name === PRIVATE_ENGINE_PORT || port.sender?.tab?.incognito === true),
  };
}

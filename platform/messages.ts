// One-shot messages to the background: a closed union, each kind with the one sort of sender that may use it. The background
// believes the browser's stamps (bridge/sender.ts), not the message.
import { browser } from "wxt/browser";
import type { Browser } from "wxt/browser";
import type { Settings } from "../bridge/contract.ts";
import { isPlainObject } from "../bridge/decode.ts";
import { contentScriptOf, isOwnPage, isOwnPageNamed } from "../bridge/sender.ts";
import type { ContentScript } from "../bridge/sender.ts";
import { decodeSettings } from "./decode-settings.ts";
import { ownExtension } from "./own-extension.ts";

export const OFFSCREEN_PAGE = "offscreen.html";

/** What the engine tells about itself when it runs outside the background. */
export interface Activity {
  readonly isRoomOpen: boolean;
  readonly unread: number;
}

export type PageMessage = { readonly kind: "ensure-engine" };

export type EngineMessage =
  | { readonly kind: "vault-load" }
  | { readonly kind: "vault-save"; readonly text: string }
  | { readonly kind: "settings-load" }
  | { readonly kind: "settings-save"; readonly settings: Settings }
  | { readonly kind: "activity"; readonly activity: Activity };

/** The one thing a content script may say; it gets no answer. */
export type ScriptMessage = { readonly kind: "link"; readonly url: string };

export interface MessageHandlers {
  /** From any page of ours. */
  page?(message: PageMessage): Promise<unknown>;
  /** From the offscreen document only. */
  engine?(message: EngineMessage): Promise<unknown>;
  /** From a content script of ours. */
  script?(message: ScriptMessage, from: ContentScript): void;
}

export async function sendMessage(message: PageMessage | EngineMessage): Promise<unknown> {
  return await browser.runtime.sendMessage(message);
}

/** Register in the first turn of the background. */
export function onMessages(handlers: MessageHandlers): void {
  browser.runtime.onMessage.addListener((message: unknown, sender, respond) => {
    const answer = dispatch(handlers, message, sender);
    if (answer === undefined) return false;
    // A handler's fault goes no further than this: the sender sees that there is no answer.
    answer.then(respond, () => respond());
    return true;
  });
}

function dispatch(
  handlers: MessageHandlers,
  message: unknown,
  sender: Browser.runtime.MessageSender,
): Promise<unknown> | undefined {
  const own = ownExtension();
  const script = contentScriptOf(sender, own);
  if (script !== undefined) {
    const said = decodeScriptMessage(message);
    if (said !== undefined) handlers.script?.(said, script);
    return undefined;
  }
  if (!isOwnPage(sender, own)) return undefined;
  if (isPlainObject(message) && message["kind"] === "ensure-engine") return handlers.page?.({ kind: "ensure-engine" });
  if (!isOwnPageNamed(OFFSCREEN_PAGE, sender, own)) return undefined;
  const said = decodeEngineMessage(message);
  return said === undefined ? undefined : handlers.engine?.(said);
}

function decodeScriptMessage(message: unknown): ScriptMessage | undefined {
  if (!isPlainObject(message) || message["kind"] !== "link" || typeof message["url"] !== "string") return undefined;
  return { kind: "link", url: message["url"] };
}

function decodeEngineMessage(message: unknown): EngineMessage | undefined {
  if (!isPlainObject(message)) return undefined;
  switch (message["kind"]) {
    case "vault-load":
    case "settings-load":
      return { kind: message["kind"] };
    case "vault-save":
      return typeof message["text"] === "string" ? { kind: "vault-save", text: message["text"] } : undefined;
    case "settings-save": {
      const settings = decodeSettings(message["settings"]);
      return settings === undefined ? undefined : { kind: "settings-save", settings };
    }
    case "activity": {
      const activity = decodeActivity(message["activity"]);
      return activity === undefined ? undefined : { kind: "activity", activity };
    }
    default:
      return undefined;
  }
}

function decodeActivity(value: unknown): Activity | undefined {
  if (!isPlainObject(value)) return undefined;
  const { isRoomOpen, unread } = value;
  return typeof isRoomOpen === "boolean" && typeof unread === "number" ? { isRoomOpen, unread } : undefined;
}

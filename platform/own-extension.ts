// This extension's identity, in the form that sender proofs need.
import { browser } from "wxt/browser";
import type { OwnExtension } from "../bridge/sender.ts";

export function ownExtension(): OwnExtension {
  return { id: browser.runtime.id, baseUrl: browser.runtime.getURL("/"), stampsOrigin: !import.meta.env.FIREFOX };
}

// Firefox puts `Origin: moz-extension://<uuid>` on what the extension asks of a server, and the uuid names this installation
// for good. A rule takes the header off our own requests, to whatever relay; it works for hosts the extension may see.
import { browser } from "wxt/browser";
import type { Browser } from "wxt/browser";

/** Nobody else's requests come from `ownHost`. Web sockets are opened by the engine, fetches ask a relay what it is. */
export function hideOriginRule(ownHost: string): Browser.declarativeNetRequest.Rule {
  return {
    id: 1,
    condition: { initiatorDomains: [ownHost], resourceTypes: ["websocket", "xmlhttprequest"] },
    action: { type: "modifyHeaders", requestHeaders: [{ header: "origin", operation: "remove" }] },
  };
}

/** Await it before the first connection. The rule is of the session: in memory, and gone with the browser. */
export async function hideOrigin(): Promise<void> {
  const rule = hideOriginRule(new URL(browser.runtime.getURL("/")).hostname);
  await browser.declarativeNetRequest.updateSessionRules({ removeRuleIds: [rule.id], addRules: [rule] });
}

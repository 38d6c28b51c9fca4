// Chrome: an invite link that is opened in a tab becomes the room page, and the relay hears nothing of it. A rule blocks the
// navigation, the tab's update tells its address, and the link waits in memory under a nonce. When the link itself starts
// the browser, rules are not active yet: then a content script empties the address before the page can read it.
import { browser } from "wxt/browser";
import type { ContentScript } from "../bridge/sender.ts";
import { inviteLinkOf } from "./invite-link.ts";
import { blockRules } from "./link-rules.ts";
import type { ScriptMessage } from "./messages.ts";
import { roomPageForLink } from "./pages.ts";
import { parkLink } from "./parcels.ts";

/** Rule and script tell of the same navigation within this time. */
const SAME_NAVIGATION_MS = 3_000;

const SCRIPT_FILE = "link.js";
const SCRIPT_ID = "link-added-relays";

export interface LinkRoute {
  handleScript(message: ScriptMessage, from: ContentScript): void;
}

/** Call in the first turn of the background. */
export function routeLinks(): LinkRoute {
  const recent = new Map<string, number>();
  const route = async (tabId: number, link: string): Promise<void> => {
    const key = `${tabId} ${link}`;
    if (isRecent(recent, key)) return;
    const nonce = await parkLink(link);
    await browser.tabs.update(tabId, { url: roomPageForLink(nonce) });
  };

  // The address is visible without the "tabs" permission because we hold the host permission.
  browser.tabs.onUpdated.addListener((tabId, { url }) => {
    const link = inviteLinkOf(url);
    if (link !== undefined) void route(tabId, link);
  });
  browser.runtime.onInstalled.addListener(() => void syncRelays());
  browser.runtime.onStartup.addListener(() => void syncRelays());
  browser.permissions.onAdded.addListener(() => void syncRelays());
  browser.permissions.onRemoved.addListener(() => void syncRelays());

  return {
    handleScript: ({ url }, from) => {
      const link = inviteLinkOf(url);
      // A script can only hand over a link of the site it runs in.
      if (link !== undefined && new URL(link).origin === from.origin) void route(from.tabId, link);
    },
  };
}

/** Makes rules and scripts match the host permissions we hold: that of the build and those people added. */
async function syncRelays(): Promise<void> {
  const granted = (await browser.permissions.getAll()).origins ?? [];
  const present = await browser.declarativeNetRequest.getDynamicRules();
  await browser.declarativeNetRequest.updateDynamicRules({
    removeRuleIds: present.map(({ id }) => id),
    addRules: blockRules(granted),
  });
  const ofBuild = browser.runtime.getManifest().host_permissions ?? [];
  await syncScripts(granted.filter((pattern) => !ofBuild.includes(pattern) && pattern.endsWith("/*")));
}

async function syncScripts(patterns: readonly string[]): Promise<void> {
  const present = await browser.scripting.getRegisteredContentScripts({ ids: [SCRIPT_ID] });
  if (present.length > 0) await browser.scripting.unregisterContentScripts({ ids: [SCRIPT_ID] });
  if (patterns.length === 0) return;
  await browser.scripting.registerContentScripts([
    { id: SCRIPT_ID, js: [SCRIPT_FILE], matches: patterns.map(scriptPattern), runAt: "document_start" },
  ]);
}

function scriptPattern(pattern: string): string {
  return `${pattern.slice(0, -1)}sr*`;
}

function isRecent(recent: Map<string, number>, key: string): boolean {
  const now = Date.now();
  for (const [old, atMs] of recent) if (now - atMs > SAME_NAVIGATION_MS) recent.delete(old);
  if (recent.has(key)) return true;
  recent.set(key, now);
  return false;
}

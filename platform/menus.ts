// The toolbar button and the menu of links: both open the panel, and both may hand it an invite link.
import { i18n } from "#i18n";
import { browser } from "wxt/browser";
import { inviteLinkOf } from "./invite-link.ts";
import type { Panel } from "./panel.chrome.ts";
import { putOffer } from "./parcels.ts";

const OPEN_LINK = "open-link";

/** Call in the first turn of the background. There is no popup, so the button tells us of its clicks. */
export function listenToButton(panel: Panel): void {
  browser.action.onClicked.addListener((tab) => {
    // The address is there because the click grants activeTab.
    const link = inviteLinkOf(tab.url);
    if (link === undefined) panel.toggle(tab.windowId);
    else openWith(panel, tab.windowId, link);
  });
}

/** Call in the first turn of the background. */
export function listenToMenus(panel: Panel): void {
  browser.runtime.onInstalled.addListener(() => void createMenus());
  browser.contextMenus.onClicked.addListener(({ menuItemId, linkUrl }, tab) => {
    if (menuItemId !== OPEN_LINK || tab === undefined) return;
    const link = inviteLinkOf(linkUrl);
    if (link === undefined) panel.open(tab.windowId);
    else openWith(panel, tab.windowId, link);
  });
}

function openWith(panel: Panel, windowId: number, link: string): void {
  panel.open(windowId);
  void putOffer(windowId, link);
}

async function createMenus(): Promise<void> {
  await browser.contextMenus.removeAll();
  browser.contextMenus.create({
    id: OPEN_LINK,
    title: i18n.t("menuOpenLink"),
    contexts: ["link"],
    targetUrlPatterns: ["*://*/sr*"],
  });
}

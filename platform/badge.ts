// The count of unread messages on the toolbar button.
import { browser } from "wxt/browser";

const COLOUR = "#b4481f";

export async function showUnread(unread: number): Promise<void> {
  await browser.action.setBadgeBackgroundColor({ color: COLOUR });
  await browser.action.setBadgeText({ text: badgeText(unread) });
}

export function badgeText(unread: number): string {
  if (unread <= 0) return "";
  return unread > 99 ? "99+" : String(unread);
}

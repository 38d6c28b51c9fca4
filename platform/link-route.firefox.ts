// Firefox: the request for an invite link is cancelled before it is sent and the tab goes to the room page instead. Nothing
// reaches the relay or the history, also when the link starts the browser: blocking listeners are held for us.
import { firefox } from "./firefox-api.ts";
import { inviteLinkOf } from "./invite-link.ts";
import { roomPageForLink } from "./pages.ts";
import { parkLink } from "./parcels.ts";

/** Call in the first turn of the background. The filter is wide on purpose: it only fires for hosts we were granted. */
export function routeLinks(): void {
  firefox.webRequest.onBeforeRequest.addListener(
    ({ url, tabId }) => {
      const link = inviteLinkOf(url);
      if (link === undefined) return {};
      void openRoomPage(tabId, link);
      return { cancel: true };
    },
    { urls: ["*://*/sr*"], types: ["main_frame"] },
    ["blocking"],
  );
}

async function openRoomPage(tabId: number, link: string): Promise<void> {
  const nonce = await parkLink(link);
  await firefox.tabs.update(tabId, { url: roomPageForLink(nonce), loadReplace: true });
}

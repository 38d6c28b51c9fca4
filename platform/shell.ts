// What views need from the browser.
import { browser } from "wxt/browser";
import type { Shell } from "../bridge/shell.ts";
import { hostPattern } from "./invite-link.ts";
import { roomPage } from "./pages.ts";
import { onOffer, takeOffer, takeParkedLink } from "./parcels.ts";

export function createShell(surface: Shell["surface"]): Shell {
  return {
    surface,
    takeLink: takeParkedLink,
    takeOffer: async () => (surface === "panel" ? await takeOffer(await ownWindow()) : undefined),
    onOffer: (listener) => (surface === "panel" ? onOffer(ownWindow(), listener) : () => {}),
    openTab: async (roomId) => void (await browser.tabs.create({ url: roomPage(roomId) })),
    openSettings: async () => await browser.runtime.openOptionsPage(),
    requestRelayAccess,
    hideInstallation: async (origin) => import.meta.env.FIREFOX && (await requestRelayAccess(origin)),
    showRoomInAddress: (roomId) => {
      if (surface === "tab") history.replaceState(null, "", roomPage(roomId));
    },
  };
}

async function ownWindow(): Promise<number> {
  return (await browser.windows.getCurrent()).id ?? browser.windows.WINDOW_ID_NONE;
}

/** No wait before the request: it must be made inside the click. */
async function requestRelayAccess(origin: string): Promise<boolean> {
  const pattern = hostPattern(origin);
  if (pattern === undefined) return false;
  try {
    return await browser.permissions.request({ origins: [pattern] });
  } catch {
    // The pattern is not among the optional host permissions, e.g. plain http beyond this machine.
    return false;
  }
}

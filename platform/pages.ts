// Addresses of our own pages. Nothing secret may be in one: they are kept in histories and session files.
import { browser } from "wxt/browser";

/** The room page that takes the link waiting under the nonce. */
export function roomPageForLink(nonce: string): string {
  return pageUrl("room.html", { j: nonce });
}

/** The room page of one room, or of all. A local room id means nothing outside this browser's memory. */
export function roomPage(roomId: string | undefined): string {
  return pageUrl("room.html", roomId === undefined ? {} : { r: roomId });
}

function pageUrl(file: string, query: Record<string, string>): string {
  const url = new URL(file, browser.runtime.getURL("/"));
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

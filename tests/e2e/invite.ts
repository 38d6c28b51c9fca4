// Invite links that are whole but lead to no room, and what it looks like when one arrived in the extension.
import { expect } from "vitest";
import { encodeLink } from "../../core/room/link.ts";
import type { Browser, Surface } from "./drivers/surface.ts";

export function sampleLink(relay: string): string {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  return encodeLink({ relay, flags: { hasPassword: false, askFirst: false, readOnly: false }, secret });
}

export function secretOf(link: string): string {
  return new URL(link).hash.slice(1);
}

/** The view asks for a name: only a link whose check bytes are right gets that far. */
export async function expectJoinView(surface: Surface): Promise<void> {
  await surface.waitFor("name");
  await surface.waitFor("join");
}

/** A tab shows the room page with the link, and no address shows its secret. */
export async function expectJoinTab(browser: Browser, link: string): Promise<Surface> {
  const room = await browser.tab((url) => url.startsWith(`${browser.baseUrl}room.html?j=`));
  await expectJoinView(room);
  expect((await browser.tabUrls()).join(" ")).not.toContain(secretOf(link));
  return room;
}

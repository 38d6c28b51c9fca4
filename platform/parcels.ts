// Invite links on their way from the background to a view, in storage.session: never on disk, never in an address. Each is
// taken once; what nobody takes is dropped after a while.
import { browser } from "wxt/browser";
import { isPlainObject } from "../bridge/decode.ts";

const LINK = "link:";
const OFFER = "offer:";
const MAX_AGE_MS = 5 * 60_000;

/** Keeps a link for the room page that is opened with the nonce. */
export async function parkLink(link: string): Promise<string> {
  const nonce = crypto.randomUUID();
  await put(LINK + nonce, link);
  return nonce;
}

export async function takeParkedLink(nonce: string): Promise<string | undefined> {
  return await take(LINK + nonce);
}

/** Keeps a link for the panel of a window. */
export async function putOffer(windowId: number, link: string): Promise<void> {
  await put(OFFER + String(windowId), link);
}

export async function takeOffer(windowId: number): Promise<string | undefined> {
  return await take(OFFER + String(windowId));
}

export function onOffer(windowId: Promise<number>, listener: () => void): () => void {
  const tell = async (changes: Record<string, { newValue?: unknown }>): Promise<void> => {
    if (changes[OFFER + String(await windowId)]?.newValue !== undefined) listener();
  };
  const handle = (changes: Record<string, { newValue?: unknown }>, area: string): void => {
    if (area === "session") void tell(changes);
  };
  browser.storage.onChanged.addListener(handle);
  return () => browser.storage.onChanged.removeListener(handle);
}

async function put(key: string, link: string): Promise<void> {
  await dropOld();
  await browser.storage.session.set({ [key]: { link, atMs: Date.now() } });
}

async function take(key: string): Promise<string | undefined> {
  const parcel = (await browser.storage.session.get(key))[key];
  await browser.storage.session.remove(key);
  return isFresh(parcel) ? parcel.link : undefined;
}

async function dropOld(): Promise<void> {
  const all = Object.entries(await browser.storage.session.get());
  const old = all.filter(([key, parcel]) => (key.startsWith(LINK) || key.startsWith(OFFER)) && !isFresh(parcel));
  await browser.storage.session.remove(old.map(([key]) => key));
}

function isFresh(parcel: unknown): parcel is { readonly link: string; readonly atMs: number } {
  if (!isPlainObject(parcel) || typeof parcel["link"] !== "string") return false;
  return typeof parcel["atMs"] === "number" && Math.abs(Date.now() - parcel["atMs"]) < MAX_AGE_MS;
}

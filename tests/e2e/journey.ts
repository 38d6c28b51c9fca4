// What people do in the extension, in their own steps, the same in every browser and surface.
import { expect } from "vitest";
import type { Surface } from "./drivers/surface.ts";

export interface NewRoom {
  readonly roomName?: string;
  readonly displayName?: string;
  readonly minutes?: number;
}

/** From the list of rooms to a room of one's own; gives the invite link. */
export async function createRoom(view: Surface, options: NewRoom = {}): Promise<string> {
  await view.waitFor("new-room");
  await view.click("new-room");
  await view.waitFor("create-room");
  await view.fill("room-name", options.roomName ?? "Lantern 42");
  await view.fill("name", options.displayName ?? "Heron 7");
  if (options.minutes !== undefined) await chooseMinutes(view, options.minutes);
  await view.click("create-room");
  await view.waitFor("invite-link");
  const link = await view.text("invite-link");
  await closeSheet(view);
  await view.waitFor("composer");
  return link;
}

async function chooseMinutes(view: Surface, minutes: number): Promise<void> {
  await view.eval(() => {
    document.querySelector<HTMLInputElement>("input[type=radio][value=custom]")?.click();
  });
  await view.waitFor("lifetime-amount");
  await view.fill("lifetime-amount", String(minutes));
  await view.eval(() => {
    const unit = document.querySelector<HTMLSelectElement>("[data-testid=lifetime-unit]");
    if (!unit) throw new Error("no unit");
    unit.value = "minutes";
    unit.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

export async function closeSheet(view: Surface): Promise<void> {
  await view.press("Escape");
  await expect.poll(() => view.eval(() => document.querySelectorAll("dialog[open]").length)).toBe(0);
}

/** Runs in the page. */
function clickRow(wanted: string): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("li button, li a")];
  const row = rows.find(({ innerText }) => innerText.includes(wanted));
  row?.click();
  return row !== undefined;
}

/** From the list of rooms into one of them. */
export async function openRoom(view: Surface, name: string): Promise<void> {
  await expect.poll(() => view.eval(clickRow, name)).toBe(true);
  await view.waitFor("composer");
}

/** From the list of rooms into somebody else's room. */
export async function joinRoom(view: Surface, link: string, displayName: string): Promise<void> {
  await view.waitFor("join-link");
  await view.fill("join-link", link);
  await view.waitFor("join");
  await view.fill("name", displayName);
  await view.click("join");
  await view.waitFor("composer", { timeoutMs: 30_000 });
}

export async function send(view: Surface, text: string): Promise<void> {
  await view.fill("composer", text);
  await view.click("send");
}

/** The texts on screen, in order. */
export function textsOf(view: Surface): Promise<string[]> {
  return view.eval(() =>
    [...document.querySelectorAll("[data-testid=message]")].map((message) => (message as HTMLElement).innerText),
  );
}

export async function reads(view: Surface, text: string, timeout = 20_000): Promise<void> {
  await expect.poll(async () => (await textsOf(view)).some((shown) => shown.includes(text)), { timeout }).toBe(true);
}

/** Which terminal screen is shown; empty while none is. */
export function endingOf(view: Surface): Promise<string> {
  return view.eval(() => document.querySelector<HTMLElement>("[data-testid=terminal-state]")?.dataset["state"] ?? "");
}

export async function leave(view: Surface): Promise<void> {
  await chooseInMenu(view, "leave");
}

export async function destroy(view: Surface): Promise<void> {
  await chooseInMenu(view, "destroy");
}

async function chooseInMenu(view: Surface, entry: "leave" | "destroy"): Promise<void> {
  await view.click("more");
  await view.click(entry);
  await view.click("confirm");
}

// What people do in the extension, in their own steps, the same in every browser and surface.
import { expect } from "vitest";
import type { Surface } from "./drivers/surface.ts";

export interface NewRoom {
  readonly roomName?: string;
  readonly displayName?: string;
  readonly minutes?: number;
  readonly password?: string;
  readonly askFirst?: boolean;
}

/** From the list of rooms to a room of one's own; gives the invite link. */
export async function createRoom(view: Surface, options: NewRoom = {}): Promise<string> {
  await view.waitFor("new-room");
  await view.click("new-room");
  await view.waitFor("create-room");
  await view.fill("room-name", options.roomName ?? "Lantern 42");
  await view.fill("name", options.displayName ?? "Heron 7");
  if (options.minutes !== undefined) await chooseMinutes(view, options.minutes);
  if (options.password !== undefined) {
    await view.click("use-password");
    await view.waitFor("password");
    await view.fill("password", options.password);
  }
  if (options.askFirst === true) await view.click("ask-first");
  await view.click("create-room");
  await view.waitFor("invite-link", { timeoutMs: 30_000 });
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

/** From the list of rooms to the door of somebody else's room; what follows is up to the room. */
export async function knockAt(
  view: Surface,
  link: string,
  { displayName, password }: { readonly displayName: string; readonly password?: string },
): Promise<void> {
  await view.waitFor("join-link");
  await view.fill("join-link", link);
  await view.waitFor("join");
  await view.fill("name", displayName);
  if (password !== undefined) await view.fill("password", password);
  await view.click("join");
}

/** From the list of rooms into somebody else's room. */
export async function joinRoom(view: Surface, link: string, displayName: string): Promise<void> {
  await knockAt(view, link, { displayName });
  await entered(view, "composer");
}

/** Waits to be inside; when that fails, it says what is on the screen instead. */
export async function entered(view: Surface, sign: "composer" | "read-only-note" | "knocking"): Promise<void> {
  const shown = async (): Promise<string> =>
    (await view.count(sign)) > 0
      ? sign
      : await view.eval(() => document.querySelector("main")?.parentElement?.innerText ?? "");
  await expect.poll(shown, { timeout: 30_000 }).toBe(sign);
}

/** What an element says, wherever it stands. Empty while there is none. */
export function textOf(view: Surface, testId: string): Promise<string> {
  return view.eval(
    (id: string) => document.querySelector<HTMLElement>(`[data-testid="${id}"]`)?.innerText ?? "",
    testId,
  );
}

/** Waits until an element says this. */
export async function says(view: Surface, testId: string, text: string, timeout = 20_000): Promise<void> {
  await expect.poll(() => textOf(view, testId), { timeout }).toContain(text);
}

/** Waits for a line in the conversation that tells of something else than a message. */
export async function tells(view: Surface, line: string): Promise<void> {
  const lines = (): Promise<string[]> =>
    view.eval(() =>
      [...document.querySelectorAll<HTMLElement>("[data-testid=system-line]")].map(({ innerText }) => innerText.trim()),
    );
  await expect.poll(lines, { timeout: 20_000 }).toContain(line);
}

/** Runs in the page: clicks something inside the first row with that text, in the sheet that is on top. */
function clickIn(row: string, text: string, target: string): boolean {
  const top = document.querySelector("dialog[open]") ?? document;
  const rows = [...top.querySelectorAll<HTMLElement>(`[data-testid="${row}"]`)];
  const found = rows.find(({ innerText }) => innerText.includes(text));
  const button = found?.querySelector<HTMLElement>(`[data-testid="${target}"]`);
  button?.click();
  return button !== null && button !== undefined;
}

async function clickInRow(view: Surface, row: string, place: { text: string; target: string }): Promise<void> {
  await expect.poll(() => view.eval(clickIn, row, place.text, place.target), { timeout: 10_000 }).toBe(true);
}

/** People and what the owner can do: beside the conversation where there is room for it, else in a sheet. */
async function showPeople(view: Surface): Promise<void> {
  if ((await view.count("member")) === 0) await view.click("people");
  await view.waitFor("member");
}

/** Runs in the page. A layer that closes may lead back to another, which opens once the first has said that it is closed. */
async function closeDialogs(): Promise<void> {
  for (;;) {
    const dialog = [...document.querySelectorAll("dialog[open]")].at(-1) as HTMLDialogElement | undefined;
    if (dialog === undefined) return;
    const closed = new Promise((resolve) => {
      dialog.addEventListener("close", resolve, { once: true });
    });
    dialog.close();
    await closed;
    // One turn of the page: what the closing leads to happens in it, and nothing tells that there is nothing.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Closes what is open, layer by layer. */
export async function closeAll(view: Surface): Promise<void> {
  await view.eval(closeDialogs);
}

/** Answers the question that is open, which goes away once it is done. */
async function sayYes(view: Surface): Promise<void> {
  await view.waitFor("confirm");
  await view.click("confirm");
  const question = (): Promise<string> =>
    view.eval(() => document.querySelector<HTMLElement>("dialog:has([data-testid=confirm])")?.innerText ?? "");
  await expect.poll(question, { timeout: 20_000 }).toBe("");
}

/** Chooses something to do to a member, by the name they bear, and says yes where that is asked. */
export async function choose(
  view: Surface,
  name: string,
  entry: "remove" | "make-moderator" | "unmake-moderator" | "hand-over",
): Promise<void> {
  await showPeople(view);
  await clickInRow(view, "member", { text: name, target: "member-more" });
  await clickInRow(view, "member", { text: name, target: entry });
  if (entry !== "unmake-moderator") {
    await sayYes(view);
  }
  await closeAll(view);
}

export async function switchLock(view: Surface): Promise<void> {
  await showPeople(view);
  await view.click("lock");
  await closeAll(view);
}

/** The marks beside a member's name. */
export async function marksOf(view: Surface, name: string): Promise<string[]> {
  await showPeople(view);
  const marks = await view.eval((wanted: string) => {
    const rows = [...document.querySelectorAll<HTMLElement>("[data-testid=member]")];
    const row = rows.find(({ innerText }) => innerText.includes(wanted));
    return [...(row?.querySelectorAll<HTMLElement>("[data-mark]") ?? [])].map((mark) => mark.dataset["mark"] ?? "");
  }, name);
  await closeAll(view);
  return marks;
}

export interface InviteWish {
  readonly uses?: "one" | "anyone";
  readonly readOnly?: boolean;
  readonly askFirst?: boolean;
}

/** Makes an invite and gives its link. */
export async function addInvite(view: Surface, { uses = "one", readOnly, askFirst }: InviteWish): Promise<string> {
  await showInvites(view);
  await view.click("new-invite");
  await view.waitFor("create-invite");
  await view.eval((id: string) => document.querySelector<HTMLElement>(`[data-testid="${id}"]`)?.click(), `use-${uses}`);
  if (askFirst === true) await view.click("ask-first");
  if (readOnly === true) await view.click("read-only");
  await view.click("create-invite");
  await view.waitFor("invite-link", { timeoutMs: 30_000 });
  const link = await view.text("invite-link");
  await closeAll(view);
  return link;
}

async function showInvites(view: Surface): Promise<void> {
  await view.click("more");
  await view.click("menu-invites");
  await view.waitFor("new-invite");
}

/** What the list of invites says, one text each. */
export async function invitesOf(view: Surface): Promise<string[]> {
  await showInvites(view);
  const texts = await view.eval(() =>
    [...document.querySelectorAll<HTMLElement>("[data-testid=invite-row]")].map(({ innerText }) => innerText),
  );
  await closeAll(view);
  return texts;
}

/** Revokes the first invite whose row says this. */
export async function revokeInvite(view: Surface, text: string): Promise<void> {
  await showInvites(view);
  await clickInRow(view, "invite-row", { text, target: "invite-more" });
  await clickInRow(view, "invite-row", { text, target: "revoke" });
  await sayYes(view);
  await closeAll(view);
}

/** The link that this person would hand on now. */
export async function linkOf(view: Surface): Promise<string> {
  await view.click("invite");
  await view.waitFor("invite-link");
  const link = await view.text("invite-link");
  await closeAll(view);
  return link;
}

export async function openVerification(view: Surface): Promise<void> {
  await view.click("more");
  await view.click("open-verify");
  await view.waitFor("words", { timeoutMs: 20_000 });
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

// What can be done without a pointer, and where the focus goes: on scripted screens, with keys only.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoLink } from "../support/demo-room.ts";
import { openGalleries } from "./galleries.ts";
import type { Galleries, Gallery } from "./galleries.ts";

let galleries: Galleries;

beforeAll(async () => {
  galleries = await openGalleries();
});
afterAll(async () => await galleries.close());

const press = async ({ page }: Gallery, ...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};

/** Test id, or else the name, of what has the focus. */
const focused = async ({ page }: Gallery): Promise<string> =>
  await page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    return element?.dataset["testid"] ?? element?.ariaLabel ?? element?.textContent?.trim() ?? "";
  });

const lastMessage = async ({ page }: Gallery): Promise<string> =>
  await page.locator("[data-testid=message] .text").last().innerText();

async function on(screen: string, run: (gallery: Gallery) => Promise<void>): Promise<void> {
  await galleries.use(async (gallery) => {
    await gallery.open(screen);
    await gallery.resize(360);
    await run(gallery);
  });
}

describe("the composer", () => {
  it("has the focus in a room, sends with Enter and breaks lines with Shift+Enter", async () => {
    await on("room", async (gallery) => {
      expect(await focused(gallery)).toBe("composer");
      await gallery.page.keyboard.type("first");
      await press(gallery, "Shift+Enter");
      await gallery.page.keyboard.type("second");
      await press(gallery, "Enter");
      await expect.poll(() => lastMessage(gallery)).toBe("first\nsecond");
      expect(await gallery.page.getByTestId("composer").inputValue()).toBe("");
      expect(await focused(gallery)).toBe("composer");
    });
  });

  it("leaves Enter to the input method while it composes", async () => {
    await on("room", async (gallery) => {
      await gallery.page.keyboard.type("kana");
      await gallery.page.getByTestId("composer").dispatchEvent("keydown", { key: "Enter", isComposing: true });
      expect(await gallery.page.getByTestId("composer").inputValue()).toBe("kana");
    });
  });

  it("sends nothing but what somebody wrote", async () => {
    await on("room", async (gallery) => {
      const before = await lastMessage(gallery);
      await gallery.page.keyboard.type("  ");
      await press(gallery, "Enter");
      expect(await lastMessage(gallery)).toBe(before);
    });
  });
});

describe("the messages", () => {
  it("are one stop for Tab, walked with arrows, left with Escape", async () => {
    await on("room-long", async (gallery) => {
      await press(gallery, "Shift+Tab");
      const label = async (): Promise<string | null> =>
        await gallery.page.evaluate(() => document.activeElement?.ariaLabel ?? null);
      expect(await label()).toContain("Message 300 of 300");
      await press(gallery, "ArrowUp", "ArrowUp");
      expect(await label()).toContain("Message 298 of 300");
      await press(gallery, "ArrowDown");
      expect(await label()).toContain("Message 299 of 300");
      await press(gallery, "Escape");
      expect(await focused(gallery)).toBe("composer");
    });
  });

  it("stay at their end until one scrolls up, then offer the way back", async () => {
    await on("room-long", async ({ page }) => {
      const jump = page.locator(".jump");
      expect(await jump.count()).toBe(0);
      const shown = await page.getByTestId("message").count();
      await page.locator("[role=log]").evaluate((log) => log.scrollTo(0, 0));
      await jump.waitFor();
      await expect.poll(() => page.getByTestId("message").count()).toBeGreaterThan(shown);
      expect(await page.locator("[role=log]").evaluate((log) => log.scrollTop)).toBeGreaterThan(0);
      await jump.click();
      await expect.poll(() => jump.count()).toBe(0);
    });
  });
});

describe("layers", () => {
  it("close with Escape and give the focus back", async () => {
    await on("room", async (gallery) => {
      for (const id of ["people", "invite", "more"]) {
        await gallery.page.getByTestId(id).focus();
        await press(gallery, "Enter");
        await expect.poll(() => focused(gallery)).not.toBe(id);
        await press(gallery, "Escape");
        await expect.poll(() => focused(gallery)).toBe(id);
      }
    });
  });

  it("of a menu are walked with arrows; a dangerous question begins with Cancel", async () => {
    await on("room", async (gallery) => {
      await gallery.page.getByTestId("more").focus();
      await press(gallery, "Enter");
      await expect.poll(() => focused(gallery)).toBe("People");
      await press(gallery, "ArrowUp");
      expect(await focused(gallery)).toBe("destroy");
      await press(gallery, "Enter");
      await expect.poll(() => focused(gallery)).toBe("Cancel");
      await press(gallery, "Escape");
      expect(await gallery.page.locator("dialog[open]").count()).toBe(0);
    });
  });
});

describe("creating a room", () => {
  it("takes Enter in any field, and the whole link is on the clipboard", async () => {
    await on("create", async (gallery) => {
      await press(gallery, "Enter");
      const field = gallery.page.getByTestId("invite-link");
      await field.waitFor();
      expect(await field.inputValue()).toBe(demoLink);
      expect(await gallery.page.locator("dialog").innerText()).not.toContain(demoLink.slice(-20));
      expect(await gallery.page.evaluate(async () => await navigator.clipboard.readText())).toBe(demoLink);
      expect(await gallery.page.getByTestId("copy-link").innerText()).toContain("Copied");
      await press(gallery, "Escape");
      await expect.poll(() => focused(gallery)).toBe("composer");
    });
  });
});

describe("a terminal screen", () => {
  it("begins at its heading", async () => {
    await on("end-destroyed", async (gallery) => {
      expect(await focused(gallery)).toBe("Room ended");
    });
  });
});

describe("somebody who asks to come in", () => {
  it("takes the focus from nobody, and is answered by keys; the next in line is next", async () => {
    await on("room-knocks", async (gallery) => {
      expect(await focused(gallery)).toBe("composer");
      const names = async (): Promise<string[]> => await gallery.page.locator("[data-testid=knock]").allInnerTexts();
      expect(await names()).toHaveLength(3);
      await gallery.page.getByTestId("let-in").first().focus();
      const asked = async (): Promise<string | null> =>
        await gallery.page.evaluate(() => document.activeElement?.ariaLabel ?? null);
      expect(await asked()).toBe("Let in Marten 3");
      await press(gallery, "Enter");
      await expect.poll(asked).toBe("Deny A name that is as long as names may be, yes");
      for (const name of ["A name that is as long as names may be, yes", "Puffin 61", "Walrus 8"]) {
        await expect.poll(asked).toBe(`Deny ${name}`);
        await press(gallery, "Enter");
      }
      await expect.poll(asked).toBe("Deny Lynx 30");
      await press(gallery, "Tab", "Space");
      await expect.poll(() => focused(gallery)).toBe("composer");
      expect(await gallery.page.getByTestId("knocks").count()).toBe(0);
    });
  });
});

describe("people and what may be done", () => {
  it("are reached by keys: a menu for each, a question that begins with Cancel and leads back", async () => {
    await on("room-crowd", async (gallery) => {
      await gallery.page.getByTestId("member-more").first().focus();
      await press(gallery, "Enter");
      await expect.poll(() => focused(gallery)).toBe("verify");
      await press(gallery, "End");
      expect(await focused(gallery)).toBe("remove");
      await press(gallery, "Enter");
      await expect.poll(() => focused(gallery)).toBe("Cancel");
      await press(gallery, "Shift+Tab", "Space");
      expect(await gallery.page.getByTestId("confirm-option").isChecked()).toBe(true);
      await press(gallery, "Tab", "Tab", "Enter");
      await expect.poll(() => gallery.page.locator("dialog [data-testid=member]").count()).toBe(4);
    });
  });

  it("stay as they were while a question about them is answered", async () => {
    await on("confirm-kick", async (gallery) => {
      await gallery.page.getByTestId("confirm").focus();
      await press(gallery, "Enter");
      await expect.poll(() => gallery.page.locator("dialog[open]").count()).toBe(0);
    });
  });

  it("are locked out with Space", async () => {
    await on("room-people", async (gallery) => {
      await gallery.page.getByTestId("lock").focus();
      await press(gallery, "Space");
      await expect.poll(() => gallery.page.locator(".top .visually-hidden").innerText()).toBe("Locked");
    });
  });
});

describe("a wrong password", () => {
  it("stays in its field, selected, and is complained of until it changes", async () => {
    await on("join-password-wrong", async (gallery) => {
      expect(await focused(gallery)).toBe("password");
      const field = gallery.page.getByTestId("password");
      expect(await field.inputValue()).toBe("four words of mine");
      expect(await gallery.page.getByTestId("password-error").innerText()).toContain("wrong");
      await gallery.page.keyboard.type("another");
      expect(await field.inputValue()).toBe("another");
      expect(await gallery.page.getByTestId("password-error").count()).toBe(0);
    });
  });
});

describe("comparing", () => {
  it("begins at the one it was asked for, and is marked and unmarked by keys", async () => {
    await on("verify-member", async (gallery) => {
      const top = gallery.page.locator("[data-testid=fingerprint]").first();
      expect(await top.innerText()).toContain("Otter 19");
      await gallery.page.getByTestId("mark").first().focus();
      await press(gallery, "Enter");
      await expect.poll(() => top.innerText()).not.toContain("Verified");
      await press(gallery, "Enter");
      await expect.poll(() => top.innerText()).toContain("Verified");
    });
  });

  it("emoji that match marks those of the round and nobody else", async () => {
    await on("emoji-shown", async (gallery) => {
      await gallery.page.getByTestId("emoji-match").focus();
      await press(gallery, "Enter");
      await expect.poll(() => gallery.page.getByTestId("emoji").count()).toBe(0);
      const rows = await gallery.page.locator("[data-testid=fingerprint]").allInnerTexts();
      expect(rows.filter((row) => row.includes("Verified"))).toHaveLength(2);
    });
  });
});

import { describe, expect, it } from "vitest";
import { contentScriptOf, isOwnPage, isOwnPageNamed } from "../../../bridge/sender.ts";
import type { OwnExtension, Sender } from "../../../bridge/sender.ts";

const id = "abcdefghijklmnopabcdefghijklmnop";
const chrome: OwnExtension = { id, baseUrl: `chrome-extension://${id}/`, stampsOrigin: true };
const firefox: OwnExtension = { id: "rooms@example", baseUrl: "moz-extension://1111-2222/", stampsOrigin: false };

const chromePage: Sender = { id, origin: `chrome-extension://${id}`, url: `chrome-extension://${id}/room.html?r=1` };
const firefoxPage: Sender = { id: "rooms@example", url: "moz-extension://1111-2222/sidepanel.html" };

describe("a sender", () => {
  it.each([
    ["a page outside a tab on Chrome", chromePage, chrome],
    ["a tab on Chrome", { ...chromePage, tab: { id: 3, url: chromePage.url } }, chrome],
    ["a tab whose address is hidden on Chrome", { ...chromePage, tab: { id: 3 } }, chrome],
    ["the sidebar on Firefox", firefoxPage, firefox],
    ["a page on a Firefox that stamps origins", { ...firefoxPage, origin: "moz-extension://1111-2222" }, firefox],
  ])("is ours: %s", (_, sender, own) => {
    expect(isOwnPage(sender, own)).toBe(true);
  });

  it.each([
    ["nobody", undefined, chrome],
    ["one without a proof", {}, chrome],
    ["another extension", { ...chromePage, id: "p".repeat(32) }, chrome],
    ["another extension that knows our address", { ...firefoxPage, id: "evil@example" }, firefox],
    ["a web page with our id", { id, origin: "https://evil.example", url: "https://evil.example/" }, chrome],
    ["a page whose origin Chrome did not stamp", { id, url: chromePage.url }, chrome],
    ["a page without an address", { id, origin: chromePage.origin }, chrome],
    ["a sandboxed frame of ours", { ...chromePage, origin: "null" }, chrome],
    ["an address that begins like ours", { ...firefoxPage, url: "moz-extension://1111-2222.evil/" }, firefox],
    ["our page framed in a foreign tab", { ...chromePage, tab: { id: 3, url: "https://evil.example/" } }, chrome],
    ["our content script", { id, origin: "https://a.example", url: "https://a.example/sr", frameId: 0 }, chrome],
    ["our content script on Firefox", { id: firefox.id, url: "https://a.example/sr", tab: { id: 1 } }, firefox],
    ["anybody while our own id is unknown", { ...chromePage, id: "" }, { ...chrome, id: "" }],
  ])("is not ours: %s", (_, sender, own) => {
    expect(isOwnPage(sender, own)).toBe(false);
  });

  it("is the offscreen document only at its exact address", () => {
    const offscreen = { ...chromePage, url: `chrome-extension://${id}/offscreen.html` };
    expect(isOwnPageNamed("offscreen.html", offscreen, chrome)).toBe(true);
    expect(isOwnPageNamed("offscreen.html", chromePage, chrome)).toBe(false);
    expect(isOwnPageNamed("offscreen.html", { ...offscreen, url: `${offscreen.url}#x` }, chrome)).toBe(false);
  });
});

describe("a content script", () => {
  const script = {
    id,
    origin: "https://relay.example",
    url: "https://relay.example/sr#x",
    frameId: 0,
    tab: { id: 7, url: "https://relay.example/sr" },
  };

  it("is known by its tab and the origin it runs in", () => {
    expect(contentScriptOf(script, chrome)).toEqual({ tabId: 7, origin: "https://relay.example" });
  });

  it.each([
    ["in a frame", { ...script, frameId: 4 }],
    ["outside a tab", { ...script, tab: undefined }],
    ["of another extension", { ...script, id: "other" }],
    ["whose origin and address differ", { ...script, origin: "https://evil.example" }],
    ["on no web page", { ...script, url: chromePage.url, origin: chromePage.origin }],
    ["without an address", { ...script, url: undefined }],
  ])("is not believed %s", (_, sender) => {
    expect(contentScriptOf(sender, chrome)).toBeUndefined();
  });
});

// The manifest asks for what was agreed and no more. A new permission is a decision: change the lists here on purpose.
import { describe, expect, it, vi } from "vitest";
import type { ConfigEnv, UserManifest } from "wxt";
import config from "../../../wxt.config.ts";

// Before the configuration is read: the relay that a build has when nobody names one.
vi.hoisted(() => void delete process.env["SECRET_ROOMS_RELAY"]);

async function manifestFor(browser: "chrome" | "firefox"): Promise<UserManifest> {
  const { manifest } = config;
  if (typeof manifest !== "function") throw new Error("the manifest is made per browser");
  const environment: ConfigEnv = { browser, command: "build", manifestVersion: 3, mode: "production" };
  return await manifest(environment);
}

const chrome = await manifestFor("chrome");
const firefox = await manifestFor("firefox");

const permissions = {
  chrome: [
    "storage",
    "sidePanel",
    "contextMenus",
    "activeTab",
    "offscreen",
    "declarativeNetRequestWithHostAccess",
    "scripting",
  ],
  firefox: [
    "storage",
    "contextMenus",
    "activeTab",
    "alarms",
    "webRequest",
    "webRequestBlocking",
    "declarativeNetRequestWithHostAccess",
  ],
};

const keys = {
  both: [
    "action",
    "commands",
    "content_security_policy",
    "default_locale",
    "description",
    "host_permissions",
    "name",
    "optional_host_permissions",
    "permissions",
    "short_name",
  ],
  chrome: ["content_scripts", "cross_origin_opener_policy", "message_serialization", "minimum_chrome_version"],
  firefox: ["browser_specific_settings"],
};

describe("the manifest", () => {
  it("has the approved keys", () => {
    expect(Object.keys(chrome).toSorted()).toEqual([...keys.both, ...keys.chrome].toSorted());
    expect(Object.keys(firefox).toSorted()).toEqual([...keys.both, ...keys.firefox].toSorted());
  });

  it("asks for the approved permissions", () => {
    expect(chrome.permissions).toEqual(permissions.chrome);
    expect(firefox.permissions).toEqual(permissions.firefox);
  });

  it.each([
    ["Chrome", chrome],
    ["Firefox", firefox],
  ])("sees no web site but the relay of the build on %s", (_, manifest) => {
    expect(manifest.host_permissions).toEqual(["http://127.0.0.1/*"]);
    expect(manifest.optional_host_permissions).toEqual(["https://*/*", "http://127.0.0.1/*", "http://localhost/*"]);
  });

  it("runs a script on invite pages of that relay only", () => {
    expect(chrome.content_scripts).toEqual([
      { matches: ["http://127.0.0.1/sr*"], js: ["link.js"], run_at: "document_start" },
    ]);
  });

  it("names the oldest browsers in which everything was seen to work", () => {
    expect(chrome.minimum_chrome_version).toBe("148");
    expect(firefox.browser_specific_settings?.gecko?.strict_min_version).toBe("153.0");
  });

  it("says what leaves the browser", () => {
    expect(firefox.browser_specific_settings?.gecko?.data_collection_permissions).toEqual({
      required: ["personalCommunications"],
    });
  });

  it.each([
    ["Chrome", chrome],
    ["Firefox", firefox],
  ])("keeps pages on %s from foreign code", (_, manifest) => {
    const policy = (manifest.content_security_policy as { extension_pages: string }).extension_pages;
    const rules = new Map(policy.split("; ").map((rule) => [rule.split(" ")[0], rule.split(" ").slice(1)] as const));
    expect(rules.get("default-src")).toEqual(["'none'"]);
    expect(rules.get("script-src")).toEqual(["'self'", "'wasm-unsafe-eval'"]);
    expect(rules.get("require-trusted-types-for")).toEqual(["'script'"]);
    expect(rules.get("trusted-types")).toEqual(["vue", "sr-worker"]);
    for (const name of ["frame-src", "frame-ancestors", "base-uri", "form-action", "object-src"]) {
      expect([name, rules.get(name)]).toEqual([name, ["'none'"]]);
    }
    // Firefox adds it to its own policy, and it would turn ws: on this machine into wss:.
    expect(policy).not.toContain("upgrade-insecure-requests");
    expect(policy).not.toMatch(/'unsafe-(inline|eval)'|\*:\/\/|http:\/\/\*|ws:(?!\/\/(127\.0\.0\.1|localhost):)/);
  });
});

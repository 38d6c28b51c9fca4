import { describe, expect, it } from "vitest";
import { hostPattern, inviteLinkOf } from "../../../platform/invite-link.ts";
import { blockRules, linkFilter } from "../../../platform/link-rules.ts";

const LINK = "https://relay.example/sr#AQBc";

function matches(pattern: string, address: string): boolean {
  return new RegExp(linkFilter(pattern) ?? "$^").test(address);
}

function isBlocked(address: string): boolean {
  return matches("https://relay.example/*", address);
}

describe("an address", () => {
  it.each([
    ["as it is", LINK, LINK],
    ["with a slash", "https://relay.example/sr/#AQBc", LINK],
    ["with what a messenger appends", "https://relay.example/sr?fbclid=1#AQBc", LINK],
    ["with a port", "http://127.0.0.1:8787/sr#AQBc", "http://127.0.0.1:8787/sr#AQBc"],
    ["even if damaged", "https://relay.example/sr#AQ%20Bc)", "https://relay.example/sr#AQ%20Bc)"],
  ])("is an invite link %s", (_, address, link) => {
    expect(inviteLinkOf(address)).toBe(link);
  });

  it.each([
    ["nothing", undefined],
    ["no address", "relay.example/sr#AQBc"],
    ["the landing page", "https://relay.example/sr"],
    ["the landing page with an empty fragment", "https://relay.example/sr#"],
    ["a longer path", "https://relay.example/sr/x#AQBc"],
    ["another path", "https://relay.example/srx#AQBc"],
    ["the path in another case", "https://relay.example/SR#AQBc"],
    ["no web address", "chrome-extension://abc/sr#AQBc"],
    ["a script", "javascript:/sr#AQBc"],
    ["one with a name before the host", "https://bank.example@relay.example/sr#AQBc"],
  ])("is no invite link when it is %s", (_, address) => {
    expect(inviteLinkOf(address)).toBeUndefined();
  });

  it("is cut when it is longer than any link", () => {
    expect(inviteLinkOf(`${LINK}${"a".repeat(1_000_000)}`)).toHaveLength(2_000);
  });
});

describe("the rule for a relay", () => {
  it("holds for what is an invite link and for nothing else there", () => {
    const addresses = [
      LINK,
      "https://relay.example/sr/#A",
      "https://relay.example:8443/sr#A",
      "https://relay.example/sr?fbclid=1#A",
    ];
    expect(addresses.map(isBlocked)).toEqual([true, true, true, true]);
    const others = [
      "https://relay.example/sr",
      "https://relay.example/sr/x#A",
      "https://relay.example/#A",
      "http://relay.example/sr#A",
      "https://relay.example.evil/sr#A",
      "https://relayXexample/sr#A",
      "https://evil.example/?https://relay.example/sr#A",
    ];
    expect(others.map(isBlocked)).toEqual(others.map(() => false));
  });

  it("holds for all hosts and schemes of a wide permission", () => {
    expect(matches("*://*/*", "http://a.example/sr#A")).toBe(true);
    expect(matches("*://*.relay.example/*", "https://eu.relay.example/sr#A")).toBe(true);
    expect(matches("*://*.relay.example/*", "https://relay.example/sr#A")).toBe(true);
    expect(matches("*://*.relay.example/*", "https://evilrelay.example/sr#A")).toBe(false);
  });

  it("is made once per host, and not for what is no web site", () => {
    const rules = blockRules(["https://a.example/*", "https://a.example/sr*", "file:///*", "https://b.example/*"]);
    expect(rules.map(({ id }) => id)).toEqual([1, 2]);
    expect(rules.every(({ action }) => action.type === "block")).toBe(true);
    expect(rules.every(({ condition }) => condition.resourceTypes?.join() === "main_frame")).toBe(true);
  });
});

describe("the permission for a relay", () => {
  it.each([
    ["https://relay.example:8443", "https://relay.example/*"],
    ["http://127.0.0.1:8787", "http://127.0.0.1/*"],
    ["ftp://relay.example", undefined],
    ["relay.example", undefined],
  ])("of %s is %s", (origin, pattern) => {
    expect(hostPattern(origin)).toBe(pattern);
  });
});

import { array, assert, constantFrom, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { engineFaults } from "../../../bridge/contract.ts";
import { endActionOf, endStateOfFault, endStateOfRoom } from "../../../composables/endState.ts";
import { generateName } from "../../../composables/generateName.ts";
import { findLink, looksComplete, maskLink } from "../../../composables/inviteText.ts";
import { initialsOf, lookOf } from "../../../composables/memberLook.ts";
import { hostOf, isInsecure, parseRelayOrigin } from "../../../composables/relayAddress.ts";
import { lifetimeFault, lifetimeSeconds } from "../../../composables/roomLifetime.ts";
import type { Lifetime } from "../../../composables/roomLifetime.ts";
import { splitLinks } from "../../../composables/splitLinks.ts";
import { demoLink } from "../../support/demo-room.ts";

describe("a relay address", () => {
  it.each([
    ["relay.example.org", "https://relay.example.org"],
    [" https://relay.example.org/path?x#y ", "https://relay.example.org"],
    ["relay.example.org:8443", "https://relay.example.org:8443"],
    ["http://relay.example.org", "http://relay.example.org"],
    ["localhost:8787", "http://localhost:8787"],
    ["127.0.0.1:8787", "http://127.0.0.1:8787"],
    ["[::1]:8787", "http://[::1]:8787"],
  ])("%s is read as %s", (typed, origin) => {
    expect(parseRelayOrigin(typed)).toBe(origin);
  });

  it.each(["", "relay", "two words.org", "ftp://relay.example.org", "https://user@relay.example.org", "javascript:0"])(
    "%s is none",
    (typed) => {
      expect(parseRelayOrigin(typed)).toBeUndefined();
    },
  );

  it("is insecure when others can read along, which this machine's own is not", () => {
    expect(isInsecure("http://relay.example.org")).toBe(true);
    expect(isInsecure("http://127.0.0.1:8787")).toBe(false);
    expect(isInsecure("https://relay.example.org")).toBe(false);
    expect(hostOf("https://relay.example.org:8443")).toBe("relay.example.org:8443");
  });
});

describe("an invite link", () => {
  it("is found inside a pasted invitation", () => {
    expect(findLink(`Join us: ${demoLink}\nSee you`)).toBe(demoLink);
    expect(findLink("  something else ")).toBe("something else");
  });

  it("is opened unasked only when it looks whole", () => {
    expect(looksComplete(demoLink)).toBe(true);
    expect(looksComplete("https://relay.example.org/sr#short")).toBe(false);
    expect(looksComplete("https://relay.example.org/other")).toBe(false);
  });

  it("is shown without its secret", () => {
    const shown = maskLink(demoLink);
    expect(shown).toContain("relay.example.org/sr#");
    expect(demoLink).not.toContain(shown);
    expect(shown).not.toContain(demoLink.split("#")[1]?.slice(0, 3));
  });
});

describe("links in messages", () => {
  it("are found with their scheme and without the punctuation after them", () => {
    expect(splitLinks("See https://example.org/a, or (https://example.org/b).")).toEqual([
      { kind: "text", text: "See " },
      { kind: "link", text: "https://example.org/a", href: "https://example.org/a" },
      { kind: "text", text: ", or (" },
      { kind: "link", text: "https://example.org/b", href: "https://example.org/b" },
      { kind: "text", text: ")." },
    ]);
  });

  it("are not guessed, and only of the web", () => {
    const text = "example.org javascript:alert(1) ftp://example.org https://user:pass@example.org http://";
    expect(splitLinks(text)).toEqual([{ kind: "text", text }]);
  });

  it("with letters of other scripts show where they really lead", () => {
    const [link] = splitLinks("https://аpple.example/");
    expect(link?.text).toBe("https://xn--pple-43d.example/");
  });

  it("never lose or add a character of plain text", () => {
    assert(
      property(array(constantFrom("a", " ", "https://", "example.org", ".", "(", ")", "/", "\n")), (parts) => {
        const text = parts.join("");
        expect(
          splitLinks(text)
            .map((part) => part.text)
            .join(""),
        ).toBe(text);
      }),
    );
  });
});

const custom = (amount: number): Lifetime => ({ choice: "custom", amount, unit: "days" });

describe("the lifetime of a room", () => {
  it("is what was chosen", () => {
    expect(lifetimeSeconds({ choice: "day", amount: 9, unit: "days" })).toBe(86_400);
    expect(lifetimeSeconds({ choice: "custom", amount: 90, unit: "minutes" })).toBe(5_400);
  });

  it("has bounds", () => {
    expect(lifetimeFault(custom(1), 86_400)).toBeUndefined();
    expect(lifetimeFault(custom(2), 86_400)).toBe("tooLong");
    expect(lifetimeFault(custom(0), 86_400)).toBe("tooShort");
    expect(lifetimeFault(custom(Number.NaN), 86_400)).toBe("tooShort");
  });
});

describe("looks and names", () => {
  it("of two ids of the same name differ, and of one id never", () => {
    expect(lookOf("5f0c1111")).toEqual(lookOf("5f0c1111"));
    const looks = Array.from({ length: 200 }, (_, index) => lookOf(`member ${index}`));
    expect(new Set(looks.map(({ hue, glyph }) => `${hue} ${glyph}`)).size).toBeGreaterThan(80);
    expect(looks.every(({ hue, glyph }) => hue < 8 && glyph < 16)).toBe(true);
  });

  it("become initials of whole characters", () => {
    expect(initialsOf("Lantern 42", "en")).toBe("L4");
    expect(initialsOf("über", "de")).toBe("Ü");
    expect(initialsOf("👩‍💻 room", "en")).toBe("👩‍💻R");
    expect(initialsOf(" ", "en")).toBe("");
  });

  it("are a noun and a number from one to ninety-nine", () => {
    expect(generateName("Lantern Harbour", () => 0)).toBe("Lantern 1");
    expect(generateName("Lantern Harbour", (below) => below - 1)).toBe("Harbour 99");
    expect(generateName("Lantern")).toMatch(/^Lantern [1-9]\d?$/u);
  });
});

describe("terminal screens", () => {
  it("exist for every end of a room", () => {
    for (const reason of ["expired", "destroyed", "emptied", "left", "removed"] as const) {
      expect(endStateOfRoom({ reason, fault: undefined })).toBe(reason);
    }
    for (const fault of [...engineFaults, undefined]) {
      expect(endActionOf(endStateOfRoom({ reason: "failed", fault }))).toBeTruthy();
    }
  });

  it("offer to try again only what may go better", () => {
    expect(endActionOf("relayDown")).toBe("retry");
    expect(endActionOf("badLink")).toBe("paste");
    expect(endStateOfFault("name_invalid")).toBeUndefined();
    expect(endStateOfFault("link_used")).toBe("usedLink");
  });
});

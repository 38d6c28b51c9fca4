// What a relay says about itself is hostile: newer fields are taken only when they are in order, and missed by nobody.
import { describe, expect, test } from "vitest";
import { decodeRelayAbout } from "../../../wire/http.ts";

describe("what a relay says about itself besides", () => {
  const old = { product: "secret-rooms", protocol: 1, maxRoomLifeS: 60, defaultRoomLifeS: 30, maxMembers: 5 };
  const good = {
    version: ["0.1.0", "1.2.3-rc.1+build"],
    origin: ["https://rooms.example.org", "http://127.0.0.1:8787", "http://[::1]:1"],
    maxEnvelopeBytes: [1, 65_536],
    messagesPerSecond: [1, 50],
    turn: [true, false],
    operator: ["Zoë & Co.", "<script>", "א", "x".repeat(100)],
    abuseContact: ["abuse@example.org", "https://example.org/report?a=1#b", "käse@bücher.example"],
  };
  const bad = {
    version: ["", "1 2", "x".repeat(41), 1, null],
    origin: [
      "https://a/b",
      "https://a/",
      "ftp://a",
      "javascript:alert(1)",
      "https://u@a",
      `https://${"a".repeat(254)}`,
      {},
    ],
    maxEnvelopeBytes: [0, -1, 1.5, 2 ** 25, "1", NaN],
    messagesPerSecond: [0, 0.5, 1e9, true],
    turn: [1, "true", null, ["turn:a"]],
    operator: ["", "x".repeat(101), "a\nb", "a\u202Eb", "a\u2028b", "a\u0000b", "\uD800", ["a"], null],
    abuseContact: [
      "",
      "nobody",
      "@",
      "a@b@c",
      "a b@c",
      "a@b\u202Ec",
      "mailto:a@b",
      "http://a.example",
      "javascript:alert(1)//@",
      "data:text/html,<script>@",
      "https://good.example@evil.example",
      'https://a.example/"onclick=',
      `https://${"a".repeat(254)}`,
      1,
      null,
    ],
  };

  test("a relay that says none of it is a relay", () => {
    expect(decodeRelayAbout(old)).toStrictEqual({
      ...old,
      ...Object.fromEntries(Object.keys(good).map((key) => [key, undefined])),
    });
  });

  test.each(Object.entries(good))("%s is taken when it is in order", (key, values) => {
    for (const value of values) expect(decodeRelayAbout({ ...old, [key]: value })).toEqual({ ...old, [key]: value });
  });

  test.each(Object.entries(bad))("%s that is not in order spoils the whole", (key, values) => {
    for (const value of values) expect([value, decodeRelayAbout({ ...old, [key]: value })]).toEqual([value, undefined]);
  });

  test("nothing is taken from a prototype", () => {
    const about: unknown = Object.assign(Object.create({ operator: "nobody" }) as object, old);
    expect(decodeRelayAbout(about)?.operator).toBeUndefined();
  });
});

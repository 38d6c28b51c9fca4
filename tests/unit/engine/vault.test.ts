import { describe, expect, test } from "vitest";
import { decodeSavedRooms, encodeSavedRooms } from "../../../engine/vault.ts";
import type { SavedRoom } from "../../../engine/vault.ts";

const saved: SavedRoom = {
  id: "room",
  relayOrigin: "https://relay.example.org",
  resumeToken: new Uint8Array(32).fill(7),
  credential: new Uint8Array(200).fill(9),
  run: 3,
  displayName: "Heron",
  endsAtWallMs: 1_900_000_000_000,
  epoch: 12,
  joinLink: { text: "https://relay.example.org/sr#abc", inviteId: "0a".repeat(16) },
  verified: ["1b".repeat(16)],
};

const altered = (change: Record<string, unknown>) =>
  JSON.stringify([{ ...(JSON.parse(encodeSavedRooms([saved])) as object[])[0], ...change }]);

describe("what survives an engine", () => {
  test("comes back as it was", () => {
    const maker = { ...saved, joinLink: undefined, verified: [] };
    expect(decodeSavedRooms(encodeSavedRooms([saved, maker]))).toEqual([saved, maker]);
    expect(decodeSavedRooms(undefined)).toEqual([]);
  });

  test.each([
    ["no room name", { id: "" }],
    ["an address that is none", { relayOrigin: "https://relay.example.org/path" }],
    ["a token cut short", { resumeToken: "AAAA" }],
    ["a credential that is none", { credential: "***" }],
    ["a run below zero", { run: -1 }],
    ["half an epoch", { epoch: 0.5 }],
    ["no end", { endsAtWallMs: null }],
    ["a link without an invite", { joinLink: { text: "x" } }],
    ["an invite that is none", { joinLink: { text: "x", inviteId: "zz" } }],
    ["verified members that are none", { verified: ["everybody"] }],
    ["no list of them", { verified: "all" }],
  ])("is left out with %s", (_what, change) => {
    expect(decodeSavedRooms(altered({}))).toHaveLength(1);
    expect(decodeSavedRooms(altered(change))).toEqual([]);
  });

  test.each(["", "null", "{}", "[null, 1, []]", "nonsense"])("is nothing when the text is %j", (text) => {
    expect(decodeSavedRooms(text)).toEqual([]);
  });
});

// The code against the published vectors of records, room states and notes (tests/vectors/room-state.json).
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../codec/bytes.ts";
import { decode } from "../../../codec/codec.ts";
import { delegationText, goneText, handleText, ownerText, roomRecord } from "../../../codec/signing.ts";
import { sha256 } from "../../../core/crypto/hash.ts";
import { approvalText, decodeNotes, encodeNotes, rulesText } from "../../../core/room/commit-notes.ts";
import { decodeShared, encodeShared, openRoomState, stateDigest } from "../../../core/room/room-state.ts";

interface Vectors {
  readonly groupId: string;
  readonly ownerKey: string;
  readonly policyDigest: string;
  readonly record: string;
  readonly handleText: string;
  readonly handle: string;
  readonly shared: string;
  readonly digest: string;
  readonly refusedStates: readonly { why: string; shared: string; code: string }[];
  readonly notes: readonly { what: string; notes: string }[];
  readonly refusedNotes: readonly { why: string; notes: string }[];
  readonly texts: Readonly<Record<"rules" | "approval" | "gone" | "delegation" | "owner", string>>;
}

const file = new URL("../../vectors/room-state.json", import.meta.url);
const v = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const hex = (text: string) => fromHex(text) ?? new Uint8Array();
const count = (length: number, from: number) => Uint8Array.from({ length }, (_, i) => (from + i) & 255);
const context = { version: 1, ownerKey: hex(v.ownerKey), policyDigest: hex(v.policyDigest) };

describe("a room's record", () => {
  test("names the room", () => {
    const record = decode(roomRecord, hex(v.record));
    expect(toHex(handleText(record))).toBe(v.handleText);
    expect(toHex(sha256(handleText(record)).slice(0, 16))).toBe(v.handle);
  });
});

describe("a room's state", () => {
  test("opens, has its digest, and is written the same way", async () => {
    const state = await openRoomState(decodeShared(hex(v.shared)), context);
    expect(toHex(stateDigest(state))).toBe(v.digest);
    expect(toHex(state.handle)).toBe(v.handle);
    expect(toHex(encodeShared(new Uint8Array(), state))).toBe(v.shared);
    expect(state).toMatchObject({ generation: 2, rules: { serial: 2, maxMembers: 20, isLocked: true } });
  });

  test.each(v.refusedStates)("with $why is $code", async ({ shared, code }) => {
    const opening = async () => openRoomState(decodeShared(hex(shared)), context);
    await expect(opening()).rejects.toMatchObject({ name: "CoreError", code });
  });
});

describe("notes", () => {
  test.each(v.notes)("of $what are written the same way", ({ notes }) => {
    const decoded = decodeNotes(hex(notes));
    expect(toHex(decoded.base)).toBe(v.digest);
    expect(toHex(encodeNotes(decoded))).toBe(notes);
  });

  test.each(v.refusedNotes)("with $why are refused", ({ notes }) => {
    expect(() => decodeNotes(hex(notes))).toThrow(expect.objectContaining({ code: "commit_refused" }));
  });
});

test("what relay and members sign is built the same way", () => {
  const groupId = hex(v.groupId);
  const handle = hex(v.handle);
  expect({
    rules: toHex(rulesText(groupId, { serial: 2, maxMembers: 20, isLocked: true })),
    approval: toHex(approvalText(groupId, count(16, 18), count(32, 19))),
    gone: toHex(goneText(handle, count(16, 20))),
    delegation: toHex(delegationText(handle, count(32, 21), 23)),
    owner: toHex(ownerText(handle, 22, "room:lock", Uint8Array.of(1))),
  }).toEqual(v.texts);
});

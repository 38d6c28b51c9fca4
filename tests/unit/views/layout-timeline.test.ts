import { describe, expect, it } from "vitest";
import { firstUnread, layoutTimeline } from "../../../composables/layoutTimeline.ts";
import type { TimelineRow } from "../../../composables/layoutTimeline.ts";
import { note, say } from "../../support/demo-room.ts";

const noonMs = new Date(2026, 4, 20, 12).getTime();
const at = (minutes: number): { atMs: number } => ({ atMs: noonMs + minutes * 60_000 });
const messages = (rows: readonly TimelineRow[]): boolean[][] =>
  rows.flatMap((row) => (row.kind === "message" ? [[row.isFirst, row.isLast]] : []));
const kinds = (rows: readonly TimelineRow[]): string[] => rows.map(({ kind }) => kind);

describe("the rows of the message list", () => {
  it("group what one person says within five minutes", () => {
    const rows = layoutTimeline([say("heron", "a", at(0)), say("heron", "b", at(5)), say("heron", "c", at(11))]);
    expect(messages(rows)).toEqual([
      [true, false],
      [false, true],
      [true, true],
    ]);
  });

  it("break a group for another person and for whatever comes between", () => {
    const rows = layoutTimeline([
      say("heron", "a", at(0)),
      say("otter", "b", at(0)),
      note("left", "Marten 3", { atMs: noonMs }),
      say("otter", "c", at(0)),
    ]);
    expect(messages(rows)).toEqual([
      [true, true],
      [true, true],
      [true, true],
    ]);
  });

  it("begin each day with its name", () => {
    const rows = layoutTimeline([say("heron", "a", at(-24 * 60)), say("heron", "b", at(0)), say("heron", "c", at(1))]);
    expect(kinds(rows)).toEqual(["day", "message", "day", "message", "message"]);
  });

  it("break a group at the mark of unread messages", () => {
    const [a, b] = [say("heron", "a", at(0)), say("heron", "b", at(0))];
    const rows = layoutTimeline([a, b], b.id);
    expect(kinds(rows)).toEqual(["day", "message", "unread", "message"]);
    expect(messages(rows)).toEqual([
      [true, true],
      [true, true],
    ]);
  });

  it("put those who come in a row on one line, and those who go on another", () => {
    const rows = layoutTimeline([
      note("joined", "A", { atMs: noonMs }),
      note("joined", "B", { atMs: noonMs }),
      note("left", "C", { atMs: noonMs }),
      note("joined", "D", { atMs: noonMs }),
    ]);
    expect(rows.flatMap((row) => (row.kind === "presence" ? [row.items.length] : []))).toEqual([2, 1, 1]);
  });

  it("have keys of their own", () => {
    const keys = layoutTimeline([
      note("joined", "A", { atMs: noonMs }),
      say("heron", "a", at(0)),
      say("self", "b", at(2000)),
    ]).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("the first unread message", () => {
  const items = [say("heron", "a"), say("self", "b"), say("otter", "c"), note("left", "Otter 19"), say("self", "d")];

  it("is counted among what others said", () => {
    expect(firstUnread(items, 1)).toBe(items[2]?.id);
    expect(firstUnread(items, 2)).toBe(items[0]?.id);
  });

  it("is the first there is when more were missed, and none when nothing was", () => {
    expect(firstUnread(items, 9)).toBe(items[0]?.id);
    expect(firstUnread(items, 0)).toBeUndefined();
    expect(firstUnread([], 3)).toBeUndefined();
  });
});

import { assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDay, formatSpan, timeLeft } from "../../../composables/formatTime.ts";

const HOUR_MS = 3_600_000;

function shown(restMs: number, nowMs: number): string {
  const { value, unit } = timeLeft(restMs, nowMs);
  return `${value} ${unit}`;
}

describe("the time left", () => {
  it.each([
    [7 * 24 * HOUR_MS, 7, "day"],
    [48 * HOUR_MS, 2, "day"],
    [48 * HOUR_MS - 1_000, 47, "hour"],
    [HOUR_MS, 1, "hour"],
    [HOUR_MS - 1_000, 59, "minute"],
    [60_000, 1, "minute"],
    [59_000, 59, "second"],
    [1, 1, "second"],
    [0, 0, "second"],
    [-5_000, 0, "second"],
  ])("of %d ms is %d %s", (ms, value, unit) => {
    expect(timeLeft(ms, 0)).toMatchObject({ value, unit });
  });

  it("is soon under an hour and over at zero", () => {
    expect(timeLeft(HOUR_MS, 0)).toMatchObject({ isSoon: false, isOver: false });
    expect(timeLeft(HOUR_MS - 1_000, 0)).toMatchObject({ isSoon: true, isOver: false });
    expect(timeLeft(0, 1)).toMatchObject({ isSoon: true, isOver: true });
  });

  it("says when its text changes: not before, and then it has", () => {
    assert(
      property(integer({ min: 2_000, max: 40 * 24 * HOUR_MS }), (restMs) => {
        const { nextChangeMs } = timeLeft(restMs, 0);
        // Between two looks at the clock pass an hour at most, when the text need not change, and a quarter second at least.
        const isBounded = nextChangeMs === HOUR_MS || nextChangeMs === 250;
        return (
          isBounded ||
          (shown(restMs, nextChangeMs) !== shown(restMs, 0) && shown(restMs, nextChangeMs - 1) === shown(restMs, 0))
        );
      }),
    );
  });
});

describe("a span of time", () => {
  it.each([
    [23 * HOUR_MS + 58 * 60_000, "23 hr 58 min"],
    [24 * HOUR_MS, "1 day"],
    [7 * 24 * HOUR_MS + HOUR_MS, "7 days 1 hr"],
    [45_000, "45 sec"],
    [0, "0 sec"],
  ])("of %d ms has at most two units", (ms, text) => {
    expect(formatSpan(ms, "en")).toBe(text);
  });
});

describe("a day", () => {
  it("is today, yesterday or a date", () => {
    const noon = new Date(2026, 4, 20, 12).getTime();
    expect(formatDay(noon - 11 * HOUR_MS, noon, "en")).toBe("Today");
    expect(formatDay(noon - 13 * HOUR_MS, noon, "en")).toBe("Yesterday");
    expect(formatDay(noon - 48 * HOUR_MS, noon, "en")).toContain("May");
  });
});

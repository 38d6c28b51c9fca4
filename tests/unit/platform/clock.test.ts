import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClock } from "../../../platform/clock.ts";

const DAY_MS = 24 * 3_600_000;

describe("the clock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([0, 1, 1_000, DAY_MS, 24 * DAY_MS, 25 * DAY_MS, 60 * DAY_MS])("calls back once, after %d ms", (delayMs) => {
    const callback = vi.fn<() => void>();
    createClock().setTimer(delayMs, callback);
    vi.advanceTimersByTime(Math.max(delayMs - 1, 0));
    expect(callback).toHaveBeenCalledTimes(delayMs === 0 ? 1 : 0);
    vi.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60 * DAY_MS);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it("forgets a timer that is cancelled, also in its second stretch", () => {
    const callback = vi.fn<() => void>();
    const cancel = createClock().setTimer(40 * DAY_MS, callback);
    vi.advanceTimersByTime(30 * DAY_MS);
    cancel();
    vi.advanceTimersByTime(60 * DAY_MS);
    expect(callback).not.toHaveBeenCalled();
  });
});

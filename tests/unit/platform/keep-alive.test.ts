import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stub } from "./browser-stub.ts";
import { createKeepAlive } from "../../../platform/keep-alive.ts";

describe("Firefox's event page", () => {
  beforeEach(() => {
    stub.beats = 0;
    stub.alarms.clear();
    vi.useFakeTimers();
  });
  afterEach(() => void vi.useRealTimers());

  it("is kept alive at once and more often than every 30 s while a room is open", () => {
    createKeepAlive().setRoomOpen(true);
    expect(stub.beats).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(stub.beats).toBe(5);
  });

  it("is restarted by an alarm while a room is open, and not after", async () => {
    const keepAlive = createKeepAlive();
    keepAlive.setRoomOpen(true);
    expect(stub.alarms.size).toBe(1);
    keepAlive.setRoomOpen(false);
    await Promise.resolve();
    expect(stub.alarms.size).toBe(0);
  });

  it("may sleep when no room is open and nobody looks", () => {
    const keepAlive = createKeepAlive();
    keepAlive.setRoomOpen(true);
    keepAlive.setViews(2);
    keepAlive.setRoomOpen(false);
    vi.advanceTimersByTime(15_000);
    expect(stub.beats).toBe(2);
    keepAlive.setViews(0);
    vi.advanceTimersByTime(120_000);
    expect(stub.beats).toBe(2);
  });

  it("needs no alarm for a view", () => {
    createKeepAlive().setViews(1);
    expect(stub.beats).toBe(1);
    expect(stub.alarms.size).toBe(0);
  });
});

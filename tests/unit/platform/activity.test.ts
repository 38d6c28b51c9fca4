import { describe, expect, it } from "vitest";
import { watchActivity } from "../../../platform/activity.ts";
import { badgeText } from "../../../platform/badge.ts";
import type { Activity } from "../../../platform/messages.ts";
import { fakeEngine, roomSnapshot } from "../bridge/fake-engine.ts";

describe("what the background is told of the engine", () => {
  it("is said at the start and only when it changes", () => {
    const engine = fakeEngine();
    const told: Activity[] = [];
    watchActivity(engine, (activity) => told.push(activity));
    engine.emit({ kind: "room", room: roomSnapshot({ phase: "joining" }) });
    engine.emit({ kind: "room", room: roomSnapshot({ phase: "open", name: "another" }) });
    engine.emit({ kind: "room", room: roomSnapshot({ unread: 2 }) });
    engine.emit({ kind: "room", room: roomSnapshot({ id: "room-2", unread: 3 }) });
    engine.emit({ kind: "room", room: roomSnapshot({ phase: "ended", unread: 2 }) });
    engine.emit({ kind: "room-gone", id: "room-2" });
    expect(told).toEqual([
      { isRoomOpen: false, unread: 0 },
      { isRoomOpen: true, unread: 0 },
      { isRoomOpen: true, unread: 2 },
      { isRoomOpen: true, unread: 5 },
      { isRoomOpen: false, unread: 2 },
    ]);
  });

  it("is shown as a number that fits the button", () => {
    expect([0, 1, 99, 100, 12_345].map(badgeText)).toEqual(["", "1", "99", "99+", "99+"]);
  });
});

import { describe, expect, it } from "vitest";
import { applyEvent, emptyMirror, mirrorOf } from "../../../stores/mirror.ts";
import { demoRoom, say } from "../../support/demo-room.ts";

const [first, second, third] = [say("heron", "one"), say("heron", "two"), say("otter", "three")];
const start = mirrorOf({ settings: emptyMirror.settings, rooms: [demoRoom({}, [first, second])] });
const ids = (mirror: typeof start): string[] => (mirror.timelines.get("lantern") ?? []).map(({ id }) => id);

describe("the mirror of the engine", () => {
  it("holds what the snapshot says", () => {
    expect(start.isLoaded).toBe(true);
    expect(start.rooms.get("lantern")?.name).toBe("Lantern 42");
    expect(ids(start)).toEqual([first.id, second.id]);
  });

  it("puts new messages where the order says", () => {
    const next = applyEvent(start, {
      kind: "timeline",
      id: "lantern",
      items: [third],
      order: [first.id, third.id, second.id],
    });
    expect(ids(next)).toEqual([first.id, third.id, second.id]);
  });

  it("replaces a message of the same id and keeps the others as they were", () => {
    const changed = { ...second, text: "changed" };
    const next = applyEvent(start, {
      kind: "timeline",
      id: "lantern",
      items: [changed],
      order: [first.id, second.id],
    });
    const items = next.timelines.get("lantern") ?? [];
    expect(items[0]).toBe(first);
    expect(items[1]).toBe(changed);
  });

  it("drops what the order no longer names, and an id nobody described", () => {
    const next = applyEvent(start, { kind: "timeline", id: "lantern", items: [], order: [second.id, "unknown"] });
    expect(ids(next)).toEqual([second.id]);
  });

  it("takes a timeline for a room it has not heard of yet", () => {
    const next = applyEvent(start, { kind: "timeline", id: "new", items: [third], order: [third.id] });
    expect(next.timelines.get("new")).toEqual([third]);
  });

  it("forgets a room with everything said in it", () => {
    const next = applyEvent(start, { kind: "room-gone", id: "lantern" });
    expect(next.rooms.size).toBe(0);
    expect(next.timelines.size).toBe(0);
  });

  it("does not change what it was given", () => {
    applyEvent(start, { kind: "room", room: { ...demoRoom().room, name: "Other" } });
    applyEvent(start, { kind: "settings", settings: { ...emptyMirror.settings, theme: "dark" } });
    expect(start.rooms.get("lantern")?.name).toBe("Lantern 42");
    expect(start.settings.theme).toBe("system");
  });
});

import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { EngineClient, EngineClientState } from "../../../bridge/client.ts";
import type { EngineEvent, Settings } from "../../../bridge/contract.ts";
import { EngineError } from "../../../bridge/fault.ts";
import { useDraftsStore } from "../../../stores/drafts.ts";
import { useEngineStore } from "../../../stores/engine.ts";
import { faultCode } from "../../../stores/fault-code.ts";
import { useNavigationStore } from "../../../stores/navigation.ts";
import { useNoticesStore } from "../../../stores/notices.ts";
import { createDemoEngine } from "../../support/demo-engine.ts";
import { demoRoom } from "../../support/demo-room.ts";

beforeEach(() => setActivePinia(createPinia()));

describe("the engine store", () => {
  it("refuses commands before it is attached", () => {
    expect(() => useEngineStore().commands()).toThrow(EngineError);
  });

  it("follows snapshot, events and connection", () => {
    const listeners: { event?: (event: EngineEvent) => void; state?: (state: EngineClientState) => void } = {};
    const client: EngineClient = {
      ...createDemoEngine({ rooms: [demoRoom()] }),
      onEvent: (listener) => {
        listeners.event = listener;
        return () => undefined;
      },
      onState: (listener) => {
        listeners.state = listener;
        return () => undefined;
      },
    };
    const engine = useEngineStore();
    engine.attach(client);
    expect(engine.rooms.map(({ name }) => name)).toEqual(["Lantern 42"]);
    listeners.event?.({ kind: "room", room: { ...demoRoom().room, id: "second" } });
    listeners.state?.("connecting");
    expect(engine.rooms).toHaveLength(2);
    expect(engine.state).toBe("connecting");
    listeners.event?.({ kind: "room-gone", id: "second" });
    expect(engine.room("second")).toBeUndefined();
    expect(engine.timeline("second")).toEqual([]);
  });

  it("saves one setting with the others as they are", async () => {
    const saveSettings = vi.fn<(settings: Settings) => Promise<Settings>>((settings) => Promise.resolve(settings));
    const engine = useEngineStore();
    engine.attach({ ...createDemoEngine({ settings: { displayName: "Heron 7" } }), saveSettings });
    await engine.saveSettings({ theme: "dark" });
    expect(saveSettings).toHaveBeenCalledWith({
      relay: "https://relay.example.org",
      displayName: "Heron 7",
      theme: "dark",
      sendsReceipts: true,
      sendsTyping: true,
    });
  });
});

describe("the code of a fault", () => {
  it("is the engine's own, or says that something went wrong", () => {
    expect(faultCode(new EngineError("room_full"))).toBe("room_full");
    expect(faultCode(new TypeError("secret detail"))).toBe("internal");
  });
});

describe("navigation", () => {
  it("closes what lies above when the place changes", () => {
    const navigation = useNavigationStore();
    navigation.show({ kind: "create" });
    navigation.openRoom("lantern");
    expect(navigation.place).toEqual({ kind: "room", roomId: "lantern" });
    expect(navigation.layer).toBeUndefined();
  });

  it("leads from a question back to the list it was asked from", () => {
    const navigation = useNavigationStore();
    const people = { kind: "people", roomId: "lantern" } as const;
    navigation.show({ kind: "kick", roomId: "lantern", memberId: "m", from: people });
    navigation.hide();
    expect(navigation.layer).toEqual(people);
    navigation.hide();
    expect(navigation.layer).toBeUndefined();
  });
});

describe("drafts", () => {
  it("are kept per room", () => {
    const drafts = useDraftsStore();
    drafts.set("a", "half a thought");
    expect(drafts.get("a")).toBe("half a thought");
    expect(drafts.get("b")).toBe("");
    drafts.set("a", "");
    expect(drafts.get("a")).toBe("");
  });
});

describe("notices", () => {
  it("show two at most, are spoken, and go after five seconds", () => {
    vi.useFakeTimers();
    try {
      const notices = useNoticesStore();
      for (const text of ["one", "two", "three"]) notices.show(text, "danger");
      expect(notices.notices.map(({ text }) => text)).toEqual(["two", "three"]);
      expect(notices.announcement).toMatchObject({ text: "three", isUrgent: true });
      vi.advanceTimersByTime(5_000);
      expect(notices.notices).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });
});

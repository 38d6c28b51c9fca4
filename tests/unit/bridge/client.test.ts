import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Channel } from "../../../bridge/channel.ts";
import { CALL_TIMEOUT_MS, createEngineClient } from "../../../bridge/client.ts";
import type { EngineClient } from "../../../bridge/client.ts";
import type { EngineHost } from "../../../bridge/contract.ts";
import { serveView } from "../../../bridge/host.ts";
import { channelPair } from "./channel-pair.ts";
import type { ChannelPair } from "./channel-pair.ts";
import { fakeEngine, roomSnapshot, settings } from "./fake-engine.ts";
import type { FakeEngine } from "./fake-engine.ts";

interface Setup {
  readonly client: EngineClient;
  readonly engine: FakeEngine;
  /** All connections so far; the last one is in use. */
  readonly pairs: ChannelPair[];
  readonly heard: string[];
}

/** A client whose every connection is served by `serve`. */
function connect(serve: (channel: Channel) => void, heard: string[] = []): Omit<Setup, "engine"> {
  const pairs: ChannelPair[] = [];
  const client = createEngineClient(() => {
    const pair = channelPair();
    pairs.push(pair);
    serve(pair.host);
    return Promise.resolve(pair.view);
  });
  client.onState((state) => heard.push(state));
  client.onSnapshot(() => heard.push("snapshot"));
  client.onEvent((event) => heard.push(event.kind === "room" ? event.room.name : event.kind));
  return { client, pairs, heard };
}

function setUp(commands: Partial<EngineHost> = {}): Setup {
  const engine = fakeEngine(commands);
  return { engine, ...connect((channel) => serveView(engine, channel)) };
}

async function settled(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  // Channels deliver in turns of their own, which are real ones.
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

describe("a view and the engine", () => {
  it("hands over the snapshot, then events in their order", async () => {
    const { engine, heard } = setUp();
    await settled();
    for (const name of ["one", "two", "three"]) engine.emit({ kind: "room", room: roomSnapshot({ name }) });
    await settled();
    expect(heard).toEqual(["snapshot", "connected", "one", "two", "three"]);
  });

  it("returns the result of a command", async () => {
    const { client, engine } = setUp({ saveSettings: (options) => Promise.resolve(options) });
    await expect(client.saveSettings(settings)).resolves.toEqual(settings);
    expect(engine.calls).toEqual([]);
    await client.send({ roomId: "room-1", text: "hello" });
    expect(engine.calls).toEqual([{ name: "send", options: { roomId: "room-1", text: "hello" } }]);
  });

  it("keeps the connection when the engine knows a fault, and tells its code", async () => {
    const { EngineError } = await import("../../../bridge/fault.ts");
    const { client, pairs } = setUp({ leave: () => Promise.reject(new EngineError("unknown_room")) });
    await expect(client.leave({ roomId: "x" })).rejects.toMatchObject({ code: "unknown_room" });
    expect(pairs).toHaveLength(1);
  });

  it("says no more than `internal` of an error that nobody expected", async () => {
    const { client } = setUp({ leave: () => Promise.reject(new Error("key 0xdeadbeef leaked")) });
    const error: unknown = await client.leave({ roomId: "x" }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "internal", message: "internal" });
  });

  it("strips what a framework wraps around options", async () => {
    const { client, engine } = setUp();
    await client.markRead(new Proxy({ roomId: "room-1" }, {}));
    expect(engine.calls).toEqual([{ name: "markRead", options: { roomId: "room-1" } }]);
  });
});

describe("a connection that breaks", () => {
  it("is made anew, with a new snapshot", async () => {
    const { pairs, heard } = setUp();
    await settled();
    pairs[0]?.host.close();
    await settled(150);
    expect(heard).toEqual(["snapshot", "connected", "connecting", "snapshot", "connected"]);
    expect(pairs).toHaveLength(2);
  });

  it("rejects what was sent and not answered", async () => {
    const { client, pairs } = setUp({ leave: () => new Promise(() => {}) });
    const answer = client.leave({ roomId: "x" }).catch((reason: unknown) => reason);
    await settled();
    pairs[0]?.host.close();
    await settled();
    expect(await answer).toMatchObject({ code: "engine_lost" });
  });

  it("lets commands wait that were not sent yet", async () => {
    const { client, engine, pairs } = setUp();
    await settled();
    pairs[0]?.host.close();
    await settled();
    const answer = client.markRead({ roomId: "x" });
    expect(client.state()).toBe("connecting");
    await settled(150);
    await expect(answer).resolves.toEqual({ did: "markRead" });
    expect(engine.calls).toHaveLength(1);
  });

  it("is dropped and made anew when an event number is missing", async () => {
    const { pairs, heard } = connect((channel) => {
      channel.post({ kind: "snapshot", seq: 4, snapshot: { settings, rooms: [] } });
      channel.post({ kind: "event", seq: 5, event: { kind: "settings", settings } });
      channel.post({ kind: "event", seq: 7, event: { kind: "settings", settings } });
    });
    await settled();
    expect(heard).toEqual(["snapshot", "connected", "settings", "connecting"]);
    expect(pairs[0]?.isClosed()).toBe(true);
    await settled(150);
    expect(pairs).toHaveLength(2);
  });

  it.each([
    ["no object", "hello"],
    ["an unknown kind", { kind: "eval", code: "1" }],
    ["an unknown fault code", { kind: "fault", id: 1, code: "stack: at x" }],
    ["an event before the snapshot", { kind: "event", seq: 1, event: { kind: "settings", settings } }],
    ["a snapshot without rooms", { kind: "snapshot", seq: 0, snapshot: { settings } }],
    ["a number that is none", { kind: "ok", id: Number.NaN, value: 1 }],
  ])("is dropped after a frame that is %s", async (_, frame) => {
    const { pairs, heard } = connect((channel) => channel.post(frame));
    await settled();
    expect(pairs[0]?.isClosed()).toBe(true);
    expect(heard).toEqual([]);
  });

  it("is tried at longer and longer intervals up to two seconds", async () => {
    const atMs: number[] = [];
    const client = createEngineClient(() => {
      atMs.push(Date.now());
      return Promise.reject(new Error("no engine"));
    });
    await settled(10_000);
    const gaps = atMs.slice(1).map((at, index) => at - (atMs[index] ?? 0));
    expect(gaps.slice(0, 7)).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
    client.close();
  });

  it("is given up when no snapshot comes", async () => {
    const { pairs } = connect(() => {});
    await settled(10_200);
    expect(pairs.length).toBeGreaterThan(1);
  });
});

describe("a command", () => {
  it("times out", async () => {
    const { client } = setUp({ leave: () => new Promise(() => {}) });
    const answer = client.leave({ roomId: "x" }).catch((reason: unknown) => reason);
    await settled(CALL_TIMEOUT_MS + 1);
    expect(await answer).toMatchObject({ code: "timed_out" });
  });

  it("is refused before it is sent when its options are wrong", async () => {
    const { client, engine } = setUp();
    await expect(client.send({ roomId: "x", text: "a".repeat(8_001) })).rejects.toMatchObject({
      code: "text_too_long",
    });
    await expect(client.leave({ roomId: "" })).rejects.toMatchObject({ code: "malformed" });
    expect(engine.calls).toEqual([]);
  });

  it("is rejected when the client closes, and no later one is taken", async () => {
    const { client, engine } = setUp({ leave: () => new Promise(() => {}) });
    const answer = client.leave({ roomId: "x" }).catch((reason: unknown) => reason);
    await settled();
    client.close();
    await settled();
    expect(await answer).toMatchObject({ code: "engine_lost" });
    await expect(client.leave({ roomId: "x" })).rejects.toMatchObject({ code: "engine_lost" });
    expect(engine.listeners()).toBe(0);
  });
});

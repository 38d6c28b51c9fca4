import { describe, expect, it } from "vitest";
import type { EngineHost } from "../../../bridge/contract.ts";
import { MAX_PENDING_CALLS, serveView } from "../../../bridge/host.ts";
import { channelPair } from "./channel-pair.ts";
import { fakeEngine, roomSnapshot, settings } from "./fake-engine.ts";

function setUp(commands: Partial<EngineHost> = {}) {
  const engine = fakeEngine(commands);
  const pair = channelPair();
  const frames: unknown[] = [];
  pair.view.onMessage((frame) => frames.push(frame));
  serveView(engine, pair.host);
  const say = async (frame: unknown): Promise<unknown> => {
    pair.view.post(frame);
    await delivered();
    return frames.at(-1);
  };
  return { engine, pair, frames, say };
}

/** Long enough for a message to cross and for its answer to come back. */
async function delivered(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const call = (name: string, options: unknown) => ({ kind: "call", id: 1, name, options });
const fault = (code: string) => ({ kind: "fault", id: 1, code });
const invite = { roomId: "x", askFirst: false, readOnly: false, maxUses: 0, expiresInS: 3_600 };
const create = { name: "Harbour", displayName: "Heron", expiresInS: 3_600, maxMembers: 8 };

describe("the engine's end of the bridge", () => {
  it("numbers events from the snapshot on, without a gap", async () => {
    const { engine, frames, say } = setUp();
    for (const name of ["a", "b"]) engine.emit({ kind: "room", room: roomSnapshot({ name }) });
    await say(call("markRead", { roomId: "x" }));
    expect(frames.slice(0, 3)).toMatchObject([
      { kind: "snapshot", seq: 0, snapshot: { settings, rooms: [] } },
      { kind: "event", seq: 1 },
      { kind: "event", seq: 2 },
    ]);
  });

  it.each([
    ["an unknown command", "eval", {}],
    ["a method that is no command", "snapshot", {}],
    ["the name of a property of every object", "constructor", {}],
    ["no options", "leave", undefined],
    ["an option too many", "leave", { roomId: "x", force: true }],
    ["an option of the wrong type", "leave", { roomId: 1 }],
    ["an inherited option", "leave", Object.create({ roomId: "x" })],
    ["a life that is no number", "createRoom", { ...create, expiresInS: "3600" }],
    ["a life without end", "createRoom", { ...create, expiresInS: Number.POSITIVE_INFINITY }],
    ["nobody", "createRoom", { ...create, maxMembers: 0 }],
    ["an unknown theme", "saveSettings", { ...settings, theme: "neon" }],
    ["a switch that is neither on nor off", "saveSettings", { ...settings, sendsTyping: 1 }],
    ["a setting left out", "saveSettings", { ...settings, sendsReceipts: undefined }],
    ["an answer that is no answer", "answerKnock", { roomId: "x", knockId: "k", isAdmitted: "yes" }],
    ["an invite for less than nobody", "addInvite", { ...invite, maxUses: -1 }],
    ["an invite for more than can be counted", "addInvite", { ...invite, maxUses: 65_536 }],
    ["an invite of no length", "addInvite", { ...invite, expiresInS: 0 }],
    ["an invite that does not say who may write", "addInvite", { ...invite, readOnly: undefined }],
    ["a member without a name", "handOver", { roomId: "x", memberId: "" }],
  ])("refuses %s as malformed", async (_, name, options) => {
    const { engine, say } = setUp();
    expect(await say(call(name, options))).toEqual(fault("malformed"));
    expect(engine.calls).toEqual([]);
  });

  it.each([
    ["createRoom", { ...create, askFirst: true, password: "four words of mine" }],
    ["addInvite", { ...invite, maxUses: 3, password: "another way" }],
    ["kick", { roomId: "x", memberId: "m", keepInvites: true }],
    ["answerKnock", { roomId: "x", knockId: "k", isAdmitted: false }],
    ["setVerified", { roomId: "x", memberId: "m", isVerified: true }],
    ["saveSettings", settings],
  ])("hands on %s as it was asked for", async (name, options) => {
    const { engine, say } = setUp();
    await say(call(name, options));
    expect(engine.calls).toEqual([{ name, options }]);
  });

  it.each([
    ["text_too_long", "send", { roomId: "x", text: "a".repeat(8_001) }],
    ["name_invalid", "createRoom", { ...create, displayName: "a".repeat(41) }],
    ["link_malformed", "inspectLink", { link: `https://a/sr#${"a".repeat(400)}` }],
    ["relay_malformed", "checkRelay", { origin: `https://${"a".repeat(300)}` }],
  ])("names what is too long: %s", async (code, name, options) => {
    const { say } = setUp();
    expect(await say(call(name, options))).toEqual(fault(code));
  });

  it.each([
    ["no object", 7],
    ["an array", ["call"]],
    ["no id", { kind: "call", name: "leave", options: {} }],
    ["a negative id", { kind: "call", id: -1, name: "leave", options: {} }],
    ["another kind", { kind: "snapshot", seq: 0 }],
  ])("hangs up on a frame that is %s", async (_, frame) => {
    const { engine, pair, say } = setUp();
    await say(frame);
    expect(pair.isClosed()).toBe(true);
    expect(engine.listeners()).toBe(0);
  });

  it("bounds the calls of one view that run at a time", async () => {
    const { say, frames } = setUp({ leave: () => new Promise(() => {}) });
    for (let n = 0; n < MAX_PENDING_CALLS; n += 1) await say({ ...call("leave", { roomId: "x" }), id: n + 10 });
    expect(await say(call("leave", { roomId: "x" }))).toEqual(fault("queue_full"));
    expect(frames.filter((frame) => JSON.stringify(frame).includes("fault"))).toHaveLength(1);
  });

  it("forgets a view that went away", async () => {
    const { engine, pair } = setUp();
    expect(engine.listeners()).toBe(1);
    pair.view.close();
    await delivered();
    expect(engine.listeners()).toBe(0);
  });
});

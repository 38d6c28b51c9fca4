// An engine that only pretends: rooms and messages from a script, no relay, no keys; it shows what is sent, and no more. For the gallery of screens and its tests.
import type { EngineClient } from "../../bridge/client.ts";
import type {
  EngineApi,
  EngineEvent,
  EngineFault,
  EngineSnapshot,
  LinkReport,
  MemberSnapshot,
  RoomSnapshot,
  RoomView,
  Settings,
  TimelineItem,
} from "../../bridge/contract.ts";
import { EngineError } from "../../bridge/fault.ts";

export const demoLink = "https://relay.example.org/sr#AQABcd3fGh1JkLmN0pQrStUvWxYz0123456789abcdefGHIJKLMNOPQR";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
export const demoIds = { self: "5f0c".padEnd(32, "1"), heron: "a91e".padEnd(32, "2"), otter: "37bd".padEnd(32, "3") };

export interface DemoScript {
  readonly settings?: Partial<Settings>;
  readonly rooms?: readonly RoomView[];
  /** The engine never answers. */
  readonly isSilent?: boolean;
  /** Commands that are refused, and why. */
  readonly faults?: { readonly [Name in keyof EngineApi]?: EngineFault };
  readonly link?: Partial<LinkReport>;
}

export function createDemoEngine(script: DemoScript): EngineClient {
  const settings: Settings = {
    relay: "https://relay.example.org",
    displayName: "",
    theme: "system",
    ...script.settings,
  };
  const snapshot: EngineSnapshot = { settings, rooms: script.rooms ?? [] };
  const listeners = new Set<(event: EngineEvent) => void>();
  const timelines = new Map(snapshot.rooms.map(({ room, timeline }) => [room.id, [...timeline]]));
  const answer = <T>(name: keyof EngineApi, value: T): (() => Promise<T>) => {
    const fault = script.faults?.[name];
    return async () => await (fault === undefined ? Promise.resolve(value) : Promise.reject(new EngineError(fault)));
  };
  const relay = { origin: settings.relay, maxRoomLifeS: 30 * 86_400, defaultRoomLifeS: 86_400, maxMembers: 50 };
  const link = { relayOrigin: "https://relay.example.org", hasPassword: false, askFirst: false, isKnownRelay: true };
  return {
    createRoom: answer("createRoom", { roomId: "lantern", link: demoLink }),
    inspectLink: answer("inspectLink", { ...link, roomId: undefined, ...script.link }),
    joinRoom: answer("joinRoom", { roomId: "lantern" }),
    send: async ({ roomId, text }) => {
      const item = say("self", text, { atMs: Date.now() });
      const timeline = [...(timelines.get(roomId) ?? []), item];
      timelines.set(roomId, timeline);
      const event = { kind: "timeline", id: roomId, items: [item], order: timeline.map(({ id }) => id) } as const;
      for (const listener of listeners) listener(event);
      return await answer("send", { messageId: item.id })();
    },
    retry: answer("retry", undefined),
    markRead: answer("markRead", undefined),
    leave: answer("leave", undefined),
    end: answer("end", undefined),
    kick: answer("kick", undefined),
    dismiss: answer("dismiss", undefined),
    reconnect: answer("reconnect", undefined),
    checkRelay: answer("checkRelay", relay),
    saveSettings: answer("saveSettings", settings),
    state: () => (script.isSilent === true ? "connecting" : "connected"),
    onState: () => () => undefined,
    onSnapshot: (listener) => {
      if (script.isSilent !== true) listener(snapshot);
      return () => undefined;
    },
    onEvent: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => undefined,
  };
}

export function demoRoom(change: Partial<RoomSnapshot> = {}, timeline: readonly TimelineItem[] = demoTalk()): RoomView {
  const room: RoomSnapshot = {
    id: "lantern",
    phase: "open",
    name: "Lantern 42",
    relayHost: "relay.example.org",
    selfId: demoIds.self,
    isOwner: true,
    members: demoMembers(),
    maxMembers: 50,
    endsAtMs: Date.now() + 23 * HOUR_MS + 58.5 * MINUTE_MS,
    link: demoLink,
    hasPassword: false,
    epoch: "4",
    unread: 0,
    undecryptable: 0,
    end: undefined,
    ...change,
  };
  return { room, timeline };
}

export function demoMembers(): readonly MemberSnapshot[] {
  return [
    { id: demoIds.self, name: "Badger 12", isSelf: true, isOwner: true, isOnline: true },
    { id: demoIds.heron, name: "Heron 7", isSelf: false, isOwner: false, isOnline: true },
    { id: demoIds.otter, name: "Otter 19", isSelf: false, isOwner: false, isOnline: false },
  ];
}

/** Half past two today, so that pictures do not change with the hour, unless that is still to come. */
const startMs = (): number => new Date().setHours(14, 2, 0, 0);

let lastId = 0;

export function say(from: keyof typeof demoIds, text: string, change: Partial<MessageItem> = {}): MessageItem {
  lastId += 1;
  const names = { self: "Badger 12", heron: "Heron 7", otter: "Otter 19" };
  const isOwn = from === "self";
  return {
    kind: "message",
    id: `m${lastId}`,
    from: demoIds[from],
    fromName: names[from],
    isOwn,
    text,
    atMs: startMs(),
    state: isOwn ? "sent" : "received",
    isLate: false,
    ...change,
  };
}
type MessageItem = Extract<TimelineItem, { kind: "message" }>;

export function note(kind: "joined" | "left" | "removed", fromName: string, atMs = startMs()): TimelineItem {
  lastId += 1;
  return { kind, id: `n${lastId}`, from: fromName.padEnd(32, "0"), fromName, atMs };
}

export function demoTalk(): readonly TimelineItem[] {
  const at = (minutes: number): { atMs: number } => ({ atMs: startMs() + minutes * MINUTE_MS });
  return [
    say("heron", "See you tomorrow then.", { atMs: startMs() - 20 * HOUR_MS }),
    { ...note("joined", "Badger 12", startMs() - MINUTE_MS), from: demoIds.self },
    say("heron", "Did you see the draft?"),
    say("heron", "The second page needs a call — https://relay.example.org/doc"),
    say("self", "Yes. Give me five minutes and we can share the screen in here.", at(1)),
    note("joined", "Otter 19", startMs() + 2 * MINUTE_MS),
    say("otter", "I can only listen today", at(3)),
    { kind: "gap", id: "gap", from: demoIds.otter, fromName: "Otter 19", count: 2, ...at(3) },
    say("self", "No problem 👍", at(3)),
  ];
}

export function demoStates(): readonly TimelineItem[] {
  return [
    say("self", "This one is through."),
    say("self", "This one waits for the relay.", { state: "queued" }),
    say("self", "This one did not make it.", { state: "failed" }),
    say("heron", "Written before the line broke, here only now.", { isLate: true }),
    note("left", "Otter 19"),
    note("removed", "Marten 3"),
  ];
}

export function demoHardText(): readonly TimelineItem[] {
  return [
    say("heron", `Longwordwithoutanyspace${"abcdefghij".repeat(12)}`),
    say("otter", "مرحبا، هل وصلت الرسالة؟ سنلتقي غدا في المكتبة."),
    say("self", "First line\nsecond line\n\n    indented fourth line"),
    say("heron", `https://relay.example.org/a/very/long/path/${"segment/".repeat(14)}?query=${"x".repeat(60)}`),
    say("self", "k"),
    say(
      "heron",
      "A paragraph that goes on for a while, so that one sees how lines break and where they end. ".repeat(4).trim(),
    ),
  ];
}

export function demoLongTalk(count = 300): readonly TimelineItem[] {
  const speakers = ["heron", "heron", "self", "otter", "self"] as const;
  return Array.from({ length: count }, (_, index) =>
    say(speakers[index % speakers.length] ?? "self", `Message ${index + 1} of ${count}`, {
      atMs: startMs() - (count - index) * 2 * MINUTE_MS,
    }),
  );
}

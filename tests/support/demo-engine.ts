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
} from "../../bridge/contract.ts";
import { EngineError } from "../../bridge/fault.ts";
import { demoInvite, demoLink, demoVerification, say } from "./demo-room.ts";

export interface DemoScript {
  readonly settings?: Partial<Settings>;
  readonly rooms?: readonly RoomView[];
  /** The engine never answers. */
  readonly isSilent?: boolean;
  /** Joining takes longer than anybody looks. */
  readonly isJoining?: boolean;
  /** Commands that are refused, and why. */
  readonly faults?: { readonly [Name in keyof EngineApi]?: EngineFault };
  readonly link?: Partial<LinkReport>;
}

export function createDemoEngine(script: DemoScript): EngineClient {
  const settings: Settings = {
    relay: "https://relay.example.org",
    displayName: "",
    theme: "system",
    sendsReceipts: true,
    sendsTyping: true,
    ...script.settings,
  };
  const snapshot: EngineSnapshot = { settings, rooms: script.rooms ?? [] };
  const listeners = new Set<(event: EngineEvent) => void>();
  const tell = (event: EngineEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const rooms = new Map(snapshot.rooms.map(({ room }) => [room.id, room]));
  /** A command that changes what is shown of the room. */
  const change =
    <O extends { readonly roomId: string }, T>(
      name: keyof EngineApi,
      value: T,
      by: (room: RoomSnapshot, options: O) => Partial<RoomSnapshot>,
    ) =>
    async (options: O): Promise<T> => {
      const result = await answer(name, value)();
      const room = rooms.get(options.roomId);
      if (room !== undefined) {
        const next = { ...room, ...by(room, options) };
        rooms.set(room.id, next);
        tell({ kind: "room", room: next });
      }
      return result;
    };
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
    joinRoom: script.isJoining === true ? forever : answer("joinRoom", { roomId: "lantern" }),
    send: async ({ roomId, text }) => {
      const item = say("self", text, { atMs: Date.now() });
      const timeline = [...(timelines.get(roomId) ?? []), item];
      timelines.set(roomId, timeline);
      const event = { kind: "timeline", id: roomId, items: [item], order: timeline.map(({ id }) => id) } as const;
      tell(event);
      return await answer("send", { messageId: item.id })();
    },
    retry: answer("retry", undefined),
    markRead: answer("markRead", undefined),
    leave: change("leave", undefined, () => ({ phase: "ended", end: { reason: "left", fault: undefined } })),
    end: answer("end", undefined),
    kick: change("kick", undefined, (room, { memberId }) => ({
      members: room.members.filter(({ id }) => id !== memberId),
    })),
    addInvite: answer("addInvite", { inviteId: demoInvite().id, link: demoLink }),
    revokeInvite: change("revokeInvite", undefined, (room, { inviteId }) => ({
      invites: room.invites.filter(({ id }) => id !== inviteId),
    })),
    rotateInvite: answer("rotateInvite", { inviteId: demoInvite().id, link: demoLink }),
    answerKnock: change("answerKnock", undefined, (room, { knockId }) => ({
      knocks: room.knocks.filter(({ id }) => id !== knockId),
    })),
    setLocked: change("setLocked", undefined, (_, { isLocked }) => ({ isLocked })),
    setMaxMembers: change("setMaxMembers", undefined, (_, { maxMembers }) => ({ maxMembers })),
    handOver: answer("handOver", undefined),
    setDelegate: change("setDelegate", undefined, (room, { memberId, isDelegate }) =>
      withMember(room, memberId, { isDelegate }),
    ),
    setTyping: answer("setTyping", undefined),
    verification: answer("verification", demoVerification()),
    setVerified: change("setVerified", undefined, (room, { memberId, isVerified }) =>
      withMember(room, memberId, { isVerified }),
    ),
    compareEmoji: change("compareEmoji", undefined, () => ({ emoji: { state: "waiting", emoji: [], memberIds: [] } })),
    closeEmoji: change("closeEmoji", undefined, () => ({ emoji: undefined })),
    dismiss: answer("dismiss", undefined),
    reconnect: answer("reconnect", undefined),
    checkRelay: answer("checkRelay", relay),
    saveSettings: async (next) => {
      const saved = await answer("saveSettings", next)();
      tell({ kind: "settings", settings: saved });
      return saved;
    },
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

const forever = async (): Promise<never> => await new Promise<never>(() => undefined);

function withMember(room: RoomSnapshot, id: string, change: Partial<MemberSnapshot>): Partial<RoomSnapshot> {
  return { members: room.members.map((member) => (member.id === id ? { ...member, ...change } : member)) };
}

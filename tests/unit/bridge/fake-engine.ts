// An engine that records commands and says what a test tells it to.
import type { EngineEvent, EngineHost, EngineSnapshot, RoomSnapshot, Settings } from "../../../bridge/contract.ts";
import { commandNames } from "../../../bridge/contract.ts";

export interface FakeEngine extends EngineHost {
  emit(event: EngineEvent): void;
  readonly calls: { readonly name: string; readonly options: unknown }[];
  listeners(): number;
}

export const settings: Settings = {
  relay: "https://relay.example.org",
  displayName: "Heron",
  theme: "dark",
  sendsReceipts: true,
  sendsTyping: false,
};

export function fakeEngine(commands: Partial<EngineHost> = {}): FakeEngine {
  const listeners = new Set<(event: EngineEvent) => void>();
  const calls: { name: string; options: unknown }[] = [];
  const record = (name: string) => (options: unknown) => {
    calls.push({ name, options });
    return Promise.resolve({ did: name });
  };
  const snapshot: EngineSnapshot = { settings, rooms: [] };
  return {
    ...(Object.fromEntries(commandNames.map((name) => [name, record(name)])) as unknown as EngineHost),
    snapshot: () => snapshot,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ...commands,
    emit: (event) => listeners.forEach((listener) => listener(event)),
    calls,
    listeners: () => listeners.size,
  };
}

export function roomSnapshot(change: Partial<RoomSnapshot> = {}): RoomSnapshot {
  return {
    id: "room-1",
    phase: "open",
    name: "Harbour",
    relayHost: "relay.example.org",
    selfId: "a".repeat(32),
    entry: undefined,
    isOwner: true,
    isDelegate: false,
    isReadOnly: false,
    isLocked: false,
    members: [],
    maxMembers: 8,
    invites: [],
    knocks: [],
    warning: undefined,
    emoji: undefined,
    endsAtMs: 0,
    link: undefined,
    hasPassword: false,
    epoch: "0",
    unread: 0,
    undecryptable: 0,
    end: undefined,
    ...change,
  };
}

// The only view of the engine that views have: commands, snapshots and numbered events. All values are plain data that
// survives a structured clone. Nothing secret but the invite link and what people wrote is in here.

/** Why a command was not carried out, or why a room ended. Views translate codes; errors hold no text for people. */
export const engineFaults = [
  // links and relays
  "link_malformed",
  "link_unsupported_version",
  "relay_missing",
  "relay_malformed",
  "relay_unreachable",
  "relay_not_compatible",
  // joining
  "not_admitted",
  "password_required",
  "password_wrong",
  "room_full",
  "room_locked",
  "room_ended",
  "room_unverified",
  // commands
  "unknown_room",
  "not_allowed",
  "text_too_long",
  "name_invalid",
  "queue_full",
  "rate_limited",
  "malformed",
  "unsupported",
  "engine_lost",
  "timed_out",
  "internal",
] as const;
export type EngineFault = (typeof engineFaults)[number];

/** Identifies a room inside this browser only: random, unknown to the relay and to other members. */
export type LocalRoomId = string;

export type RoomPhase =
  /** creating, or proving the invite and waiting for the ticket */
  | "joining"
  /** inside: messages go out at once */
  | "open"
  /** connection lost or epoch unknown: messages queue */
  | "reconnecting"
  /** terminal: nothing of the room is kept but this line */
  | "ended";

export type EndReason = "expired" | "destroyed" | "emptied" | "left" | "removed" | "failed";

export interface MemberSnapshot {
  /** 32 hexadecimal digits, derived from the member's key. */
  readonly id: string;
  readonly name: string;
  readonly isSelf: boolean;
  readonly isOwner: boolean;
  /** Heard from lately. */
  readonly isOnline: boolean;
}

export type TimelineItem =
  | {
      readonly kind: "message";
      readonly id: string;
      readonly from: string;
      readonly fromName: string;
      readonly isOwn: boolean;
      readonly text: string;
      /** Wall clock of this device when the message was composed or arrived. */
      readonly atMs: number;
      readonly state: "queued" | "sent" | "received" | "failed";
      readonly isLate: boolean;
    }
  /** Messages of one member that were sent and did not arrive. */
  | {
      readonly kind: "gap";
      readonly id: string;
      readonly from: string;
      readonly fromName: string;
      readonly count: number;
      readonly atMs: number;
    }
  | {
      readonly kind: "joined" | "left" | "removed";
      readonly id: string;
      readonly from: string;
      readonly fromName: string;
      readonly atMs: number;
    };

export interface RoomSnapshot {
  readonly id: LocalRoomId;
  readonly phase: RoomPhase;
  readonly name: string;
  readonly relayHost: string;
  readonly selfId: string;
  readonly isOwner: boolean;
  readonly members: readonly MemberSnapshot[];
  readonly maxMembers: number;
  /** Wall clock of this device at which the room ends. Zero while joining. */
  readonly endsAtMs: number;
  /** The invite link, held by those who may hand it on. */
  readonly link: string | undefined;
  readonly hasPassword: boolean;
  readonly epoch: string;
  /** Incoming texts since a view last marked the room as read. */
  readonly unread: number;
  /** Things that arrived and could not be opened. */
  readonly undecryptable: number;
  readonly end: { readonly reason: EndReason; readonly fault: EngineFault | undefined } | undefined;
}

export interface RoomView {
  readonly room: RoomSnapshot;
  /** In screen order. */
  readonly timeline: readonly TimelineItem[];
}

export interface Settings {
  /** Origin of the relay for new rooms, e.g. `https://relay.example.org`; empty when none is chosen yet. */
  readonly relay: string;
  readonly displayName: string;
  readonly theme: "system" | "light" | "dark";
}

export interface EngineSnapshot {
  readonly settings: Settings;
  readonly rooms: readonly RoomView[];
}

export type EngineEvent =
  | { readonly kind: "room"; readonly room: RoomSnapshot }
  | { readonly kind: "room-gone"; readonly id: LocalRoomId }
  /** `items` replace those of the same id or are new; `order` lists all ids in screen order. */
  | {
      readonly kind: "timeline";
      readonly id: LocalRoomId;
      readonly items: readonly TimelineItem[];
      readonly order: readonly string[];
    }
  | { readonly kind: "settings"; readonly settings: Settings };

export interface RelayReport {
  readonly origin: string;
  readonly maxRoomLifeS: number;
  readonly defaultRoomLifeS: number;
  readonly maxMembers: number;
}

export interface LinkReport {
  readonly relayOrigin: string;
  readonly hasPassword: boolean;
  readonly askFirst: boolean;
  /** The relay of this link is the one in the settings. */
  readonly isKnownRelay: boolean;
  /** This browser is already inside by this link. */
  readonly roomId: LocalRoomId | undefined;
}

/** Commands: every one resolves with its result or rejects with an {@link EngineFault}. */
export interface EngineApi {
  createRoom(options: {
    readonly name: string;
    readonly displayName: string;
    readonly expiresInS: number;
    readonly password?: string;
    readonly maxMembers: number;
  }): Promise<{ readonly roomId: LocalRoomId; readonly link: string }>;
  inspectLink(options: { readonly link: string }): Promise<LinkReport>;
  joinRoom(options: {
    readonly link: string;
    readonly displayName: string;
    readonly password?: string;
  }): Promise<{ readonly roomId: LocalRoomId }>;
  send(options: { readonly roomId: LocalRoomId; readonly text: string }): Promise<{ readonly messageId: string }>;
  retry(options: { readonly roomId: LocalRoomId; readonly messageId: string }): Promise<void>;
  markRead(options: { readonly roomId: LocalRoomId }): Promise<void>;
  /** Leaves on purpose; the room ends when nobody is left. */
  leave(options: { readonly roomId: LocalRoomId }): Promise<void>;
  /** Owner only: ends the room for everybody. */
  end(options: { readonly roomId: LocalRoomId }): Promise<void>;
  /** Owner only: removes a member. */
  kick(options: { readonly roomId: LocalRoomId; readonly memberId: string }): Promise<void>;
  /** Forgets an ended room. */
  dismiss(options: { readonly roomId: LocalRoomId }): Promise<void>;
  /** Tries to reach the relay now instead of at the next turn of the back-off. */
  reconnect(options: { readonly roomId: LocalRoomId }): Promise<void>;
  checkRelay(options: { readonly origin: string }): Promise<RelayReport>;
  saveSettings(options: Settings): Promise<Settings>;
}

export const commandNames = [
  "createRoom",
  "inspectLink",
  "joinRoom",
  "send",
  "retry",
  "markRead",
  "leave",
  "end",
  "kick",
  "dismiss",
  "reconnect",
  "checkRelay",
  "saveSettings",
] as const satisfies readonly (keyof EngineApi)[];
export type CommandName = (typeof commandNames)[number];

/** What serves the bridge: implemented by the engine, called by bridge/host.ts. */
export interface EngineHost extends EngineApi {
  snapshot(): EngineSnapshot;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
}

export const MAX_TEXT_CHARS = 8_000;
export const MAX_NAME_CHARS = 40;
export const MAX_ROOM_NAME_CHARS = 60;
export const MAX_LINK_CHARS = 400;
export const MAX_PASSWORD_CHARS = 200;
export const MAX_ORIGIN_CHARS = 300;

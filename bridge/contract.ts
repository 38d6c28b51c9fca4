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
  /** The owner does not let this person in. */
  "knock_denied",
  // commands
  "unknown_room",
  "not_allowed",
  "read_only",
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
  /** May remove people, and let in those who ask. */
  readonly isDelegate: boolean;
  readonly isReadOnly: boolean;
  /** Heard from lately. */
  readonly isOnline: boolean;
  /** This person has compared the other's fingerprint, or the emoji, and said that they match. */
  readonly isVerified: boolean;
  readonly isTyping: boolean;
}

/** An invite, as the owner and delegates see it. */
export interface InviteSnapshot {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** Only for those that this browser made; nobody else holds the secret. */
  readonly link: string | undefined;
  readonly hasPassword: boolean;
  readonly askFirst: boolean;
  readonly readOnly: boolean;
  /** 0 means open. */
  readonly maxUses: number;
  readonly used: number;
  /** Wall clock of this device; undefined for invites of others. */
  readonly expiresAtMs: number | undefined;
  readonly byName: string;
  readonly isOwn: boolean;
  /** Proofs of it that failed at the relay: somebody guesses the password. */
  readonly failures: number;
}

/** Somebody who asks to be let in. */
export interface KnockSnapshot {
  readonly id: string;
  /** The member id they would have. */
  readonly memberId: string;
  readonly name: string;
  readonly atMs: number;
}

/** Something about the room that people must know before they trust it. */
export type RoomWarning =
  /** `members` show another version of the room than ours: somebody shows people different rooms. */
  | { readonly kind: "split"; readonly names: readonly string[] }
  /** Others are ahead of us; nothing is sent until we have caught up. */
  | { readonly kind: "behind"; readonly names: readonly string[] }
  /** Said different things to different people. */
  | { readonly kind: "equivocation"; readonly names: readonly string[] };

/** Short emoji that everybody in a round compares. */
export interface EmojiRound {
  readonly state: "waiting" | "shown" | "failed";
  /** Indices below 64 into the emoji list, once everybody has shown what they committed to. */
  readonly emoji: readonly number[];
  /** Everybody who takes part, this person too. */
  readonly memberIds: readonly string[];
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
      readonly state: "queued" | "sent" | "delivered" | "received" | "failed";
      /** How many of the others have confirmed that it arrived. */
      readonly deliveredTo: number;
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
  /** `gone`: taken out because the connection was lost for long. */
  | {
      readonly kind: "joined" | "left" | "removed" | "gone" | "returned";
      readonly id: string;
      readonly from: string;
      readonly fromName: string;
      readonly atMs: number;
      /** joined: whose invite it was; removed: who did it. */
      readonly byName: string | undefined;
      /** joined by an invite that asks first: who let them in. */
      readonly approvedByName: string | undefined;
    }
  /** A change that owner or delegates made; `fromName` is whom it is about, or who did it where it is about nobody. */
  | {
      readonly kind: "changed";
      readonly id: string;
      readonly what: "locked" | "unlocked" | "limit" | "owner" | "delegate" | "undelegate" | "invite" | "revoke";
      readonly from: string;
      readonly fromName: string;
      readonly byName: string;
      readonly atMs: number;
    };

export interface RoomSnapshot {
  readonly id: LocalRoomId;
  readonly phase: RoomPhase;
  /** While joining: what is being waited for. */
  readonly entry: "connecting" | "password" | "knocking" | "entering" | undefined;
  readonly name: string;
  readonly relayHost: string;
  readonly selfId: string;
  readonly isOwner: boolean;
  readonly isDelegate: boolean;
  /** This person may read only. */
  readonly isReadOnly: boolean;
  /** Nobody can come in. */
  readonly isLocked: boolean;
  readonly members: readonly MemberSnapshot[];
  readonly maxMembers: number;
  /** For the owner and delegates; empty for everybody else. */
  readonly invites: readonly InviteSnapshot[];
  readonly knocks: readonly KnockSnapshot[];
  readonly warning: RoomWarning | undefined;
  readonly emoji: EmojiRound | undefined;
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
  readonly end:
    | { readonly reason: EndReason; readonly fault: EngineFault | undefined; readonly byName?: string | undefined }
    | undefined;
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
  /** Tell others what has arrived here. */
  readonly sendsReceipts: boolean;
  /** Tell others that this person is typing. */
  readonly sendsTyping: boolean;
}

/** What a new invite lets its holder do, and for how long. */
export interface InviteOptions {
  readonly password?: string;
  readonly askFirst: boolean;
  readonly readOnly: boolean;
  /** 0 means open. */
  readonly maxUses: number;
  readonly expiresInS: number;
}

export interface Verification {
  /** Eight words, equal for everybody who is in the same room. */
  readonly words: readonly string[];
  /** Thirty digits per member. */
  readonly fingerprints: readonly { readonly memberId: string; readonly digits: string }[];
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
    /** The first invite asks before it lets anybody in; false when absent. */
    readonly askFirst?: boolean;
    readonly maxMembers: number;
  }): Promise<{ readonly roomId: LocalRoomId; readonly link: string }>;
  inspectLink(options: { readonly link: string }): Promise<LinkReport>;
  /** Resolves when inside or, with an invite that asks first, when the knock is on its way: `phase` tells the rest. */
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
  /** Owner and delegates: removes a member. Open invites are replaced by new ones unless `keepInvites`. */
  kick(options: {
    readonly roomId: LocalRoomId;
    readonly memberId: string;
    readonly keepInvites?: boolean;
  }): Promise<void>;
  /** Owner and delegates. */
  addInvite(
    options: InviteOptions & { readonly roomId: LocalRoomId },
  ): Promise<{ readonly inviteId: string; readonly link: string }>;
  revokeInvite(options: { readonly roomId: LocalRoomId; readonly inviteId: string }): Promise<void>;
  /** The old link stops working, a new one of the same kind takes its place. Only the maker of an invite can. */
  rotateInvite(options: {
    readonly roomId: LocalRoomId;
    readonly inviteId: string;
  }): Promise<{ readonly inviteId: string; readonly link: string }>;
  answerKnock(options: {
    readonly roomId: LocalRoomId;
    readonly knockId: string;
    readonly isAdmitted: boolean;
  }): Promise<void>;
  /** Owner only. */
  setLocked(options: { readonly roomId: LocalRoomId; readonly isLocked: boolean }): Promise<void>;
  /** Owner only; never above what the room was made with. */
  setMaxMembers(options: { readonly roomId: LocalRoomId; readonly maxMembers: number }): Promise<void>;
  /** Owner only: makes another member the owner. */
  handOver(options: { readonly roomId: LocalRoomId; readonly memberId: string }): Promise<void>;
  /** Owner only. */
  setDelegate(options: {
    readonly roomId: LocalRoomId;
    readonly memberId: string;
    readonly isDelegate: boolean;
  }): Promise<void>;
  setTyping(options: { readonly roomId: LocalRoomId; readonly isTyping: boolean }): Promise<void>;
  verification(options: { readonly roomId: LocalRoomId }): Promise<Verification>;
  setVerified(options: {
    readonly roomId: LocalRoomId;
    readonly memberId: string;
    readonly isVerified: boolean;
  }): Promise<void>;
  /** Begins a round of short emoji with everybody who is here; `emoji` of the room tells how it goes. */
  compareEmoji(options: { readonly roomId: LocalRoomId }): Promise<void>;
  /** Ends the round, on this device. */
  closeEmoji(options: { readonly roomId: LocalRoomId }): Promise<void>;
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
  "addInvite",
  "revokeInvite",
  "rotateInvite",
  "answerKnock",
  "setLocked",
  "setMaxMembers",
  "handOver",
  "setDelegate",
  "setTyping",
  "verification",
  "setVerified",
  "compareEmoji",
  "closeEmoji",
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

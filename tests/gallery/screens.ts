// Every screen in every state worth a look, by name.
import type { Shell } from "../../bridge/shell.ts";
import type { Layer, Place } from "../../stores/navigation.ts";
import type { RoomSnapshot, RoomView } from "../../bridge/contract.ts";
import {
  demoChanges,
  demoCrowd,
  demoHardText,
  demoIds,
  demoInvites,
  demoKnocks,
  demoLink,
  demoLongTalk,
  demoRoom,
  demoStates,
  demoTalk,
  say,
} from "../support/demo-room.ts";
import type { DemoScript } from "../support/demo-engine.ts";

export interface Screen extends DemoScript {
  readonly surface?: Shell["surface"];
  readonly place?: Place;
  readonly layer?: Layer;
  /** What is typed into fields, by test id, before anything is clicked. */
  readonly fills?: Readonly<Record<string, string>>;
  /** How long the screen takes to get into its state after the last click. */
  readonly waitMs?: number;
  /** Test ids clicked one after the other once the page stands. */
  readonly clicks?: readonly string[];
  readonly draft?: string;
}

const room: Place = { kind: "room", roomId: "lantern" };
const join: Place = { kind: "join", link: demoLink };
const inRoom = (view: RoomView, more: Partial<Screen> = {}): Screen => ({ rooms: [view], place: room, ...more });
const ended = (reason: "expired" | "destroyed" | "emptied" | "left" | "removed"): Screen =>
  inRoom(demoRoom({ phase: "ended", end: { reason, fault: undefined } }, []));
type JoinFault = "not_admitted" | "room_full" | "room_locked" | "room_unverified" | "link_unsupported_version";
const joinFault = (fault: JoinFault): Screen => ({
  place: join,
  clicks: ["join"],
  faults: { joinRoom: fault },
});

const withWarning = (warning: RoomSnapshot["warning"]): Screen => inRoom(demoRoom({ warning }));
const withEmoji = (emoji: RoomSnapshot["emoji"]): Screen =>
  inRoom(demoRoom({ emoji, members: demoCrowd() }), { layer: { kind: "verify", roomId: "lantern" } });
const knocking = demoRoom({ phase: "joining", entry: "knocking", name: "", endsAtMs: 0 }, []);
const asModerator: Partial<RoomSnapshot> = { isOwner: false, isDelegate: true, invites: demoInvites() };
const typing = (count: number): RoomSnapshot["members"] =>
  demoCrowd().map((member, index) => ({ ...member, isTyping: index > 0 && index <= count }));

const severalRooms: readonly RoomView[] = [
  demoRoom({ unread: 2 }),
  demoRoom({ id: "harbour", name: "Harbour 7", unread: 128, endsAtMs: Date.now() + 35 * 60_000 }, [
    say("otter", "A last line that is much too long to fit beside the time that is left in any panel"),
  ]),
  demoRoom(
    {
      id: "long",
      name: "A room with a name that is as long as names may be, sixty",
      endsAtMs: Date.now() + 6 * 86_400_000,
    },
    [],
  ),
  demoRoom({ id: "attic", name: "Attic 3", phase: "reconnecting" }),
  demoRoom({ id: "mill", name: "Mill 5", knocks: demoKnocks(2) }),
  demoRoom({ id: "cove", name: "Cove 12", phase: "joining", entry: "knocking", endsAtMs: 0 }, []),
  demoRoom({ id: "pier", name: "Pier 88", phase: "joining", endsAtMs: 0 }, []),
  demoRoom({ id: "old", name: "Meadow 9", phase: "ended", end: { reason: "expired", fault: undefined } }, []),
];

export const screens: Record<string, Screen> = {
  starting: { isSilent: true },
  "first-use": { settings: { relay: "" } },
  "first-use-error": { settings: { relay: "" }, clicks: ["save-relay"] },
  "home-empty": {},
  home: { rooms: severalRooms },
  create: { rooms: [demoRoom()], layer: { kind: "create" } },
  "create-password": { layer: { kind: "create" }, clicks: ["use-password", "suggest-password", "ask-first"] },
  "create-refused": { layer: { kind: "create" }, clicks: ["create-room"], faults: { createRoom: "relay_unreachable" } },
  share: inRoom(demoRoom(), { layer: { kind: "share", roomId: "lantern", isCopied: true } }),
  "share-demanding": inRoom(demoRoom({ invites: demoInvites(), hasPassword: true }), {
    layer: { kind: "share", roomId: "lantern", isCopied: false, inviteId: "1b".padEnd(32, "7") },
  }),
  "share-password": inRoom(demoRoom({ invites: demoInvites(), hasPassword: true }), {
    layer: { kind: "share", roomId: "lantern", isCopied: false },
  }),
  "share-none": inRoom(demoRoom({ link: undefined }), {
    layer: { kind: "share", roomId: "lantern", isCopied: false },
  }),
  invites: inRoom(demoRoom({ invites: demoInvites() }), { layer: { kind: "invites", roomId: "lantern" } }),
  "invites-menu": inRoom(demoRoom({ invites: demoInvites() }), {
    layer: { kind: "invites", roomId: "lantern" },
    clicks: ["invite-more"],
  }),
  "invites-moderator": inRoom(demoRoom({ ...asModerator, isLocked: true }), {
    layer: { kind: "invites", roomId: "lantern" },
  }),
  "invites-none": inRoom(demoRoom({ invites: [] }), { layer: { kind: "invites", roomId: "lantern" } }),
  "new-invite": inRoom(demoRoom(), { layer: { kind: "newInvite", roomId: "lantern" }, clicks: ["use-password"] }),
  "new-invite-refused": inRoom(demoRoom(), {
    layer: { kind: "newInvite", roomId: "lantern" },
    clicks: ["use-some", "create-invite"],
    faults: { addInvite: "not_allowed" },
  }),
  "confirm-revoke": inRoom(demoRoom(), { layer: { kind: "revoke", roomId: "lantern", inviteId: "x" } }),
  "confirm-rotate": inRoom(demoRoom(), { layer: { kind: "rotate", roomId: "lantern", inviteId: "x" } }),
  join: { place: join },
  "join-password": { place: join, link: { hasPassword: true, askFirst: true }, clicks: ["join"] },
  "join-password-wrong": {
    place: join,
    link: { hasPassword: true },
    fills: { password: "four words of mine" },
    clicks: ["join"],
    faults: { joinRoom: "password_wrong" },
  },
  "join-too-fast": {
    place: join,
    link: { hasPassword: true },
    fills: { password: "four words of mine" },
    clicks: ["show-password", "join"],
    faults: { joinRoom: "rate_limited" },
  },
  "join-checking": {
    place: join,
    link: { hasPassword: true },
    fills: { password: "four words of mine" },
    clicks: ["join"],
    isJoining: true,
    waitMs: 200,
  },
  knocking: inRoom(knocking),
  "knock-checking": inRoom(demoRoom({ phase: "joining", entry: "password", name: "", endsAtMs: 0 }, [])),
  "join-unknown-relay": { place: join, link: { isKnownRelay: false, relayOrigin: "https://relay.foo.example" } },
  "join-busy-name": { place: join, clicks: ["join"], faults: { joinRoom: "name_invalid" } },
  room: inRoom(demoRoom(), { rooms: [demoRoom(), ...severalRooms.slice(1, 3)] }),
  "room-tab": inRoom(demoRoom(), { surface: "tab", rooms: [demoRoom(), ...severalRooms.slice(1, 3)] }),
  "room-empty": inRoom(demoRoom({}, [])),
  "room-states": inRoom(demoRoom({ undecryptable: 3 }, demoStates()), { draft: "A draft\nof two lines" }),
  "room-hard-text": inRoom(
    demoRoom({ name: "A room with a name that is as long as names may be, sixty" }, demoHardText()),
  ),
  "room-long": inRoom(demoRoom({}, demoLongTalk()), { draft: "x".repeat(7_000) }),
  "room-unread": inRoom(demoRoom({ unread: 2, endsAtMs: Date.now() + 35 * 60_000 }, demoTalk())),
  "room-knock": inRoom(demoRoom({ knocks: demoKnocks() })),
  "room-knocks": inRoom(demoRoom({ knocks: demoKnocks(5) })),
  "room-changes": inRoom(demoRoom({ isLocked: true }, demoChanges())),
  "room-read-only": inRoom(demoRoom({ isOwner: false, isReadOnly: true })),
  "room-typing": inRoom(demoRoom({ members: typing(2) })),
  "room-typing-many": inRoom(demoRoom({ members: typing(4) })),
  "room-split": withWarning({ kind: "split", names: ["Heron 7"] }),
  "room-split-many": withWarning({ kind: "split", names: ["Heron 7", "Otter 19", "Marten 3"] }),
  "room-behind": withWarning({ kind: "behind", names: ["Heron 7"] }),
  "room-equivocation": withWarning({ kind: "equivocation", names: ["Heron 7"] }),
  "room-emoji-asked": inRoom(demoRoom({ emoji: { state: "waiting", emoji: [], memberIds: [demoIds.heron] } })),
  "room-everything": inRoom(
    demoRoom({
      knocks: demoKnocks(3),
      warning: { kind: "split", names: [] },
      emoji: { state: "waiting", emoji: [], memberIds: [demoIds.heron] },
      phase: "reconnecting",
      members: typing(1),
    }),
  ),
  "room-reconnecting": inRoom(demoRoom({ phase: "reconnecting" })),
  "room-menu": inRoom(demoRoom(), { clicks: ["more"] }),
  "room-people": inRoom(demoRoom(), { layer: { kind: "people", roomId: "lantern" } }),
  "room-crowd": inRoom(demoRoom({ members: demoCrowd() }), { layer: { kind: "people", roomId: "lantern" } }),
  "room-crowd-menu": inRoom(demoRoom({ members: demoCrowd() }), {
    layer: { kind: "people", roomId: "lantern" },
    clicks: ["member-more"],
  }),
  "room-crowd-moderator": inRoom(demoRoom({ ...asModerator, members: demoCrowd() }), {
    layer: { kind: "people", roomId: "lantern" },
  }),
  "room-limit-refused": inRoom(demoRoom({ isLocked: true }), {
    layer: { kind: "people", roomId: "lantern" },
    fills: { "most-people": "99" },
    clicks: ["save-most"],
    faults: { setMaxMembers: "malformed" },
  }),
  verify: inRoom(demoRoom({ members: demoCrowd() }), { layer: { kind: "verify", roomId: "lantern" } }),
  "verify-member": inRoom(demoRoom({ members: demoCrowd() }), {
    layer: { kind: "verify", roomId: "lantern", memberId: demoIds.otter },
    clicks: ["fingerprint-qr"],
  }),
  "verify-failed": inRoom(demoRoom(), {
    layer: { kind: "verify", roomId: "lantern" },
    faults: { verification: "internal" },
  }),
  "emoji-waiting": withEmoji({ state: "waiting", emoji: [], memberIds: [] }),
  "emoji-shown": withEmoji({
    state: "shown",
    emoji: [0, 21, 16, 41, 63, 8, 34],
    memberIds: [demoIds.heron, demoIds.otter],
  }),
  "emoji-failed": withEmoji({ state: "failed", emoji: [], memberIds: [] }),
  "emoji-differ": {
    ...withEmoji({ state: "shown", emoji: [1, 2, 3, 4, 5, 6, 7], memberIds: [demoIds.heron] }),
    clicks: ["emoji-differ"],
  },
  "room-opening": inRoom(demoRoom({ phase: "joining", endsAtMs: 0 })),
  "confirm-leave": inRoom(demoRoom({ isOwner: false }), { layer: { kind: "leave", roomId: "lantern" } }),
  "confirm-leave-owner": inRoom(demoRoom({ members: demoCrowd() }), { layer: { kind: "leave", roomId: "lantern" } }),
  "confirm-destroy": inRoom(demoRoom(), { layer: { kind: "destroy", roomId: "lantern" } }),
  "confirm-kick": inRoom(demoRoom(), { layer: { kind: "kick", roomId: "lantern", memberId: demoIds.heron } }),
  "confirm-moderator": inRoom(demoRoom(), {
    layer: { kind: "makeModerator", roomId: "lantern", memberId: demoIds.heron },
  }),
  "confirm-hand-over": inRoom(demoRoom(), {
    layer: { kind: "handOver", roomId: "lantern", memberId: demoIds.heron },
  }),
  "end-expired": ended("expired"),
  "end-destroyed": ended("destroyed"),
  "end-emptied": ended("emptied"),
  "end-left": ended("left"),
  "end-removed": ended("removed"),
  "end-removed-by": inRoom(
    demoRoom({ phase: "ended", end: { reason: "removed", fault: undefined, byName: "Heron 7" } }, []),
  ),
  "end-denied": inRoom(demoRoom({ phase: "ended", end: { reason: "failed", fault: "knock_denied" } }, [])),
  "end-failed": inRoom(demoRoom({ phase: "ended", end: { reason: "failed", fault: "internal" } })),
  "end-bad-link": { place: { kind: "refused", fault: "link_malformed" } },
  "end-used-link": { place: { kind: "refused", fault: "link_used" } },
  "end-relay-down": { place: join, clicks: ["join"], faults: { joinRoom: "relay_unreachable" } },
  "end-not-admitted": joinFault("not_admitted"),
  "end-full": joinFault("room_full"),
  "end-locked": joinFault("room_locked"),
  "end-unverified": joinFault("room_unverified"),
  "end-version": joinFault("link_unsupported_version"),
  options: { surface: "options" },
  "options-saved": { surface: "options", settings: { displayName: "Badger 12" }, clicks: ["save-name", "save-relay"] },
  "options-error": { surface: "options", clicks: ["save-relay"], faults: { checkRelay: "relay_not_compatible" } },
};

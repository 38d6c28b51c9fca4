// Every screen in every state worth a look, by name.
import type { Shell } from "../../bridge/shell.ts";
import type { Layer, Place } from "../../stores/navigation.ts";
import {
  demoHardText,
  demoIds,
  demoLink,
  demoLongTalk,
  demoRoom,
  demoStates,
  demoTalk,
  say,
} from "../support/demo-engine.ts";
import type { DemoScript } from "../support/demo-engine.ts";
import type { RoomView } from "../../bridge/contract.ts";

export interface Screen extends DemoScript {
  readonly surface?: Shell["surface"];
  readonly place?: Place;
  readonly layer?: Layer;
  /** Test ids clicked one after the other once the page stands. */
  readonly clicks?: readonly string[];
  readonly draft?: string;
}

const room: Place = { kind: "room", roomId: "lantern" };
const join: Place = { kind: "join", link: demoLink };
const inRoom = (view: RoomView, more: Partial<Screen> = {}): Screen => ({ rooms: [view], place: room, ...more });
const ended = (reason: "expired" | "destroyed" | "emptied" | "left" | "removed"): Screen =>
  inRoom(demoRoom({ phase: "ended", end: { reason, fault: undefined } }, []));
const joinFault = (fault: "not_admitted" | "room_full" | "room_unverified" | "link_unsupported_version"): Screen => ({
  place: join,
  clicks: ["join"],
  faults: { joinRoom: fault },
});

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
  "create-refused": { layer: { kind: "create" }, clicks: ["create-room"], faults: { createRoom: "relay_unreachable" } },
  share: inRoom(demoRoom(), { layer: { kind: "share", roomId: "lantern", isCopied: true } }),
  "share-none": inRoom(demoRoom({ link: undefined }), {
    layer: { kind: "share", roomId: "lantern", isCopied: false },
  }),
  join: { place: join },
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
  "room-reconnecting": inRoom(demoRoom({ phase: "reconnecting" })),
  "room-menu": inRoom(demoRoom(), { clicks: ["more"] }),
  "room-people": inRoom(demoRoom(), { layer: { kind: "people", roomId: "lantern" } }),
  "room-opening": inRoom(demoRoom({ phase: "joining", endsAtMs: 0 })),
  "confirm-leave": inRoom(demoRoom(), { layer: { kind: "leave", roomId: "lantern" } }),
  "confirm-destroy": inRoom(demoRoom(), { layer: { kind: "destroy", roomId: "lantern" } }),
  "confirm-kick": inRoom(demoRoom(), { layer: { kind: "kick", roomId: "lantern", memberId: demoIds.heron } }),
  "end-expired": ended("expired"),
  "end-destroyed": ended("destroyed"),
  "end-emptied": ended("emptied"),
  "end-left": ended("left"),
  "end-removed": ended("removed"),
  "end-failed": inRoom(demoRoom({ phase: "ended", end: { reason: "failed", fault: "internal" } })),
  "end-bad-link": { place: { kind: "refused", fault: "link_malformed" } },
  "end-used-link": { place: { kind: "refused", fault: "link_used" } },
  "end-relay-down": { place: join, clicks: ["join"], faults: { joinRoom: "relay_unreachable" } },
  "end-not-admitted": joinFault("not_admitted"),
  "end-full": joinFault("room_full"),
  "end-unverified": joinFault("room_unverified"),
  "end-version": joinFault("link_unsupported_version"),
  options: { surface: "options" },
  "options-saved": { surface: "options", settings: { displayName: "Badger 12" }, clicks: ["save-name", "save-relay"] },
  "options-error": { surface: "options", clicks: ["save-relay"], faults: { checkRelay: "relay_not_compatible" } },
};

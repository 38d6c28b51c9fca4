// Rooms, people and conversations to look at: for the demo engine and the gallery of screens.
import type {
  InviteSnapshot,
  KnockSnapshot,
  MemberSnapshot,
  RoomSnapshot,
  RoomView,
  TimelineItem,
  Verification,
} from "../../bridge/contract.ts";

export const demoLink = "https://relay.example.org/sr#AQABcd3fGh1JkLmN0pQrStUvWxYz0123456789abcdefGHIJKLMNOPQR";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
export const demoIds = { self: "5f0c".padEnd(32, "1"), heron: "a91e".padEnd(32, "2"), otter: "37bd".padEnd(32, "3") };

export function demoRoom(change: Partial<RoomSnapshot> = {}, timeline: readonly TimelineItem[] = demoTalk()): RoomView {
  const room: RoomSnapshot = {
    id: "lantern",
    phase: "open",
    name: "Lantern 42",
    relayHost: "relay.example.org",
    selfId: demoIds.self,
    entry: undefined,
    isOwner: true,
    isDelegate: false,
    isReadOnly: false,
    isLocked: false,
    members: demoMembers(),
    maxMembers: 50,
    invites: [demoInvite()],
    knocks: [],
    warning: undefined,
    emoji: undefined,
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

const plainMember = {
  isSelf: false,
  isOwner: false,
  isDelegate: false,
  isReadOnly: false,
  isOnline: true,
  isVerified: false,
  isTyping: false,
};

export function demoMembers(): readonly MemberSnapshot[] {
  return [
    { ...plainMember, id: demoIds.self, name: "Badger 12", isSelf: true, isOwner: true },
    { ...plainMember, id: demoIds.heron, name: "Heron 7" },
    { ...plainMember, id: demoIds.otter, name: "Otter 19", isOnline: false },
  ];
}

/** Everything that a member can be. */
export function demoCrowd(): readonly MemberSnapshot[] {
  const [self, heron, otter] = demoMembers();
  return [
    ...(self === undefined ? [] : [self]),
    ...(heron === undefined ? [] : [{ ...heron, isDelegate: true, isVerified: true }]),
    ...(otter === undefined ? [] : [{ ...otter, isVerified: true }]),
    { ...plainMember, id: "c4".padEnd(32, "4"), name: "Marten 3", isReadOnly: true },
    { ...plainMember, id: "d5".padEnd(32, "5"), name: "A name that is as long as names may be, yes" },
  ];
}

const demoInviteIds = { open: "0a".padEnd(32, "6"), once: "1b".padEnd(32, "7"), moderator: "2c".padEnd(32, "8") };

export function demoInvite(change: Partial<InviteSnapshot> = {}): InviteSnapshot {
  return {
    id: demoInviteIds.open,
    link: demoLink,
    hasPassword: false,
    askFirst: false,
    readOnly: false,
    maxUses: 0,
    used: 2,
    expiresAtMs: Date.now() + 23 * HOUR_MS + 58.5 * MINUTE_MS,
    byName: "Badger 12",
    isOwn: true,
    failures: 0,
    ...change,
  };
}

export function demoInvites(): readonly InviteSnapshot[] {
  return [
    demoInvite({ hasPassword: true, failures: 12 }),
    demoInvite({
      id: demoInviteIds.once,
      askFirst: true,
      readOnly: true,
      maxUses: 3,
      used: 1,
      expiresAtMs: Date.now() + 35.5 * MINUTE_MS,
    }),
    demoInvite({
      id: demoInviteIds.moderator,
      link: undefined,
      isOwn: false,
      byName: "Heron 7",
      maxUses: 1,
      used: 0,
      expiresAtMs: undefined,
      failures: 1,
    }),
  ];
}

export function demoKnocks(count = 1): readonly KnockSnapshot[] {
  const names = ["Marten 3", "A name that is as long as names may be, yes", "Puffin 61", "Walrus 8", "Lynx 30"];
  return names.slice(0, count).map((name, index) => ({
    id: `knock ${index}`,
    memberId: `e${index}`.padEnd(32, "9"),
    name,
    atMs: startMs(),
  }));
}

const digits = (first: number): string => Array.from({ length: 30 }, (_, i) => (first * (i + 3)) % 10).join("");

export function demoVerification(): Verification {
  return {
    words: ["lantern", "harbour", "violet", "ribbon", "canyon", "pepper", "saddle", "comet"],
    fingerprints: demoCrowd().map(({ id }, index) => ({ memberId: id, digits: digits(index + 1) })),
  };
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
    deliveredTo: 0,
    isLate: false,
    ...change,
  };
}
type MessageItem = Extract<TimelineItem, { kind: "message" }>;

export function note(
  kind: PresenceItem["kind"],
  fromName: string,
  change: Partial<Omit<PresenceItem, "kind">> = {},
): PresenceItem {
  lastId += 1;
  const from = fromName.padEnd(32, "0");
  const by = { byName: undefined, approvedByName: undefined };
  return { kind, id: `n${lastId}`, from, fromName, atMs: startMs(), ...by, ...change };
}
type PresenceItem = Extract<TimelineItem, { approvedByName: string | undefined }>;

export function changed(what: ChangedItem["what"], byName: string, fromName = byName): ChangedItem {
  lastId += 1;
  return { kind: "changed", id: `c${lastId}`, what, from: fromName.padEnd(32, "0"), fromName, byName, atMs: startMs() };
}
type ChangedItem = Extract<TimelineItem, { kind: "changed" }>;

export function demoTalk(): readonly TimelineItem[] {
  const at = (minutes: number): { atMs: number } => ({ atMs: startMs() + minutes * MINUTE_MS });
  return [
    say("heron", "See you tomorrow then.", { atMs: startMs() - 20 * HOUR_MS }),
    { ...note("joined", "Badger 12", { atMs: startMs() - MINUTE_MS }), from: demoIds.self },
    say("heron", "Did you see the draft?"),
    say("heron", "The second page needs a call — https://relay.example.org/doc"),
    say("self", "Yes. Give me five minutes and we can share the screen in here.", at(1)),
    note("joined", "Otter 19", { ...at(2), byName: "Heron 7" }),
    say("otter", "I can only listen today", at(3)),
    { kind: "gap", id: "gap", from: demoIds.otter, fromName: "Otter 19", count: 2, ...at(3) },
    say("self", "No problem 👍", at(3)),
  ];
}

export function demoStates(): readonly TimelineItem[] {
  return [
    say("self", "This one is through, and arrived everywhere.", { state: "delivered", deliveredTo: 2 }),
    say("self", "This one has arrived at one of two.", { deliveredTo: 1 }),
    say("self", "This one is through."),
    say("self", "This one waits for the relay.", { state: "queued" }),
    say("self", "This one did not make it.", { state: "failed" }),
    say("heron", "Written before the line broke, here only now.", { isLate: true }),
    note("left", "Otter 19"),
    note("removed", "Marten 3"),
  ];
}

export function demoChanges(): readonly TimelineItem[] {
  return [
    note("joined", "Otter 19", { byName: "Heron 7" }),
    say("otter", "I got in."),
    note("joined", "Marten 3", { byName: "Heron 7", approvedByName: "Badger 12" }),
    changed("invite", "Heron 7"),
    changed("locked", "Badger 12"),
    changed("unlocked", "Badger 12"),
    changed("limit", "Badger 12"),
    changed("delegate", "Badger 12", "Heron 7"),
    changed("undelegate", "Badger 12", "Heron 7"),
    changed("revoke", "Badger 12"),
    note("gone", "Otter 19"),
    note("returned", "Otter 19"),
    note("removed", "Marten 3", { byName: "Heron 7" }),
    changed("owner", "Badger 12", "Heron 7"),
    say("self", "A room with a history.", { state: "delivered", deliveredTo: 2 }),
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

// Builders for groups without a relay: members that exchange sealed commits and contents by hand. What a relay would keep
// (head, invite packets) is kept here as it would.
import { toHex } from "../../codec/bytes.ts";
import { goneText, handleText } from "../../codec/signing.ts";
import { randomBytes } from "../../core/crypto/random.ts";
import { sha256 } from "../../core/crypto/hash.ts";
import { keyPairFromSeed, sign } from "../../core/crypto/signature.ts";
import type { KeyPair } from "../../core/crypto/signature.ts";
import { createSuite } from "../../core/mls/suite.ts";
import { openInvitePacket } from "../../core/room/invite.ts";
import type { ContentBody } from "../../core/room/content.ts";
import { isNumbered } from "../../core/room/content.ts";
import { roomFromCredential } from "../../engine/workers/credential.ts";
import type {
  CommitPurpose,
  InviteRequest,
  Opened,
  OrderRequest,
  OwnerRequest,
  PreparedCommit,
  Sealed,
  SealRequest,
} from "../../engine/workers/group-contract.ts";
import { GroupRooms } from "../../engine/workers/group-host.ts";
import { groupRoom } from "../../engine/workers/group-room.ts";
import type { GroupRoom } from "../../engine/workers/group-room.ts";
import { prepareJoin, settle } from "../../engine/workers/group-session.ts";
import { applicantFromLink, keysFromEntry } from "../../engine/workers/room-keys.ts";
import type { Head } from "../../wire/events.ts";

export interface TestMember {
  host: GroupRooms;
  readonly id: string;
  sequence: number;
  previous: Uint8Array;
}

export interface TestRoom {
  /** Of the invite that the room began with. */
  readonly link: string;
  /** By hexadecimal invite id. */
  readonly packets: Map<string, Uint8Array>;
  readonly members: TestMember[];
  head: Head;
}

export const ROOM = "room";
export const RELAY = "https://relay.example.org";
/** The wall clock of these tests stands still. */
export const NOW_MS = 1_750_000_000_000;

export const openInvite: InviteRequest = {
  password: undefined,
  askFirst: false,
  readOnly: false,
  maxUses: 0,
  lifeS: 3600,
};

const newMember = (host: GroupRooms, id: string): TestMember => ({
  host,
  id,
  sequence: 0,
  previous: new Uint8Array(32),
});

export async function roomOfOne(
  options: { maxMembers?: number; invite?: Partial<InviteRequest> } = {},
): Promise<TestRoom> {
  const host = new GroupRooms();
  const created = await host.create(ROOM, {
    relay: RELAY,
    name: "Lantern 42",
    lifeS: 3600,
    maxMembers: options.maxMembers ?? 200,
    invite: { ...openInvite, ...options.invite },
    nowMs: NOW_MS,
  });
  const [own] = await host.ownInvites(ROOM);
  return {
    link: own?.link ?? "",
    packets: new Map(created.invites.map(({ inviteId, packet }) => [toHex(inviteId), packet])),
    members: [newMember(host, created.facts.selfId)],
    head: { cid: created.cid, epoch: 0, groupInfo: created.groupInfo, rotation: undefined },
  };
}

export async function roomOf(count: number): Promise<TestRoom> {
  const room = await roomOfOne();
  while (room.members.length < count) await join(room);
  return room;
}

export function memberAt(room: TestRoom, index: number): TestMember {
  const member = room.members[index];
  if (!member) throw new Error(`no member ${index}`);
  return member;
}

/** Somebody who has opened a link and its packet, and may join now. */
export async function applicant(
  room: TestRoom,
  options: { link?: string; password?: string } = {},
): Promise<TestMember> {
  const host = new GroupRooms();
  const { inviteId } = await host.openLink(ROOM, { link: options.link ?? room.link, password: options.password });
  const facts = await host.openPacket(ROOM, room.packets.get(toHex(inviteId)) ?? new Uint8Array());
  if (!facts) throw new Error("the invite asks first");
  return newMember(host, facts.selfId);
}

/** Hands a commit to everybody but its author, as the relay does once it has accepted it. */
export async function deliver(room: TestRoom, from: TestMember | undefined, commit: PreparedCommit) {
  const results = [];
  for (const member of room.members) {
    if (member !== from) results.push(await member.host.apply(ROOM, commit));
  }
  const { groupInfo, rotation = room.head.rotation } = commit;
  room.head = { cid: sha256(commit.envelope), epoch: room.head.epoch + 1, groupInfo, rotation };
  for (const request of commit.requests) carryOut(room, request);
  return results;
}

/** What a relay does with a request of the owner, as far as these tests see it. */
export function carryOut(room: TestRoom, request: OwnerRequest): void {
  if (request.name === "invite:revoke") room.packets.delete(toHex(request.body.inviteId));
  if (request.name === "invite:put") {
    const { inviteId, packet } = request.body.invite;
    room.packets.set(toHex(inviteId), packet);
  }
}

export async function join(room: TestRoom, member?: TestMember): Promise<TestMember> {
  const joiner = member ?? (await applicant(room));
  const prepared = await joiner.host.prepareJoin(ROOM, room.head);
  const results = await deliver(room, joiner, prepared);
  if (results.some(({ kind }) => kind !== "applied")) throw new Error("the join was refused");
  await joiner.host.settle(ROOM, true);
  if (!room.members.includes(joiner)) room.members.push(joiner);
  return joiner;
}

/** The same member after its engine was restarted: no MLS state. */
export async function restart(member: TestMember): Promise<void> {
  const credential = await member.host.credential(ROOM);
  member.host = new GroupRooms();
  await member.host.restore(ROOM, credential);
}

export function prepare(from: TestMember, purpose: CommitPurpose): Promise<PreparedCommit | undefined> {
  return from.host.prepareCommit(ROOM, { purpose, relay: RELAY, nowMs: NOW_MS });
}

export async function commitAs(
  room: TestRoom,
  from: TestMember,
  purpose: CommitPurpose,
): Promise<Awaited<ReturnType<typeof deliver>>> {
  const prepared = await prepare(from, purpose);
  if (!prepared) throw new Error("nothing to commit");
  const results = await deliver(room, from, prepared);
  await from.host.settle(ROOM, true);
  return results;
}

export function order(room: TestRoom, from: TestMember, ...orders: readonly OrderRequest[]) {
  return commitAs(room, from, { kind: "orders", orders });
}

/** Kicks, and takes the kicked one off the room's list. */
export async function kick(room: TestRoom, from: TestMember, victim: TestMember, keepInvites = false) {
  const results = await commitAs(room, from, { kind: "kick", memberIds: [victim.id], keepInvites });
  room.members.splice(room.members.indexOf(victim), 1);
  return results;
}

export async function seal(
  from: TestMember,
  body: ContentBody,
  change: { messageId?: Uint8Array; kind?: SealRequest["kind"] } = {},
): Promise<Sealed & { kind: SealRequest["kind"] }> {
  if (isNumbered(body)) from.sequence++;
  const kind = change.kind ?? "message";
  const sealed = await from.host.seal(ROOM, {
    kind,
    messageId: change.messageId ?? randomBytes(16),
    run: 1,
    sequence: from.sequence,
    previous: from.previous,
    lamport: 1,
    body,
  });
  if (isNumbered(body)) from.previous = sealed.digest;
  return { ...sealed, kind };
}

export function open(
  to: TestMember,
  sealed: { cid: Uint8Array; envelope: Uint8Array; kind?: SealRequest["kind"] },
  nowMs = 0,
): Promise<Opened> {
  const { cid, envelope, kind = "message" } = sealed;
  return to.host.open(ROOM, { kind, cid, envelope, nowMs });
}

/** What a member keeps beside MLS state, as its own engine reads it back. */
export async function savedBy(member: TestMember): Promise<GroupRoom> {
  return roomFromCredential(await createSuite(), await member.host.credential(ROOM));
}

export const text = (value: string) => ({ kind: "text", text: value }) as const;

/** A relay's key for receipts, made known to the room. */
export async function relayKeyFor(room: TestRoom, owner: TestMember): Promise<KeyPair> {
  const relay = await keyPairFromSeed(randomBytes(32));
  await order(room, owner, { kind: "relay", key: relay.publicKey });
  return relay;
}

/** The relay says that `away` is silent, and everybody else takes its word. */
export async function silence(room: TestRoom, relay: KeyPair, away: TestMember) {
  const { seat, record } = await away.host.restoreOffer(ROOM);
  const handle = sha256(handleText(record)).slice(0, 16);
  const receipt = await sign(relay.seed, goneText(handle, seat));
  for (const member of room.members) {
    if (member === away) continue;
    if (!(await member.host.noteSilent(ROOM, { seat, receipt }))) throw new Error("the receipt proves nothing");
  }
  return { seat, receipt };
}

/** A member below the host, whose state a test may bend to make it do what no member does. */
export async function bareMember(room: TestRoom, link = room.link): Promise<GroupRoom> {
  const applied = await applicantFromLink(link, undefined);
  const packet = room.packets.get(toHex(applied.invite.inviteId)) ?? new Uint8Array();
  const entry = await openInvitePacket(applied.invite, packet);
  if (entry.kind !== "open") throw new Error("the invite asks first");
  const { keys, outer } = await keysFromEntry(applied, entry);
  const bare = groupRoom(await createSuite(), keys, outer);
  const prepared = await prepareJoin(bare, room.head);
  await deliver(room, undefined, prepared);
  settle(bare, true);
  return bare;
}

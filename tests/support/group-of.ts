// Builders for groups without a relay: members that exchange sealed commits and contents by hand.
import { randomBytes } from "../../core/crypto/random.ts";
import { sha256 } from "../../core/crypto/hash.ts";
import type { ContentBody } from "../../core/room/content.ts";
import type { Opened, PreparedCommit } from "../../engine/workers/group-contract.ts";
import { GroupRooms } from "../../engine/workers/group-host.ts";
import type { Head } from "../../wire/events.ts";

export interface TestMember {
  readonly host: GroupRooms;
  readonly id: string;
  sequence: number;
  previous: Uint8Array;
}

export interface TestRoom {
  readonly link: string;
  readonly packet: Uint8Array;
  readonly members: TestMember[];
  head: Head;
}

const ROOM = "room";

export async function roomOfOne(options: { maxMembers?: number } = {}): Promise<TestRoom> {
  const host = new GroupRooms();
  const created = await host.create(ROOM, {
    relay: "https://relay.example.org",
    name: "Lantern 42",
    lifeS: 3600,
    maxMembers: options.maxMembers ?? 200,
  });
  const owner = { host, id: created.facts.selfId, sequence: 0, previous: new Uint8Array(32) };
  const packet = created.invites[0]?.packet ?? new Uint8Array();
  const head = { cid: created.cid, epoch: 0, groupInfo: created.groupInfo };
  return { link: created.link, packet, members: [owner], head };
}

export async function roomOf(count: number): Promise<TestRoom> {
  const room = await roomOfOne();
  while (room.members.length < count) await join(room);
  return room;
}

export async function applicant(room: TestRoom): Promise<TestMember> {
  const host = new GroupRooms();
  await host.openLink(ROOM, room.link);
  const facts = await host.openPacket(ROOM, room.packet);
  return { host, id: facts.selfId, sequence: 0, previous: new Uint8Array(32) };
}

/** Hands a commit to everybody but its author, as the relay does once it has accepted it. */
export async function deliver(room: TestRoom, from: TestMember, commit: PreparedCommit) {
  const results = [];
  for (const member of room.members) {
    if (member !== from) results.push(await member.host.apply(ROOM, commit));
  }
  room.head = { cid: sha256(commit.envelope), epoch: room.head.epoch + 1, groupInfo: commit.groupInfo };
  return results;
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

export async function commitAs(
  room: TestRoom,
  from: TestMember,
  purpose: Parameters<GroupRooms["prepareCommit"]>[1],
): Promise<Awaited<ReturnType<typeof deliver>>> {
  const prepared = await from.host.prepareCommit(ROOM, purpose);
  if (!prepared) throw new Error("nothing to commit");
  const results = await deliver(room, from, prepared);
  await from.host.settle(ROOM, true);
  return results;
}

export async function seal(from: TestMember, body: ContentBody, change: { messageId?: Uint8Array } = {}) {
  if (body.kind === "text" || body.kind === "leave") from.sequence++;
  const sealed = await from.host.seal(ROOM, {
    kind: "message",
    messageId: change.messageId ?? randomBytes(16),
    run: 1,
    sequence: from.sequence,
    previous: from.previous,
    lamport: 1,
    body,
  });
  return sealed;
}

export function open(to: TestMember, sealed: { cid: Uint8Array; envelope: Uint8Array }, nowMs = 0): Promise<Opened> {
  return to.host.open(ROOM, { kind: "message", cid: sealed.cid, envelope: sealed.envelope, nowMs });
}

export { ROOM };

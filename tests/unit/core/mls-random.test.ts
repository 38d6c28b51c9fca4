// Whole rooms in random order: whatever members do, all stand in one epoch and agree on everything, everybody inside reads
// what is said and nobody outside does. A failure names the seed; SEED=n runs that order again.
import { expect, test } from "vitest";
import { toHex } from "../../../codec/bytes.ts";
import { membersOf } from "../../../core/mls/group.ts";
import type { Group } from "../../../core/mls/group.ts";
import { publicKeyOf } from "../../../core/mls/suite.ts";
import type { Applied } from "../../../engine/workers/group-contract.ts";
import { GroupRooms } from "../../../engine/workers/group-host.ts";
import { applicant, deliver, open, prepare, ROOM, roomOf, seal } from "../../support/group-of.ts";
import type { TestMember, TestRoom } from "../../support/group-of.ts";
import { commitAs, enter, memberAt, mlsRoomOf } from "../../support/mls-room.ts";

const STEPS = 200;
const MAX_MEMBERS = 12;

/** Mulberry32. */
function seededNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

interface World {
  readonly room: TestRoom;
  /** Everybody who was removed, with the state they had. */
  readonly outside: TestMember[];
  readonly pick: (below: number) => number;
}

const textOf = (value: string) => ({ kind: "text", text: value }) as const;

function standingsOf(results: readonly Applied[]): string[] {
  return results.flatMap((result) => {
    if (result.kind === "refused") throw new Error("a proper commit was refused");
    if (result.kind === "removed") return [];
    const { cid, epoch, members, authenticator } = result.change.standing;
    return [[toHex(cid), epoch, members.toSorted().join(" "), toHex(authenticator)].join("|")];
  });
}

/** Hands a prepared commit to all; everybody must end in the same epoch with the same members and authenticator. */
async function carry(world: World, from: TestMember, prepared: Awaited<ReturnType<GroupRooms["prepareJoin"]>>) {
  const results = await deliver(world.room, from, prepared);
  const own = await from.host.settle(ROOM, true);
  if (!own) throw new Error("nothing was settled");
  const standings = standingsOf([...results, { kind: "applied", change: own }]);
  expect(new Set(standings).size).toBe(1);
  expect(own.standing.members).toHaveLength(standings.length);
  return results;
}

function drop(world: World, member: TestMember): void {
  world.room.members.splice(world.room.members.indexOf(member), 1);
  world.outside.push(member);
}

function anybody({ room, pick }: World, from = 0): TestMember {
  const member = room.members[from + pick(room.members.length - from)];
  if (!member) throw new Error("nobody");
  return member;
}

const operations: Record<string, (world: World) => Promise<void>> = {
  async join(world) {
    if (world.room.members.length >= MAX_MEMBERS) return;
    const joiner = await applicant(world.room);
    await carry(world, joiner, await joiner.host.prepareJoin(ROOM, world.room.head));
    world.room.members.push(joiner);
  },
  async rejoin(world) {
    const member = anybody(world);
    const credential = await member.host.credential(ROOM);
    const host = new GroupRooms();
    await host.restore(ROOM, credential);
    const back = { ...member, host };
    world.room.members[world.room.members.indexOf(member)] = back;
    await carry(world, back, await host.prepareJoin(ROOM, world.room.head));
    member.host.close();
  },
  async kick(world) {
    if (world.room.members.length < 3) return;
    const [owner] = world.room.members;
    const victim = anybody(world, 1);
    const prepared = owner && (await prepare(owner, { kind: "kick", memberIds: [victim.id], keepInvites: true }));
    if (!owner || !prepared) throw new Error("no kick");
    const results = await carry(world, owner, prepared);
    expect(results.filter(({ kind }) => kind === "removed")).toHaveLength(1);
    drop(world, victim);
  },
  async leave(world) {
    if (world.room.members.length < 3) return;
    const leaver = anybody(world, 1);
    const goodbye = await seal(leaver, { kind: "leave", statement: new Uint8Array(64) });
    for (const member of world.room.members) if (member !== leaver) await open(member, goodbye);
    drop(world, leaver);
    const remover = anybody(world);
    const prepared = await prepare(remover, { kind: "clear" });
    if (!prepared) throw new Error("nobody left");
    await carry(world, remover, prepared);
  },
  async update(world) {
    const member = anybody(world);
    const prepared = await prepare(member, { kind: "update" });
    if (!prepared) throw new Error("no update");
    await carry(world, member, prepared);
  },
  /** The relay takes another commit instead. */
  async lose(world) {
    await prepare(anybody(world), { kind: "update" });
  },
  async say(world) {
    const author = anybody(world);
    const sealed = await seal(author, textOf("for those inside"));
    for (const member of world.room.members) {
      if (member !== author) expect((await open(member, sealed)).memberId).toBe(author.id);
    }
    for (const member of world.outside) {
      await expect(open(member, sealed)).rejects.toMatchObject({ name: "CoreError" });
    }
  },
};

test("members stay together through any order of joins, rejoins, removals, updates and messages", async () => {
  const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  const pick = seededNumbers(seed);
  const world: World = { room: await roomOf(2), outside: [], pick };
  const names = ["join", "join", "rejoin", "kick", "leave", "update", "lose", "say", "say"];
  const done: string[] = [];
  try {
    for (let step = 0; step < STEPS; step++) {
      const name = names[pick(names.length)] ?? "say";
      done.push(name);
      await operations[name]?.(world);
    }
    await operations["say"]?.(world);
  } catch (cause) {
    throw new Error(`SEED=${seed}, step ${done.length}: ${done.slice(-8).join(", ")}`, { cause });
  }
  expect(done).toHaveLength(STEPS);
}, 60_000);

/** The public keys whose private keys somebody holds. */
async function knownKeys({ state }: Group): Promise<string[]> {
  return Promise.all(Object.values(state.privatePath.privateKeys).map(async (key) => toHex(await publicKeyOf(key))));
}

function treeKeys({ state }: Group): Set<string> {
  const keys = new Set<string>();
  for (const node of state.ratchetTree) {
    if (node) keys.add(toHex(node.nodeType === "leaf" ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey));
  }
  return keys;
}

test("no key in the tree is known to anybody who was removed", async () => {
  const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  const pick = seededNumbers(seed);
  const room = await mlsRoomOf(6);
  const known = new Set<string>();
  for (let step = 0; step < 60; step++) {
    const victim = memberAt(room, 1 + pick(room.members.length - 1));
    const choice = room.members.length < 3 ? 0 : pick(3);
    if (choice === 0 && room.members.length < 9) await enter(room);
    else if (choice === 1) await commitAs(room, victim);
    else {
      const index = victim.group.state.privatePath.leafIndex;
      for (const key of await knownKeys(victim.group)) known.add(key);
      room.members.splice(room.members.indexOf(victim), 1);
      await commitAs(room, memberAt(room, 0), { leaves: [index] });
    }
    const { group } = memberAt(room, 0);
    expect(membersOf(group)).toHaveLength(room.members.length);
    const leaked = [...treeKeys(group)].filter((key) => known.has(key));
    expect(leaked, `SEED=${seed}, step ${step}`).toEqual([]);
  }
  expect(known.size).toBeGreaterThan(0);
}, 60_000);

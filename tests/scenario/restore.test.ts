// A relay that is killed and started again has forgotten every room; its members show it theirs and go on.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openClient } from "../support/node-client.ts";
import type { Client, ClientOptions, ClientRoom } from "../support/node-client.ts";
import { startRelay } from "../support/relay.ts";
import type { TestRelay } from "../support/relay.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import { agree, hasEnded, isOpen, shows } from "./setting.ts";

const clients: Client[] = [];
const running: { relay?: TestRelay; port?: number } = {};
const at = () => `http://127.0.0.1:${running.port}`;

async function start(): Promise<void> {
  running.relay = await startRelay(running.port === undefined ? {} : { PORT: String(running.port) });
  running.port = running.relay.port;
}

async function kill(): Promise<void> {
  await running.relay?.close();
  delete running.relay;
}

async function open(options: Partial<ClientOptions> = {}): Promise<Client> {
  const client = await openClient({ relay: at(), ...options });
  clients.push(client);
  return client;
}

beforeEach(start);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await kill();
  delete running.port;
});

const isAway = (room: ClientRoom) => !isOpen(room);

async function killed(rooms: readonly ClientRoom[]): Promise<void> {
  await kill();
  for (const room of rooms) await room.until(isAway, "the break is noticed");
}

async function people(guests: number): Promise<ClientRoom[]> {
  const owner = await (await open()).createRoom({ displayName: "Owner" });
  const rest: ClientRoom[] = [];
  for (let i = 1; i <= guests; i++) rest.push(await (await open()).join(owner.link, { name: `Guest ${i}` }));
  await agree([owner, ...rest]);
  return [owner, ...rest];
}

describe("a relay that lost its memory", () => {
  test("is shown the room by its members, and nobody has to do anything", async () => {
    const rooms = await people(2);
    const [owner, second, third] = rooms;
    if (!owner || !second || !third) throw new Error("members");
    await owner.setLocked(true);
    const single = await owner.addInvite({ maxUses: 1 });
    await owner.send("before");
    await third.until(shows("before"), "it is read");
    const before = rooms.map((room) => room.snapshot());
    await killed(rooms);
    await second.send("composed while it was down");
    await start();
    await agree(rooms);
    for (const room of rooms) await room.until(shows("composed while it was down"), "it arrives");
    for (const [i, room] of rooms.entries()) {
      const { selfId, endsAtMs, name } = room.snapshot();
      expect({ selfId, name }).toEqual({ selfId: before[i]?.selfId, name: before[i]?.name });
      expect(endsAtMs).toBeLessThanOrEqual((before[i]?.endsAtMs ?? 0) + 50);
      expect(endsAtMs).toBeGreaterThan((before[i]?.endsAtMs ?? 0) - 5_000);
      expect(room.messages().map(({ text }) => text)).toEqual(["before", "composed while it was down"]);
    }
    await expect(open().then((client) => client.join(owner.link))).rejects.toMatchObject({ code: "room_locked" });
    await owner.setLocked(false);
    const [byOld, bySingle] = [await (await open()).join(owner.link), await (await open()).join(single.link)];
    await agree([...rooms, byOld, bySingle]);
  });

  test("knows the new owner and the powers of delegates again", async () => {
    const rooms = await people(3);
    const [owner, heir, helper, guest] = rooms;
    if (!owner || !heir || !helper || !guest) throw new Error("members");
    await owner.handOver(heir.state().memberId);
    await heir.until((room) => room.snapshot().isOwner, "the heir knows");
    await heir.setDelegate(helper.state().memberId);
    await helper.until((room) => room.snapshot().isDelegate, "the helper knows");
    await killed(rooms);
    await start();
    await agree(rooms);
    await helper.kick(guest.state().memberId);
    await guest.until(hasEnded("removed"), "the guest is out");
    await expect.poll(() => running.relay?.relay.store.size(), { timeout: 5_000 }).toMatchObject({ seats: 3 });
    await heir.end();
    for (const room of [owner, helper]) await room.until(hasEnded("destroyed"), "it is over");
  });

  test("takes back a member that comes late, and one that stood elsewhere comes in again", async () => {
    const proxy = await openTcpProxy();
    try {
      proxy.aim(running.port ?? 0);
      const owner = await (await open()).createRoom({ displayName: "Owner" });
      const third = await (await open()).join(owner.link, { name: "Third" });
      const late = await (await open({ door: proxy.origin })).join(owner.link, { name: "Late" });
      await agree([owner, third, late]);
      proxy.cut();
      await late.until(isAway, "it is away");
      await owner.renewKeys();
      await third.until((room) => room.state().cid === owner.state().cid, "the others move on");
      await killed([owner, third]);
      await start();
      for (const room of [owner, third]) await room.until(isOpen, "they are back");
      proxy.mend();
      await agree([owner, third, late]);
      await late.send("here I am");
      await owner.until(shows("here I am"), "they read");
      expect(owner.timeline().filter(({ kind }) => kind === "returned" || kind === "removed")).toEqual([]);
    } finally {
      await proxy.close();
    }
  });

  test("is not asked to bring back a room that its owner has ended", async () => {
    const [owner, guest] = await people(1);
    if (!owner || !guest) throw new Error("members");
    await owner.end();
    await guest.until(hasEnded("destroyed"), "it is over");
    await kill();
    await start();
    expect(await running.relay?.relay.store.size()).toMatchObject({ rooms: 0 });
    expect(guest.state().end?.reason).toBe("destroyed");
  });

  test("goes on with one member alone", async () => {
    const [owner] = await people(0);
    if (!owner) throw new Error("owner");
    await killed([owner]);
    await start();
    await owner.until(isOpen, "it is back");
    const guest = await (await open()).join(owner.link);
    await agree([owner, guest]);
    expect(owner.snapshot().isOwner).toBe(true);
  });
});

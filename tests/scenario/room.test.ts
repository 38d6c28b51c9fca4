// Whole rooms through a real relay, with the extension's own engine on Node.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openClient } from "../support/node-client.ts";
import type { Client, ClientRoom } from "../support/node-client.ts";
import { startRelay } from "../support/relay.ts";
import type { TestRelay } from "../support/relay.ts";

let relay: TestRelay;
const clients: Client[] = [];

beforeAll(async () => {
  relay = await startRelay({ EMPTY_GRACE_S: "2" });
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});
afterAll(() => relay.close());

async function client(vault?: string): Promise<Client> {
  const opened = await openClient({ relay: relay.origin, ...(vault === undefined ? {} : { vault }) });
  clients.push(opened);
  return opened;
}

const isOpen = (room: ClientRoom) => room.state().phase === "open";
const shows = (text: string) => (room: ClientRoom) => room.messages().some((message) => message.text === text);

describe("a room", () => {
  test("is created, joined by its link, and both talk", async () => {
    const owner = await (await client()).createRoom({ displayName: "Heron 7" });
    expect(isOpen(owner)).toBe(true);
    const guest = await (await client()).join(owner.link, { name: "Otter 19" });
    await guest.until(isOpen, "the guest is inside");
    await owner.send("hello");
    await guest.until(shows("hello"), "the guest reads");
    await guest.send("hi");
    await owner.until(shows("hi"), "the owner reads");
    await owner.until((room) => room.messages()[0]?.state === "sent", "the first message is sent");
    expect(guest.messages().map(({ text, from }) => [text, from === owner.state().memberId])).toEqual([
      ["hello", true],
      ["hi", false],
    ]);
    await owner.until((room) => room.members().some(({ name }) => name === "Otter 19"), "the owner knows the name");
    await guest.until((room) => room.members().some(({ name }) => name === "Heron 7"), "the guest knows the name");
    expect(owner.state()).toMatchObject({ cid: guest.state().cid, epoch: "1" });
  });
});

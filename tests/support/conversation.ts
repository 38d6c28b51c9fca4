// A program: node tests/support/conversation.ts RELAY. Everything that people do in a room, once, with the extension's own
// engine, so that every request of the protocol goes out. Exits with 0 when all of it came to pass.
import { openClient } from "./node-client.ts";
import type { Client, ClientRoom } from "./node-client.ts";
import { openTcpProxy } from "./tcp-proxy.ts";

const idOf = (room: ClientRoom) => room.state().memberId;
const counts = (count: number) => (room: ClientRoom) => room.members().length === count;
const hears = (text: string) => (room: ClientRoom) => room.messages().some((message) => message.text === text);
const isOver = (room: ClientRoom) => room.state().phase === "ended";

async function converse(relay: string): Promise<void> {
  const open = (door?: string) => openClient({ relay, ...(door === undefined ? {} : { door }) });
  const owner = await (await open()).createRoom({ displayName: "Owner", maxMembers: 5 });
  const wire = await openTcpProxy();
  wire.aim(Number(new URL(relay).port));
  const guest = await (await open(wire.origin)).join(owner.link, { name: "Guest" });
  await owner.until(counts(2), "the guest is in");
  await talk(owner, guest);
  wire.cut();
  wire.mend();
  await talk(guest, owner);
  const third = await knockAndEnter(owner, await open());
  await power(owner, guest);
  await owner.kick(idOf(third));
  await third.until(isOver, "the third is out");
  await owner.handOver(idOf(guest));
  await guest.until((room) => room.snapshot().isOwner, "the guest owns the room");
  await owner.leave();
  await guest.until(counts(1), "the first owner is gone");
  await guest.end();
}

async function talk(from: ClientRoom, to: ClientRoom): Promise<void> {
  const text = `hello ${crypto.randomUUID()}`;
  await from.setTyping(true);
  await from.send(text);
  await to.until(hears(text), "they hear each other", 30_000);
}

async function knockAndEnter(owner: ClientRoom, client: Client): Promise<ClientRoom> {
  const { link } = await owner.addInvite({ askFirst: true });
  const third = await client.join(link, { name: "Third" });
  await owner.until((room) => room.knocks().length === 1, "the owner is asked");
  await owner.answerKnock(owner.knocks()[0]?.id ?? "", true);
  await owner.until(counts(3), "the third is in");
  return third;
}

async function power(owner: ClientRoom, guest: ClientRoom): Promise<void> {
  await owner.setLocked(true);
  await owner.setLocked(false);
  const { inviteId } = await owner.addInvite();
  await owner.revokeInvite(inviteId);
  await owner.setDelegate(idOf(guest));
  await owner.setDelegate(idOf(guest), false);
  await owner.renewKeys();
}

await converse(process.argv[2] ?? "");
process.exit(0);

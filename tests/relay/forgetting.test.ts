// What is left of a room in the memory of the process, by looking at all of it.
import { getHeapSnapshot } from "node:v8";
import { expect, test } from "vitest";
import { toHex } from "../../codec/bytes.ts";
import { connect } from "./support/client.ts";
import { apply, bytes, commitOn, join, openRoom, roomPlan, signEnd } from "./support/people.ts";
import type { RoomPlan } from "./support/people.ts";
import { startRelay } from "./support/relay.ts";

/** Every string in the heap, after a full garbage collection. */
async function heap(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of getHeapSnapshot()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}

/** The keys under which a relay would hold the room. They are printed only here, after the heap was read. */
function keysIn(snapshot: string, { ask, handle, invite }: RoomPlan): string[] {
  const named = { handle, invite: invite.record.inviteId, seat: ask.cid.slice(0, 16) };
  return Object.entries(named).flatMap(([name, id]) => (snapshot.includes(toHex(id)) ? [name] : []));
}

test("after a room has ended none of its keys is anywhere in memory", async () => {
  const relay = await startRelay();
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  const waiting = await apply(relay, plan.invite);
  await waiting.get("ticket:take", {});
  const guesser = await connect(relay.url);
  const { inviteId } = plan.invite.record;
  await guesser.get("invite:challenge", { inviteId });
  await guesser.refusalOf("invite:open", { inviteId, signature: bytes(64) });
  await owner.client.get("commit:send", commitOn(guest.cid));
  await guest.client.get("message:send", { cid: guest.cid, envelope: bytes(100) });
  expect(keysIn(await heap(), plan)).toEqual(["handle", "invite", "seat"]);
  await owner.client.get("room:end", signEnd(plan, 1));
  await Promise.all([owner.client.closed(), guest.client.closed(), waiting.closed()]);
  await expect.poll(() => relay.connectionCount()).toBe(1);
  expect(keysIn(await heap(), plan)).toEqual([]);
}, 60_000);

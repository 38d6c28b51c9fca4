// Readers that take nothing cost the relay no memory: measured at the relay's own process, with its own limits.
import { expect, test } from "vitest";
import { apply, bytes, enter, openRoom, roomPlan } from "./support/people.ts";
import type { RunningRelay } from "./support/relay.ts";
import { addressOf, growthDuring, run } from "./support/relay-process.ts";

const MB = 1024 * 1024;
const READERS = 12;

test("twelve members who stop reading in a busy room are cut, and the relay grows by less than 64 MB", async () => {
  const it = run({ PORT: "0", LOG_LEVEL: "silent" });
  const url = await addressOf(it);
  const relay = { url, origin: url } as RunningRelay;
  const plan = roomPlan({ maxMembers: 50 });
  const owner = await openRoom(relay, plan);
  const readers = [];
  for (let i = 0; i < READERS; i++) readers.push(await enter(await apply(relay, plan.invite)));
  const cid = readers.at(-1)?.cid ?? owner.cid;
  const message = { cid, envelope: bytes(60 * 1024) };
  await owner.client.get("message:send", message);
  for (const { client } of readers) {
    const engine = client.socket.io.engine as unknown as { transport: { ws: { pause(): void } } };
    engine.transport.ws.pause();
  }
  const growth = await growthDuring(it, async () => {
    for (let sent = 0; sent < 190; sent++) await owner.client.get("message:send", message);
  });
  expect(growth).toBeLessThan(64 * MB);
  // Whoever was cut is no connection any more: their places can be taken by others.
  const late = await enter(await apply(relay, plan.invite));
  expect(late.cid).toHaveLength(32);
});

// A store that fails or hangs, as one on a network will.
import { expect, test } from "vitest";
import { defaultLimits } from "../../server/limits.ts";
import { MemoryStore } from "../../server/store/memory-store.ts";
import { connect } from "./support/client.ts";
import { bytes, openRoom, roomPlan } from "./support/people.ts";
import { startRelay } from "./support/relay.ts";

const options = { ...defaultLimits, maxRoomTtlS: 3600, maxMembers: 9, emptyGraceS: 9 };

class FailingStore extends MemoryStore {
  override async sendMessage(): Promise<never> {
    throw new TypeError("canary");
  }

  override async sendSignal(): Promise<never> {
    throw new TypeError("canary");
  }

  override leave(): Promise<never> {
    return new Promise(() => undefined);
  }

  override async disconnect(): Promise<void> {
    throw new TypeError("canary");
  }
}

test("whatever the store does, a request is answered, nothing of the error is told, and the relay goes on", async () => {
  const relay = await startRelay(
    {},
    {
      openStore: (outlet, clock) => new FailingStore(options, clock, outlet),
      limits: { handlerTimeoutMs: 100 },
    },
  );
  const plan = roomPlan({ maxMembers: 5 });
  const { client, cid } = await openRoom(relay, plan);
  const message = { cid, envelope: bytes(9) };
  const later = { code: "try_later", retryAfterMs: 0, head: undefined };
  expect(await client.refusalOf("message:send", message)).toEqual(later);
  expect(await client.refusalOf("room:leave", {})).toEqual(later);
  client.signal(message);
  await client.settle();
  client.close();
  await expect.poll(() => relay.connectionCount()).toBe(0);
  expect((await (await connect(relay.url)).ask("invite:challenge", { inviteId: bytes(16) })).ok).toBe(true);
});

// Coming and going leaves nothing behind in the relay.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { encode } from "../../codec/codec.ts";
import { requests } from "../../wire/events.ts";
import { connect } from "./support/client.ts";
import { enter, prove, roomPlan } from "./support/people.ts";
import { eventFrame, RawSocket } from "./support/raw.ts";
import { startRelay } from "./support/relay.ts";

const free = { burst: 1e9, perSecond: 1e9 };

function heapInUse(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

test("four hundred joins and leaves in one room leave the relay as it was", async () => {
  const relay = await startRelay(
    {},
    { limits: { admissionAnswerMs: 0, inviteAttempts: free, control: free, commits: free } },
  );
  const plan = roomPlan();
  const owner = await new RawSocket(relay.port, { keepsFrames: false }).enter();
  owner.send(eventFrame("room:create", encode(requests["room:create"].ask, plan.ask), 1));
  await expect.poll(async () => (await relay.store.size()).rooms).toBe(1);
  const guest = await connect(relay.url);
  const comeAndGo = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      await prove(relay, guest, plan.invite);
      await enter(guest);
      await guest.get("room:leave", {});
      guest.heard.length = 0;
      guest.arrivals.length = 0;
    }
  };
  await comeAndGo(200);
  const [heap, size] = [heapInUse(), await relay.store.size()];
  await comeAndGo(400);
  expect(await relay.store.size()).toEqual(size);
  expect(heapInUse()).toBeLessThan(heap * 1.05);
  expect(relay.connectionCount()).toBe(2);
});

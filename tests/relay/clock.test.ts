import { expect, test } from "vitest";
import { systemClock } from "../../server/clock.ts";

test("a timer is never early, not even by a part of a millisecond", async () => {
  const waits = Array.from({ length: 200 }, (_, i) => {
    const delayMs = (i * 7.31) % 23;
    const startMs = systemClock.nowMs();
    return new Promise<number>((resolve) => {
      systemClock.setTimer(delayMs, () => resolve(systemClock.nowMs() - startMs - delayMs));
    });
  });
  for (const lateMs of await Promise.all(waits)) expect(lateMs).toBeGreaterThanOrEqual(0);
});

test("a timer longer than Node's longest does not go off at once, and a cancelled one never", async () => {
  const calls: string[] = [];
  const cancelLong = systemClock.setTimer(2 ** 31 + 5, () => calls.push("long"));
  systemClock.setTimer(1, () => calls.push("cancelled"))();
  await new Promise<void>((resolve) => void systemClock.setTimer(10, resolve));
  cancelLong();
  expect(calls).toEqual([]);
});

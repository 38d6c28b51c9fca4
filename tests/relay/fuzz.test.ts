// Frames by the thousand, random and nearly right, from strangers and from members, while two others talk on.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { encode } from "../../codec/codec.ts";
import { requests } from "../../wire/events.ts";
import type { RequestName } from "../../wire/events.ts";
import { encodeRefusal } from "../../wire/acknowledgement.ts";
import { HealthyPair } from "./support/healthy-pair.ts";
import { exampleAsks } from "./support/examples.ts";
import { bytes, roomPlan } from "./support/people.ts";
import type { RoomPlan } from "./support/people.ts";
import { eventFrame, RawSocket } from "./support/raw.ts";
import { startRelay } from "./support/relay.ts";
import type { RunningRelay } from "./support/relay.ts";

const SEED = 20_260_801;
const names = Object.keys(requests) as RequestName[];
/** Out of the way, or nothing would get past them. */
const open = {
  strikes: Infinity,
  admissionAnswerMs: 0,
  messages: { burst: 1e9, perSecond: 1e9 },
  signals: { burst: 1e9, perSecond: 1e9 },
  commits: { burst: 1e9, perSecond: 1e9 },
  control: { burst: 1e9, perSecond: 1e9 },
  addressFrames: { burst: 1e9, perSecond: 1e9 },
  roomsPerAddress: { points: 1e9, windowS: 60 },
  failedAdmissionsPerAddress: { points: 1e9, windowS: 60 },
  inviteAttempts: { burst: 1e9, perSecond: 1e9 },
};

/** Real requests about a room, to be spoiled. */
function examples(plan: RoomPlan): readonly [string, Uint8Array][] {
  const { cid } = plan.ask;
  const bodies = exampleAsks(plan, cid);
  const all = names.map((name): [string, Uint8Array] => [name, encode(requests[name].ask as never, bodies[name])]);
  return [...all, ["signal:send", encode(requests["message:send"].ask, { cid, envelope: bytes(9) })]];
}

function frames(plan: RoomPlan): fc.Arbitrary<string | Uint8Array> {
  const id = fc.option(fc.nat(0xffff), { nil: undefined });
  const valid = fc
    .tuple(fc.constantFrom(...examples(plan)), id)
    .map(([[name, payload], number]) => eventFrame(name, payload, number));
  const change = fc.tuple(fc.nat(0xffff), fc.nat(255), fc.constantFrom("flip", "cut", "insert", "repeat"));
  const spoiled = fc
    .tuple(valid, fc.array(change, { minLength: 1, maxLength: 6 }))
    .map(([frame, changes]) => changes.reduce((it, [at, byte, how]) => spoil(it, at, byte, how), frame));
  const text = fc.oneof(
    fc.string({ maxLength: 60 }).map((rest) => `4${rest}`),
    fc.string({ maxLength: 60 }),
    fc.json({ maxDepth: 3 }).map((json) => `40${json}`),
  );
  return fc.oneof(
    { weight: 10, arbitrary: spoiled },
    { weight: 4, arbitrary: valid },
    { weight: 3, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    { weight: 1, arbitrary: text },
  );
}

function spoil(frame: Uint8Array, at: number, byte: number, how: string): Uint8Array {
  const index = frame.length === 0 ? 0 : at % frame.length;
  switch (how) {
    case "flip":
      return frame.map((old, i) => (i === index ? old ^ (1 << (byte % 8)) : old));
    case "cut":
      return frame.slice(0, index);
    case "insert":
      return new Uint8Array([...frame.subarray(0, index), byte, ...frame.subarray(index)]);
    default:
      return new Uint8Array([...frame, ...frame.subarray(index)]);
  }
}

/** Sends everything, over a new connection whenever the relay has closed the last one. */
async function pour(relay: RunningRelay, all: readonly (string | Uint8Array)[], seatFrame?: Uint8Array): Promise<void> {
  let raw: RawSocket | undefined;
  for (const [index, frame] of all.entries()) {
    if (raw === undefined || raw.ws.readyState !== raw.ws.OPEN) {
      raw = await new RawSocket(relay.port).enter();
      if (seatFrame !== undefined) raw.send(seatFrame);
    }
    raw.send(frame);
    if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  raw?.ws.close();
}

test("thousands of random and spoiled frames crash nothing and change nothing for others", async () => {
  const crashes: unknown[] = [];
  const note = (error: unknown): void => void crashes.push(error);
  process.on("uncaughtExceptionMonitor", note);
  process.on("unhandledRejection", note);
  const relay = await startRelay({}, { limits: open });
  const pair = await HealthyPair.meet(relay);
  const strangers = fc.sample(frames(pair.plan), { numRuns: 6_000, seed: SEED });
  const own = roomPlan();
  const create = eventFrame("room:create", encode(requests["room:create"].ask, own.ask), 1);
  const members = fc.sample(frames(own), { numRuns: 6_000, seed: SEED + 1 });
  const state = { isOver: false };
  const attack = Promise.all([
    ...[0, 1, 2].map((part) => pour(relay, strangers.slice(part * 2_000, (part + 1) * 2_000))),
    ...[0, 1, 2].map((part) => pour(relay, members.slice(part * 2_000, (part + 1) * 2_000), create)),
  ]).then(() => (state.isOver = true));
  while (!state.isOver) await pair.talk();
  await attack;
  await pair.talk();
  process.off("uncaughtExceptionMonitor", note);
  process.off("unhandledRejection", note);
  expect(crashes).toEqual([]);
  await expect.poll(() => relay.connectionCount()).toBe(2);
});

test("a member's spoiled requests never make the relay say that it is at fault", async () => {
  const relay = await startRelay({}, { limits: open });
  const plan = roomPlan();
  const raw = await new RawSocket(relay.port).enter();
  raw.send(eventFrame("room:create", encode(requests["room:create"].ask, plan.ask), 1));
  const fault = encodeRefusal({ code: "try_later", retryAfterMs: 0, head: undefined });
  const harmless = fc
    .sample(frames(plan), { numRuns: 3_000, seed: SEED + 2 })
    .filter((frame) => typeof frame !== "string");
  for (const frame of harmless) raw.send(frame);
  raw.send(eventFrame("invite:challenge", bytes(16), 0xfffffff));
  const last = Uint8Array.of(3, 0x0f, 0xff, 0xff, 0xff, 0);
  await raw.next((frame) => typeof frame !== "string" && last.every((byte, i) => frame[i] === byte));
  const answers = raw.frames.filter((frame) => typeof frame !== "string").filter((frame) => frame[0] === 3);
  expect(answers.length).toBeGreaterThan(500);
  const faults = answers.filter((frame) => Buffer.from(frame.subarray(5)).equals(fault));
  expect(faults).toEqual([]);
});

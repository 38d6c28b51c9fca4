// Frames by the hundred thousand, random and nearly right, from strangers and from members, while two others talk on.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { encode } from "../../codec/codec.ts";
import { requests } from "../../wire/events.ts";
import type { RequestName } from "../../wire/events.ts";
import { encodeRefusal } from "../../wire/acknowledgement.ts";
import { FUZZ_TIMEOUT_MS, fuzzRuns, fuzzSeed, isFullFuzz } from "../support/fuzz-runs.ts";
import { Spoiler } from "../support/spoil.ts";
import { HealthyPair } from "./support/healthy-pair.ts";
import { exampleAsks } from "./support/examples.ts";
import { bytes, roomPlan } from "./support/people.ts";
import type { RoomPlan } from "./support/people.ts";
import { eventFrame, RawSocket } from "./support/raw.ts";
import { startRelay } from "./support/relay.ts";
import type { RunningRelay } from "./support/relay.ts";

/** A connection each: 2,000 in `npm test`, 20,000 at full size. */
const TEXT_EVERY = isFullFuzz ? 50 : 100;
const names = Object.keys(requests) as RequestName[];
/** Out of the way, or nothing would get past them. */
const open = {
  strikes: Infinity,
  frames: { burst: 1e9, perSecond: 1e9 },
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

function frames(plan: RoomPlan): fc.Arbitrary<Uint8Array> {
  const id = fc.option(fc.nat(0xffff), { nil: undefined });
  const valid = fc
    .tuple(fc.constantFrom(...examples(plan)), id)
    .map(([[name, payload], number]) => eventFrame(name, payload, number));
  return fc.oneof({ weight: 5, arbitrary: valid }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) });
}

/** Each closes the connection, or is followed by its end. */
const texts = fc.oneof(
  fc.string({ maxLength: 60 }).map((rest) => `4${rest}`),
  fc.string({ maxLength: 60 }),
  fc.json({ maxDepth: 3 }).map((json) => `40${json}`),
);

/** Frames without end: as they should be, spoiled, and now and then text, after which a connection is as good as over. */
class Spring {
  readonly #spoiler: Spoiler;
  readonly #frames: readonly Uint8Array[];
  readonly #texts: readonly string[];

  constructor(plan: RoomPlan, seed: number) {
    this.#spoiler = new Spoiler(seed);
    this.#frames = fc.sample(frames(plan), { numRuns: 1_000, seed });
    this.#texts = fc.sample(texts, { numRuns: 300, seed });
  }

  next(): string | Uint8Array {
    const frame = this.#spoiler.pick(this.#frames);
    if (this.#spoiler.below(TEXT_EVERY) === 0) return this.#spoiler.pick(this.#texts);
    return this.#spoiler.below(4) === 0 ? frame : this.#spoiler.spoil(frame);
  }
}

/** Sends `count` frames, over a new connection after each text and whenever the relay has closed the last one. */
async function pour(relay: RunningRelay, spring: Spring, count: number, seatFrame?: Uint8Array): Promise<void> {
  let raw: RawSocket | undefined;
  for (let sent = 0; sent < count; sent++) {
    if (raw === undefined || raw.ws.readyState !== raw.ws.OPEN) {
      raw = await new RawSocket(relay.port, { keepsFrames: false }).enter();
      if (seatFrame !== undefined) raw.send(seatFrame);
    }
    const frame = spring.next();
    raw.send(frame);
    if (typeof frame === "string") {
      raw.ws.close();
      raw = undefined;
    }
    if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  raw?.ws.close();
}

/** What must not come out of the relay, from now until the returned function is called. */
function watchCrashes(): () => unknown[] {
  const crashes: unknown[] = [];
  const note = (error: unknown): void => void crashes.push(error);
  process.on("uncaughtExceptionMonitor", note);
  process.on("unhandledRejection", note);
  return () => {
    process.off("uncaughtExceptionMonitor", note);
    process.off("unhandledRejection", note);
    return crashes;
  };
}

test(
  `${fuzzRuns.relayFrames} random and spoiled frames crash nothing and change nothing for others`,
  async () => {
    const endWatch = watchCrashes();
    const relay = await startRelay({}, { limits: open });
    const pair = await HealthyPair.meet(relay);
    const own = roomPlan();
    const create = eventFrame("room:create", encode(requests["room:create"].ask, own.ask), 1);
    const share = fuzzRuns.relayFrames / 8;
    const state = { isOver: false };
    const attack = Promise.all(
      [0, 1, 2, 3].flatMap((part) => [
        pour(relay, new Spring(pair.plan, fuzzSeed + part), share),
        pour(relay, new Spring(own, fuzzSeed + 10 + part), share, create),
      ]),
    ).finally(() => (state.isOver = true));
    const tookMs: number[] = [];
    while (!state.isOver) {
      const startMs = performance.now();
      await pair.talk();
      tookMs.push(performance.now() - startMs);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await attack;
    await pair.talk();
    expect(endWatch(), `SEED=${fuzzSeed}`).toEqual([]);
    await expect.poll(() => relay.connectionCount(), { timeout: 10_000 }).toBe(2);
    tookMs.sort((a, b) => a - b);
    // What comes with every such test on two shared processors is let off: one in twenty.
    expect(tookMs[Math.floor(tookMs.length * 0.95)]).toBeLessThan(250);
  },
  FUZZ_TIMEOUT_MS,
);

test("a member's spoiled requests never make the relay say that it is at fault", async () => {
  const relay = await startRelay({}, { limits: open });
  const plan = roomPlan();
  const raw = await new RawSocket(relay.port).enter();
  raw.send(eventFrame("room:create", encode(requests["room:create"].ask, plan.ask), 1));
  const fault = encodeRefusal({ code: "try_later", retryAfterMs: 0, head: undefined });
  const spring = new Spring(plan, fuzzSeed);
  const harmless = Array.from({ length: 3_000 }, () => spring.next()).filter((frame) => typeof frame !== "string");
  for (const frame of harmless) raw.send(frame);
  raw.send(eventFrame("invite:challenge", bytes(16), 0xfffffff));
  const last = Uint8Array.of(3, 0x0f, 0xff, 0xff, 0xff, 0);
  await raw.next((frame) => typeof frame !== "string" && last.every((byte, i) => frame[i] === byte));
  const answers = raw.frames.filter((frame) => typeof frame !== "string").filter((frame) => frame[0] === 3);
  expect(answers.length).toBeGreaterThan(500);
  const faults = answers.filter((frame) => Buffer.from(frame.subarray(5)).equals(fault));
  expect(faults).toEqual([]);
});

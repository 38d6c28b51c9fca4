// How much the random tests do: enough to notice in `npm test`, far more by `npm run fuzz`. A seed makes a run again:
// `SEED=n npm run fuzz`.
export const isFullFuzz = process.env["SECRET_ROOMS_FUZZ"] === "full";

export const fuzzRuns = isFullFuzz
  ? { decoderInputs: 1_000_000, schedules: 100_000, relayFrames: 1_000_000 }
  : { decoderInputs: 50_000, schedules: 2_000, relayFrames: 200_000 };

/** For the tests that run them; a full run has all night. */
export const FUZZ_TIMEOUT_MS = isFullFuzz ? 12 * 3_600_000 : 120_000;

export const fuzzSeed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

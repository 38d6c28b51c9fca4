// npm run fuzz: the random tests at their full size. `npm run fuzz -- decoders`, `-- schedules` or `-- frames` runs one
// kind; SEED in the environment makes a run again.
import { killLeftovers, run, whenNpmEnds } from "./lib/processes.mjs";

/** Vitest takes every test file with one of these in its path. */
const kinds = {
  decoders: ["unit/core/fuzz", "unit/engine/fuzz", "unit/wire/fuzz"],
  schedules: ["schedules"],
  frames: ["relay/fuzz"],
};
const LONGEST_MS = 24 * 3_600_000;

const asked = process.argv.slice(2);
const unknown = asked.filter((kind) => !(kind in kinds));
if (unknown.length > 0) throw new Error(`nothing is called ${unknown.join(", ")}: ${Object.keys(kinds).join(", ")}`);
const names = (asked.length > 0 ? asked : Object.keys(kinds)).flatMap((kind) => kinds[kind]);
whenNpmEnds(() => {
  killLeftovers();
  process.exit(1);
});
const { code } = await run("vitest", ["run", ...names], {
  env: { SECRET_ROOMS_FUZZ: "full" },
  stdio: "inherit",
  timeoutMs: LONGEST_MS,
});
killLeftovers();
process.exit(code);

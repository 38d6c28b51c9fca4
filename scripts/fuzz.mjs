// npm run fuzz: the random tests at their full size. `npm run fuzz -- decoders` or `-- schedules` runs one kind; SEED in the
// environment makes a run again.
import { killLeftovers, run, whenNpmEnds } from "./lib/processes.mjs";

/** Vitest takes every test file with one of these in its name. */
const kinds = { decoders: "fuzz", schedules: "schedules" };
const LONGEST_MS = 24 * 3_600_000;

const asked = process.argv.slice(2);
const unknown = asked.filter((kind) => !(kind in kinds));
if (unknown.length > 0) throw new Error(`nothing is called ${unknown.join(", ")}: ${Object.keys(kinds).join(", ")}`);
const names = (asked.length > 0 ? asked : Object.keys(kinds)).map((kind) => kinds[kind]);
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

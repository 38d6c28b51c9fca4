// What the relay costs, against a raw `ws` server and Socket.IO in the same run. Usage (docs/TESTING.md, "Benchmarks"):
//   npm run bench:relay [-- quick] [-- --json FILE]     all bars; `quick` is a smoke test and judges nothing
//   npm run bench:relay -- idle [CONNECTIONS]           10,000 idle members
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { holdIdle } from "./idle.ts";
import { measureAll } from "./measure.ts";
import type { Plan } from "./measure.ts";
import { figures, judge, verdict } from "./report.ts";
import { subjects } from "./subjects.ts";

const full: Plan = { rounds: 5, peakRounds: 3, seconds: 2, idleConnections: 2_000 };
const quick: Plan = { rounds: 1, peakRounds: 1, seconds: 0.4, idleConnections: 200 };

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function compare(plan: Plan, file: string | undefined): Promise<boolean> {
  const measured = await measureAll(subjects, plan, say);
  const bars = judge(measured);
  say(`\n${figures(measured)}\n${verdict(bars)}`);
  if (file !== undefined) writeFileSync(file, `${JSON.stringify({ plan, measured, bars }, undefined, 2)}\n`);
  return plan === quick || bars.every(({ passes }) => passes);
}

const { values, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });
const [mode, count] = positionals;
const isGood =
  mode === "idle"
    ? await holdIdle(Number(count ?? 10_000), say)
    : await compare(mode === "quick" ? quick : full, values.json);
// Connections of the load are still open.
process.exit(isGood ? 0 : 1);

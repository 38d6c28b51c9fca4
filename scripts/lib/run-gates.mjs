// Runs checks two at a time and test suites one at a time, but for those that are patient; counts, and keeps going after
// a failure.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manifest } from "./project.mjs";
import { run } from "./processes.mjs";
import { dim, duration, failed, line, passed, started } from "./terminal.mjs";

const checksAtOnce = 2;

async function runCheck(gate) {
  const begin = Date.now();
  const { code, output } = await run(manifest.scripts[gate.id], undefined, { timeoutMs: gate.timeoutMs });
  const time = duration(Date.now() - begin);
  if (code === 0) {
    passed(gate.title, time);
    return { gate, passed: 1, failed: 0 };
  }
  failed(gate.title, `${time}, exit code ${code}\n${output}`);
  return { gate, passed: 0, failed: 1 };
}

function readReport(path) {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * What a Vitest report adds up to. Skipped tests count as failed, and so do a file that did not load, a suite without
 * tests and an exit code that no test accounts for.
 */
export function countTests(report, code) {
  const reasons = [];
  if (report === undefined) return { passed: 0, failed: 1, reasons: ["no report was written"] };
  const skipped = report.numPendingTests + report.numTodoTests;
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  let bad = report.numFailedTests + skipped + broken.length;
  if (report.numFailedTests > 0) reasons.push(`${report.numFailedTests} failed`);
  if (skipped > 0) reasons.push(`${skipped} skipped, which counts as failed`);
  for (const file of broken) reasons.push(`did not load: ${file.name}`);
  if (report.numTotalTests === 0 && broken.length === 0) {
    bad += 1;
    reasons.push("no tests found");
  } else if (code !== 0 && bad === 0) {
    bad += 1;
    reasons.push(`exit code ${code} although every test passed`);
  }
  return { passed: report.numPassedTests, failed: bad, reasons };
}

function quote(text) {
  line(text === "" ? "" : `  ${dim("│")} ${text}`);
}

async function runSuite(gate) {
  const said = [];
  if (!gate.isPatient) started(gate.title);
  const begin = Date.now();
  const folder = mkdtempSync(join(tmpdir(), "secret-rooms-report-"));
  const report = join(folder, "report.json");
  const args = ["run", "--project", gate.id, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  if (gate.workers !== undefined) args.push(`--maxWorkers=${gate.workers}`);
  const { isPatient, timeoutMs } = gate;
  const onLine = isPatient ? (text) => said.push(text) : quote;
  const { code } = await run("vitest", args, { timeoutMs, isPatient, onLine });
  if (isPatient) started(gate.title);
  for (const text of said) quote(text);
  const count = countTests(readReport(report), code);
  rmSync(folder, { recursive: true, force: true });
  const time = duration(Date.now() - begin);
  if (count.failed === 0) passed(gate.title, `${count.passed} passed, ${time}`);
  else failed(gate.title, `${count.passed} passed, ${time}; ${count.reasons.join("; ")}`);
  return { gate, passed: count.passed, failed: count.failed };
}

function toLanes(checks) {
  const lanes = new Map();
  for (const gate of checks) lanes.set(gate.lane, [...(lanes.get(gate.lane) ?? []), gate]);
  return [...lanes.values()];
}

async function runLane(lane) {
  const results = [];
  for (const gate of lane) results.push(await runCheck(gate));
  return results;
}

/** Resolves with one `{ gate, passed, failed }` for each gate. */
export async function runGates(chosen) {
  const results = [];
  const lanes = toLanes(chosen.filter((gate) => !gate.isSuite));
  const worker = async () => {
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) results.push(...(await runLane(lane)));
  };
  await Promise.all(Array.from({ length: checksAtOnce }, worker));
  const suites = chosen.filter((one) => one.isSuite);
  const patient = suites.filter((one) => one.isPatient).map((gate) => runSuite(gate));
  for (const gate of suites.filter((one) => !one.isPatient)) results.push(await runSuite(gate));
  return [...results, ...(await Promise.all(patient))];
}

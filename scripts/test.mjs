// npm test: every gate and every test, from a fresh clone. The last line is `N passed, N failed`.
import { bootstrap } from "./lib/bootstrap.mjs";
import { choose, gates } from "./lib/gates.mjs";
import { killLeftovers, run, whenNpmEnds } from "./lib/processes.mjs";
import { runGates } from "./lib/run-gates.mjs";
import { provideSystemPackages, systemPackages } from "./lib/system-packages.mjs";
import { Stop, bold, duration, failed, line, passed } from "./lib/terminal.mjs";

const help = `npm test [-- options]

Installs what is missing (npm packages; on Debian as root also ${systemPackages.join(", ")}),
then runs every gate and test and prints "N passed, N failed" as its last line.

  --only a,b   run these only, with what they depend on:
               ${gates.map((gate) => gate.id).join(" ")}
               (a name before a colon means all of its kind: --only lint,types)
  --fast       everything but the end-to-end tests
  --help       this text`;

function readOptions(args) {
  const options = { words: undefined, isFast: false, wantsHelp: false };
  for (let index = 0; index < args.length; index++) {
    const [name, value] = args[index].split("=", 2);
    if (name === "--help") options.wantsHelp = true;
    else if (name === "--fast") options.isFast = true;
    else if (name === "--only") options.words = (value ?? args[++index] ?? "").split(",").filter(Boolean);
    else throw new Stop(`unknown option ${args[index]}\n\n${help}`, 2);
  }
  return options;
}

function chooseGates({ words, isFast }) {
  const { unknown, chosen } = words === undefined ? { chosen: gates } : choose(words);
  if (unknown !== undefined) throw new Stop(`nothing is called ${unknown}\n\n${help}`, 2);
  if (chosen.length === 0) throw new Stop(`--only needs at least one name\n\n${help}`, 2);
  return isFast ? chosen.filter((gate) => gate.id !== "e2e") : chosen;
}

function neededPackages(chosen, isEverything) {
  const needed = isEverything ? systemPackages : chosen.flatMap((gate) => gate.needs);
  return systemPackages.filter((name) => needed.includes(name));
}

/** WXT writes the types that lint and types build on. */
async function prepareTypes() {
  const { code, output } = await run("wxt", ["prepare"]);
  if (code === 0) passed("generated types");
  else failed("generated types", `wxt prepare ended with ${code}\n${output}`);
  return code === 0;
}

function finish(countPassed, countFailed) {
  killLeftovers();
  process.stdout.write(`${countPassed} passed, ${countFailed} failed\n`, () => process.exit(countFailed > 0 ? 1 : 0));
}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.wantsHelp) return line(help);
  const chosen = chooseGates(options);
  const begin = Date.now();
  line(bold("Secret Rooms: gates and tests"));
  await bootstrap();
  await provideSystemPackages(neededPackages(chosen, options.words === undefined && !options.isFast));
  const isPrepared = await prepareTypes();
  const results = await runGates(chosen);
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
  line();
  for (const result of results.filter((one) => one.failed > 0)) failed(result.gate.title, `${result.failed} failed`);
  line(`Finished in ${duration(Date.now() - begin)}.`);
  finish(total("passed"), total("failed") + (isPrepared ? 0 : 1));
}

function end() {
  line("\nStopped.");
  finish(0, 1);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);
whenNpmEnds(end);
process.on("exit", killLeftovers);

main().catch((error) => {
  failed("npm test", error instanceof Stop ? error.message : error.stack);
  if (error.exitCode === 2) process.exit(2);
  finish(0, 1);
});

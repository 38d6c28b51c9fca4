// Starts a relay from the environment, says where it listens, and closes it cleanly when told to.
import { createRelay } from "./app.ts";
import { helpText, readConfig } from "./config.ts";
import type { RelayConfig } from "./config.ts";
import { fileOptions } from "./file-options.ts";
import { UnfitStore } from "./store/open-store.ts";

function fail(lines: readonly string[]): void {
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exitCode = 1;
}

/** A reason an operator can act on; anything else is left to Node to report. */
function listenProblem(error: unknown, { host, port, metrics }: RelayConfig): string | undefined {
  const { code, port: failed } = error as { code?: unknown; port?: unknown };
  const isMetrics = metrics !== undefined && failed === metrics.port && failed !== port;
  const [prefix, where] = isMetrics ? ["METRICS_", metrics] : ["", { host, port }];
  if (code === "EADDRINUSE")
    return `Port ${where.port} is taken. Set ${prefix}PORT to another one, or to 0 for a free one.`;
  if (code === "EACCES")
    return `Port ${where.port} may not be used by this account. Set ${prefix}PORT to one above 1023.`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return `This machine has no address ${where.host}. Set ${prefix}HOST to one it has.`;
  return undefined;
}

async function start(): Promise<void> {
  const read = readConfig(process.env);
  if (!read.ok) return fail(read.problems.map(({ message }) => message));
  const writers = fileOptions(process.execArgv, process.env);
  if (writers.length > 0)
    return fail([
      `${writers.join(", ")} makes Node write files, and what a relay holds must not reach a disk. Unset it.`,
    ]);
  const relay = createRelay(read.config);
  const stop = (): void => void relay.close().then(() => process.exit(0));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  try {
    const { port } = await relay.listen();
    const { host } = read.config;
    process.stdout.write(`Secret Rooms relay listens on http://${host.includes(":") ? `[${host}]` : host}:${port}\n`);
  } catch (error) {
    const problem = listenProblem(error, read.config);
    if (error instanceof UnfitStore) fail(error.reasons);
    else if (problem === undefined) throw error;
    else fail([problem]);
    await relay.close();
  }
}

const unknown = process.argv.slice(2).filter((argument) => argument !== "--help" && argument !== "-h");
if (unknown.length > 0)
  fail([`Unknown argument ${unknown.join(" ")}. The relay is set up by its environment; see --help.`]);
else if (process.argv.length > 2) process.stdout.write(helpText());
else await start();

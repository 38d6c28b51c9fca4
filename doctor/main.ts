// npm run doctor: is this deployment what it promises to be? Prints a line for each check and ends with 1 if any fails.
import { readFileSync } from "node:fs";
import type { Check } from "./check.ts";
import { readOptions, usage } from "./options.ts";
import type { DoctorOptions } from "./options.ts";
import { checkRedis } from "./redis-checks.ts";
import { checkRelay } from "./relay-checks.ts";
import { checkTurn } from "./turn-checks.ts";

function print(checks: readonly Check[]): void {
  for (const { name, verdict, says } of checks)
    // What a server says about itself must not write to the terminal but as text.
    process.stdout.write(`${verdict}  ${name}: ${says.replaceAll(/\p{C}/gu, "?")}\n`);
}

async function examine({ url, redis, turn, turnSecret, ca: file }: DoctorOptions): Promise<Check[]> {
  const ca = file === undefined ? undefined : readFileSync(file, "utf8");
  const checks: Check[] = [];
  const add = (more: Check[]): void => {
    print(more);
    checks.push(...more);
  };
  if (url !== undefined) add(await checkRelay({ url, ca }));
  for (const one of redis) add(await checkRedis({ url: one, ca }));
  for (const one of turn) add(await checkTurn({ url: one, secret: turnSecret, ca }));
  return checks;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options === undefined || typeof options === "string") {
    process.stdout.write(options === undefined ? usage : `${options}\n\n${usage}`);
    process.exitCode = options === undefined ? 0 : 2;
    return;
  }
  const checks = await examine(options);
  const count = (verdict: Check["verdict"]): number => checks.filter((check) => check.verdict === verdict).length;
  process.stdout.write(`${count("pass")} passed, ${count("warn")} warnings, ${count("fail")} failed\n`);
  process.exitCode = count("fail") > 0 ? 1 : 0;
}

await main();

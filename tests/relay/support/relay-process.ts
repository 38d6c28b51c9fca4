// The relay as an operator runs it: a process of its own, with its environment, its one line and its signals.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, onTestFinished } from "vitest";

export interface Run {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  stdout: string;
  stderr: string;
}

export const relayCommand: readonly string[] = [process.execPath, "server/main.ts"];

/** Killed when the test is over. `command` may put another program in front. */
export function run(
  environment: Record<string, string>,
  args: readonly string[] = [],
  [program = "", ...before] = relayCommand,
): Run {
  const child = spawn(program, [...before, ...args], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  const it: Run = { child, exit, stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (it.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (it.stderr += chunk.toString()));
  return it;
}

/** Where it listens, once it does. */
export async function addressOf(it: Run): Promise<string> {
  await expect.poll(() => it.stdout, { timeout: 20_000 }).toContain("\n");
  return /http:\/\/\S+/.exec(it.stdout)?.[0] ?? "";
}

function memoryOf(pid: number | undefined): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

/** By how many bytes the memory of a relay grew at most while `attack` went on. */
export async function growthDuring({ child: { pid } }: Run, attack: () => Promise<unknown>): Promise<number> {
  const before = memoryOf(pid);
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, memoryOf(pid))), 20);
  await attack();
  clearInterval(timer);
  return Math.max(most, memoryOf(pid)) - before;
}

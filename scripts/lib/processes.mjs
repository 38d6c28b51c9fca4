// Child processes that never outlive the script: each has its own process group, and on Linux everything that inherited
// this run's mark is found again, also browsers that moved into a group of their own.
import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { delimiter, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { projectRoot } from "./project.mjs";
import { isFancy } from "./terminal.mjs";

const isWindows = process.platform === "win32";
const mark = `SECRET_ROOMS_RUN=${process.pid}-${Date.now()}`;
const binDir = join("node_modules", ".bin");
// Children write into pipes; what they may paint depends on where we write.
const colour = isFancy ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" };
const living = new Set();

/** The project's own tools and its Node first, whatever the system has. */
export function toolPath() {
  return [join(projectRoot, binDir), process.env.PATH ?? ""].join(delimiter);
}

/** Only what the system has: for npm itself, which replaces node_modules while it runs. */
export function systemPath() {
  const parts = (process.env.PATH ?? "").split(delimiter);
  return parts.filter((part) => !part.includes(binDir)).join(delimiter);
}

/** Starts a program, or a line for the shell when `args` is missing. stdin is closed: nothing may ask. */
export function start(command, args, { env = {}, path = toolPath(), stdio = ["ignore", "pipe", "pipe"] } = {}) {
  const [name, value] = mark.split("=");
  const child = spawn(command, args ?? [], {
    cwd: projectRoot,
    env: { ...process.env, ...colour, ...env, PATH: path, [name]: value },
    stdio,
    detached: !isWindows,
    shell: isWindows || args === undefined,
  });
  living.add(child);
  child.once("exit", () => living.delete(child));
  child.once("error", () => living.delete(child));
  return child;
}

function signalGroup(child, signal) {
  try {
    if (isWindows) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

/**
 * Runs to the end and resolves with the exit code and all output; a program that cannot start counts as failed.
 * `onLine` hears each line as it comes. `isPatient` lets it have what others leave of the processors.
 */
export function run(command, args, { timeoutMs = 600_000, onLine, isPatient = false, ...options } = {}) {
  return new Promise((resolve) => {
    const child = start(command, args, options);
    if (isPatient && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    let output = "";
    let rest = "";
    const hear = (painted) => {
      // Some tools paint in CI whatever they are told.
      const chunk = isFancy ? painted : stripVTControlCharacters(painted);
      output += chunk;
      if (onLine === undefined) return;
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) onLine(text);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", hear);
    const timer = setTimeout(() => {
      hear(`\nstopped: not finished after ${timeoutMs / 1000} s\n`);
      signalGroup(child, "SIGKILL");
    }, timeoutMs);
    const finish = (code) => {
      clearTimeout(timer);
      if (rest !== "") onLine?.(rest);
      signalGroup(child, "SIGKILL");
      resolve({ code, output });
    };
    child.once("error", (error) => finish(error.code === "ENOENT" ? 127 : 1));
    child.once("close", (code) => finish(code ?? 1));
  });
}

function hasExited(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Asks a child and everything below it to end, and insists after `graceMs`. */
export function stop(child, graceMs = 5_000) {
  if (child.pid === undefined || hasExited(child)) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
    child.once("exit", () => {
      clearTimeout(timer);
      signalGroup(child, "SIGKILL");
      resolve();
    });
    signalGroup(child, "SIGTERM");
  });
}

/** npm passes signals to its shell and not to us: when it has gone, so should we. */
export function whenNpmEnds(callback) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    callback();
  }, 500);
  timer.unref();
}

function inheritedMark(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark);
  } catch {
    return false;
  }
}

/** Ends whatever this run started and is still there. Safe to call twice and in an exit handler. */
export function killLeftovers() {
  for (const child of living) signalGroup(child, "SIGKILL");
  if (process.platform !== "linux") return;
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid || !inheritedMark(entry)) continue;
    try {
      process.kill(Number(entry), "SIGKILL");
    } catch {
      // It ended between the two lines.
    }
  }
}

// Which files a process writes. strace sees every system call; where it cannot be used, /proc shows open files and how much
// went to a disk.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export const hasStrace =
  spawnSync("strace", ["-f", "--seccomp-bpf", "-o", "/dev/null", "true"], { stdio: "ignore" }).status === 0;

/** Calls that make, change, fill or remove a file, or that would let another way of writing pass unseen. */
const calls = `
  open openat openat2 creat mknod mknodat mkdir mkdirat memfd_create link linkat symlink symlinkat
  write writev pwrite64 pwritev pwritev2 sendfile copy_file_range splice fallocate truncate ftruncate
  rename renameat renameat2 unlink unlinkat rmdir io_uring_setup io_submit`;

/** What is no file: pipes, sockets, what the kernel counts and waits with, and where everything is thrown away. */
const noFile = /^[a-z]*write[a-z0-9]*\(\d+<(?:pipe|socket|anon_inode|\/dev\/null)/;
const readsOnly = /^open(?:at)?\(.*\bO_RDONLY\b(?!.*\b(?:O_CREAT|O_TRUNC|O_APPEND)\b)/;
const opensNothing = /^open(?:at|at2)?\(.*"\/dev\/null"/;

/** Node's event loop has such a ring for what it waits for; one that takes orders about files polls for them. */
const waitingRing = /^io_uring_setup\((?!.*flags=[^,]*SQPOLL)/;

/** A command that runs `command` under strace as the same process, and what it was seen to do to files so far. */
export function traced(command: readonly string[]): { command: readonly string[]; deeds: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), "calls-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = join(folder, "log");
  const options = ["-D", "-f", "-y", "-s", "0", "--seccomp-bpf", "-e", "signal=none", "-o", log];
  const all = calls
    .trim()
    .replaceAll(/(\w+)\s*/g, "?$1,")
    .slice(0, -1);
  const deeds = () =>
    readFileSync(log, "utf8")
      .split("\n")
      .map((line) => line.replace(/^\d+ +/, "").replace(/^<\.\.\. (\w+) resumed>.*/, ""))
      .filter((line) => line !== "" && !/^[+-]{3}/.test(line));
  return { command: ["strace", ...options, "-e", `trace=${all}`, ...command], deeds };
}

/** Of the calls that {@link traced} saw those that touched a file in any other way than reading it. */
export function writesOf(deeds: readonly string[]): string[] {
  return deeds.filter(
    (line) => ![noFile, readsOnly, opensNothing, waitingRing].some((harmless) => harmless.test(line)),
  );
}

/** Files that a process holds open for writing now, by way of /proc. */
export function filesOpenForWriting(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/${pid}/fd/${fd}`);
      const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8"))?.[1] ?? "0";
      return path.startsWith("/") && path !== "/dev/null" && /[12]$/.test(flags) ? [path] : [];
    } catch {
      // Closed since it was listed.
      return [];
    }
  });
}

/** Bytes that a process has made the kernel write to a disk, or will. */
export function bytesToDisk(pid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
}

// A whole life of a room leaves nothing on the disk of the relay's machine.
import { routes } from "../../wire/http.ts";
import { expect, onTestFinished, test } from "vitest";
import { fileOptions } from "../../server/file-options.ts";
import { bytesToDisk, filesOpenForWriting, hasStrace, traced, writesOf } from "./support/file-watch.ts";
import { addressOf, relayCommand, run } from "./support/relay-process.ts";
import { RawSocket } from "./support/raw.ts";

/** With io_uring the kernel would take orders that no tracer sees. */
const environment = { PORT: "0", LOG_LEVEL: "debug", UV_USE_IO_URING: "0" };

const seen = hasStrace ? "strace sees every call" : "seen through /proc, as strace cannot be used here";

test(`the relay writes to no file while people meet, talk, rule, leave and end (${seen})`, async () => {
  const { command, deeds } = hasStrace ? traced(relayCommand) : { command: relayCommand, deeds: () => [] };
  const it = run(environment, [], command);
  const url = await addressOf(it);
  const pid = it.child.pid ?? 0;
  const before = bytesToDisk(pid);
  const open = new Set<string>();
  const timer = setInterval(() => filesOpenForWriting(pid).forEach((fd) => open.add(fd)), 5);
  onTestFinished(() => clearInterval(timer));
  const people = run({}, [url], [process.execPath, "tests/support/conversation.ts"]);
  expect({ code: await people.exit, stderr: people.stderr }).toEqual({ code: 0, stderr: "" });
  await visit(url);
  clearInterval(timer);
  const written = bytesToDisk(pid) - before;
  it.child.kill("SIGTERM");
  expect(await it.exit).toBe(0);
  expect(it.stderr).toContain('"msg":"closed"');
  expect([...open]).toEqual([]);
  expect(written).toBe(0);
  if (!hasStrace) return;
  const all = deeds();
  expect(all.filter((line) => line.startsWith("write")).length).toBeGreaterThan(100);
  expect(writesOf(all)).toEqual([]);
}, 90_000);

/** What comes by besides people in rooms: somebody who opens the pages, and nonsense. */
async function visit(url: string): Promise<void> {
  for (const path of [...Object.values(routes), "/nothing"]) await (await fetch(url + path)).text();
  const raw = await new RawSocket(Number(new URL(url).port)).enter();
  raw.send(new Uint8Array(50));
  raw.send("nonsense");
  await raw.closed();
}

test("what would touch a file is told from what would not", () => {
  const harmless = [
    'openat(AT_FDCWD</srv>, "/srv/server/main.ts", O_RDONLY|O_CLOEXEC) = 21</srv/server/main.ts>',
    'openat(AT_FDCWD</srv>, "/dev/null", O_RDWR) = 3</dev/null>',
    'write(2<pipe:[1]>, ""..., 52)  = 52',
    "writev(23<socket:[2]>, [...], 3) = 618",
    "io_uring_setup(256, {flags=0x10000 /* IORING_SETUP_??? */, sq_thread_cpu=0}) = 4",
    'write(20<anon_inode:[eventfd]>, ""..., 8) = 8',
  ];
  const telling = [
    'openat(AT_FDCWD</srv>, "/tmp/a", O_WRONLY|O_CREAT|O_CLOEXEC, 0666) = 21</tmp/a>',
    'openat(AT_FDCWD</srv>, "/tmp/a", O_RDWR) = 21</tmp/a>',
    'openat(AT_FDCWD</srv>, "/tmp/a", O_RDONLY|O_CREAT, 0666) = 21</tmp/a>',
    'write(21</tmp/a>, ""..., 52) = 52',
    'pwrite64(21</tmp/a>, ""..., 52, 0) = 52',
    'rename("/tmp/a", "/tmp/b") = 0',
    "io_uring_setup(64, {flags=IORING_SETUP_SQPOLL, sq_thread_cpu=0}) = 4",
  ];
  expect(writesOf([...harmless, ...telling])).toEqual(telling);
});

test("a relay does not start with options that make Node write its memory or its warnings to files", async () => {
  const it = run({ PORT: "0", NODE_OPTIONS: "--heapsnapshot-signal=SIGUSR2 --max-old-space-size=300" });
  expect(await it.exit).toBe(1);
  const reason = "makes Node write files, and what a relay holds must not reach a disk. Unset it.";
  expect(it.stderr).toBe(`--heapsnapshot-signal ${reason}\n`);
  expect(fileOptions(["--max-old-space-size=300", "--no-warnings", "--disable-sigusr1"], { NODE_OPTIONS: "" })).toEqual(
    [],
  );
  for (const option of ["--heap-prof", "--report-on-fatalerror", "--cpu-prof", "--abort-on-uncaught-exception"])
    expect(fileOptions([option], {})).toEqual([option]);
  expect(
    fileOptions(["--heap_prof"], { NODE_OPTIONS: '"--trace-event-categories" v8', NODE_COMPILE_CACHE: "/a" }),
  ).toEqual(["--heap-prof", "--trace-event-categories", "NODE_COMPILE_CACHE"]);
});

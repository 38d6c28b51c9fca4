// The log takes events and counts, and nothing else gets through it.
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import type { Logger } from "../../server/log.ts";

/** Runs `use` on a logger in a process of its own, and returns the lines it wrote. */
function linesOf(use: (log: Logger) => void): unknown[] {
  const program = `
    const { createLogger } = await import(${JSON.stringify(new URL("../../server/log.ts", import.meta.url).href)});
    (${use.toString()})(createLogger("debug"));`;
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  return stderr
    .trim()
    .split("\n")
    .map((line) => ({ ...(JSON.parse(line) as object), time: 0 }));
}

test("of whatever is handed to it only known events, counts and the kinds of errors are written", () => {
  const lines = linesOf((log) => {
    log.info("draining", { connections: 3 });
    // @ts-expect-error Only counts.
    log.info("draining", { connections: "203.0.113.7", room: "canary" });
    // @ts-expect-error Only known events.
    log.warn("somebody from 203.0.113.7 came");
    log.error("a request failed", new TypeError("canary"));
    log.error("a request failed", Object.assign(new Error("canary"), { name: "canary", room: "canary" }));
    log.error("a request failed", { room: "canary" });
  });
  expect(lines).toEqual([
    { level: 30, time: 0, connections: 3, msg: "draining" },
    { level: 30, time: 0, msg: "draining" },
    { level: 40, time: 0, msg: "unknown" },
    { level: 50, time: 0, error: "TypeError", msg: "a request failed" },
    { level: 50, time: 0, error: "Error", msg: "a request failed" },
    { level: 50, time: 0, error: "object", msg: "a request failed" },
  ]);
});

// What /metrics tells, in the names of Prometheus. Everything is read when it is asked for. No label is a room, an address
// or a person, and none can grow: names and codes are closed lists.
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Socket } from "node:net";
import { Counter, Gauge, Registry } from "prom-client";
import type { Readiness } from "../readiness.ts";
import { MemoryStore } from "../store/memory-store.ts";
import type { RoomStore } from "../store/room-store.ts";
import type { Tally } from "./tally.ts";

export interface MetricFacts {
  readonly tally: Tally;
  readonly version: string;
  readonly readiness: () => Readiness;
  readonly hub: { readonly size: number; readonly told: number };
  /** Every open TCP connection, HTTP and handshakes included. */
  readonly open: { readonly size: number; keys(): Iterable<Socket> };
  readonly store: RoomStore;
}

const PREFIX = "secret_rooms_";
const LAG_RESOLUTION_MS = 20;

/** One relay's own registry, and how to end what measures for it. */
export function openRegistry(facts: MetricFacts): { registry: Registry; close: () => void } {
  const { hub, open, store, tally } = facts;
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number | Promise<number>): void => {
    const it: Gauge = new Gauge({ name: PREFIX + name, help, registers, collect: async () => it.set(await read()) });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    const it: Counter = new Counter({
      name: PREFIX + name,
      help,
      registers,
      collect: () => {
        it.reset();
        it.inc(read());
      },
    });
  };
  new Gauge({ name: `${PREFIX}build_info`, help: "Version of the relay", registers, labelNames: ["version"] }).set(
    { version: facts.version },
    1,
  );
  gauge("ready", "1 while the relay takes new people", () => (facts.readiness() === "ready" ? 1 : 0));
  gauge("connections", "Open connections of clients", () => hub.size);
  gauge("tcp_connections", "Open TCP connections, HTTP and handshakes included", () => open.size);
  // A store that several relays share is not burdened with counting for each of them.
  if (store instanceof MemoryStore)
    gauge("rooms", "Rooms in the memory of this process", async () => (await store.size()).rooms);
  counter("notices_total", "Notices handed to connections, one for each recipient", () => hub.told);
  // Sockets count for themselves, so that nothing is done per message.
  counter("sent_bytes_total", "Bytes sent over all connections", () => sum(tally.sentBytes, open, "bytesWritten"));
  counter("received_bytes_total", "Bytes received over all connections", () =>
    sum(tally.receivedBytes, open, "bytesRead"),
  );
  countEvents(registry, tally);
  gauge("resident_memory_bytes", "Memory of the process", () => process.memoryUsage.rss());
  gauge("heap_used_bytes", "Memory of its JavaScript objects", () => process.memoryUsage().heapUsed);
  counter("cpu_seconds_total", "Processor time of the process", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge("uptime_seconds", "Since the process began", () => process.uptime());
  return { registry, close: measureLag(registry) };
}

function sum(closed: number, open: MetricFacts["open"], what: "bytesRead" | "bytesWritten"): number {
  let bytes = closed;
  for (const socket of open.keys()) bytes += socket[what];
  return bytes;
}

function countEvents(registry: Registry, tally: Tally): void {
  const registers = [registry];
  const answered = new Counter({
    name: `${PREFIX}requests_total`,
    help: "Requests by name and by what came of them",
    labelNames: ["request", "outcome"],
    registers,
    collect: () => {
      answered.reset();
      for (const { name, outcome, count } of tally.answers()) answered.inc({ request: name, outcome }, count);
    },
  });
  const refused = new Counter({
    name: `${PREFIX}refused_connections_total`,
    help: "Connections that were not taken, by reason",
    labelNames: ["reason"],
    registers,
    collect: () => {
      refused.reset();
      for (const [reason, count] of tally.refusals()) refused.inc({ reason }, count);
    },
  });
}

/** How late the event loop was since the last question: its median, 99th percentile and worst. Returns its end. */
function measureLag(registry: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  delay.enable();
  // The histogram holds the whole time between two ticks.
  const seconds = (ns: number): number => Math.max(0, ns / 1e9 - LAG_RESOLUTION_MS / 1e3);
  const lag = new Gauge({
    name: `${PREFIX}event_loop_lag_seconds`,
    help: "How late the event loop was since the last question",
    labelNames: ["quantile"],
    registers: [registry],
    collect: () => {
      lag.set({ quantile: "0.5" }, seconds(delay.percentile(50)));
      lag.set({ quantile: "0.99" }, seconds(delay.percentile(99)));
      lag.set({ quantile: "1" }, seconds(delay.max));
      delay.reset();
    },
  });
  return () => delay.disable();
}

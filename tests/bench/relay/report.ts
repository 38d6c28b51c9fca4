// The tables: what was measured, and each bar with what was reached. Bars are ratios within one round, because absolute
// figures say more about the machine than about the relay.
import { median } from "./histogram.ts";
import type { Measured, Round } from "./measure.ts";

export interface Bar {
  readonly what: string;
  readonly reached: number;
  readonly bar: number;
  readonly stretch: number | undefined;
  /** Most bars are at most so much; of deliveries there should be at least so many. */
  readonly isFloor: boolean;
  readonly passes: boolean;
}

type Figure = (round: Round) => number | undefined;

const fiveOf: Figure = (round) => round.five;
const lightOf: Figure = (round) => round.light;
const bigRoomOf: Figure = (round) => round.bigRoom;
const peakOf: Figure = (round) => round.peak?.perSecond;

function medianOf({ rounds }: Measured, figure: Figure): number {
  return median(rounds.map(figure).filter((value) => value !== undefined));
}

/** The median over the rounds of how `a` stands to `b` in the same round. */
function ratio(a: Measured, b: Measured, figure: Figure, other = figure): number {
  const ratios = a.rounds.map((round, index) => {
    const [mine, theirs] = [figure(round), other(b.rounds[index] ?? round)];
    return mine === undefined || theirs === undefined ? undefined : mine / theirs;
  });
  return median(ratios.filter((value) => value !== undefined));
}

export function judge(all: readonly Measured[]): Bar[] {
  const find = (name: Measured["subject"]): Measured | undefined => all.find(({ subject }) => subject === name);
  const [relay, raw, socketIo, two] = [find("relay"), find("raw ws"), find("Socket.IO"), find("two relays on Redis")];
  if (relay === undefined || raw === undefined || socketIo === undefined) throw new Error("something did not run");
  const redis =
    two === undefined ? [] : [atMost("CPU per delivery, two on Redis against one", ratio(two, relay, fiveOf), 1.5, 1)];
  return [
    atMost("CPU per delivery, 5 in flight, against raw ws", ratio(relay, raw, fiveOf), 0.45, 0.25),
    atMost("CPU per delivery, light load, against raw ws", ratio(relay, raw, lightOf), 1.25, 1),
    atLeast("most delivered/s at p99 < 100 ms, against raw ws", ratio(relay, raw, peakOf), 5, 9),
    atMost("CPU per delivery, 5 in flight, against Socket.IO", ratio(relay, socketIo, fiveOf), 0.15, 0.08),
    ...redis,
    atMost("kB per idle connection (heap)", (relay.idle?.heapBytes ?? Infinity) / 1024, 16, 11),
    atMost(
      "p99 at half of the most, ms",
      medianOf(relay, (round) => round.peak?.p99),
      20,
      10,
    ),
    atMost(
      "CPU per delivery, room of 200 against rooms of 10",
      ratio(relay, relay, bigRoomOf, (round) => round.one),
      1,
    ),
  ];
}

function atMost(what: string, reached: number, bar: number, stretch?: number): Bar {
  return { what, reached, bar, stretch, isFloor: false, passes: reached <= bar };
}

function atLeast(what: string, reached: number, bar: number, stretch?: number): Bar {
  return { what, reached, bar, stretch, isFloor: true, passes: reached >= bar };
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

export function figures(all: readonly Measured[]): string {
  const head = ["", "light µs", "1 in flight µs", "5 in flight µs", "5: del/s", "most del/s", "p50 ms", "p99 ms"];
  const rows = all.map((one) => [
    one.subject,
    medianOf(one, ({ light }) => light).toFixed(1),
    medianOf(one, ({ one: cpu }) => cpu).toFixed(1),
    medianOf(one, ({ five }) => five).toFixed(1),
    medianOf(one, ({ fivePerSecond }) => fivePerSecond).toFixed(0),
    medianOf(one, ({ peak }) => peak?.perSecond).toFixed(0),
    medianOf(one, ({ peak }) => peak?.p50).toFixed(1),
    medianOf(one, ({ peak }) => peak?.p99).toFixed(1),
  ]);
  const idleHead = ["idle", "connections", "heap kB each", "rss kB each", "connects/s", "join CPU ms"];
  const idleRows = all.flatMap(({ subject, idle }) =>
    idle === undefined
      ? []
      : [
          [
            subject,
            String(idle.connections),
            (idle.heapBytes / 1024).toFixed(1),
            (idle.rssBytes / 1024).toFixed(1),
            idle.connectsPerSecond.toFixed(0),
            idle.cpuMsPerConnection.toFixed(2),
          ],
        ],
  );
  return `${table([head, ...rows])}\n${table([idleHead, ...idleRows])}`;
}

export function verdict(bars: readonly Bar[]): string {
  const head = ["bar", "reached", "bar", "stretch", ""];
  const rows = bars.map(({ what, reached, bar, stretch, isFloor, passes }) => [
    what,
    reached.toFixed(2),
    `${isFloor ? ">=" : "<="} ${bar}`,
    stretch === undefined ? "" : String(stretch),
    passes ? "pass" : "miss",
  ]);
  return table([head, ...rows]);
}

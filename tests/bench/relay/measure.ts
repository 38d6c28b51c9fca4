// The rounds: every subject takes its turn in each, so that what else the machine does strikes all alike.
import type { Memory } from "./child.ts";
import { Fleet } from "./fleet.ts";
import type { Shape } from "./fleet.ts";
import { press, saturate } from "./load.ts";
import type { Load } from "./load.ts";
import type { Running, Subject, SubjectName } from "./subjects.ts";

export interface Plan {
  readonly rounds: number;
  /** Rounds in which the most is looked for; it takes long. */
  readonly peakRounds: number;
  readonly seconds: number;
  readonly idleConnections: number;
}

/** What one round says of one subject; times in ms, processor time in µs per delivered message. */
export interface Round {
  readonly light: number;
  readonly one: number;
  readonly five: number;
  readonly fivePerSecond: number;
  /** A full room, one message in flight each. */
  readonly bigRoom: number | undefined;
  /** Most delivered a second at p99 < 100 ms, and latencies at half of that. */
  readonly peak: { perSecond: number; p50: number; p99: number } | undefined;
}

/** Connections that say nothing, in rooms of ten. */
export interface Idle {
  readonly connections: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly connectsPerSecond: number;
  readonly cpuMsPerConnection: number;
}

export interface Measured {
  readonly subject: SubjectName;
  readonly rounds: Round[];
  readonly idle: Idle | undefined;
}

const LIGHT_PER_S = 1_000;
const SLOW_MS = 100;
const SMALL: Shape = { rooms: 20, members: 10 };
/** The protocol's most (wire/limits.ts MAX_MEMBERS). */
const BIG: Shape = { rooms: 1, members: 200 };

interface Standing {
  readonly subject: Subject;
  readonly running: Running;
  readonly small: Fleet;
  readonly big: Fleet | undefined;
  readonly rounds: Round[];
}

export async function measureAll(
  subjects: readonly Subject[],
  plan: Plan,
  say: (line: string) => void,
): Promise<Measured[]> {
  const idle = new Map<SubjectName, Idle>();
  const standing: Standing[] = [];
  for (const subject of subjects) {
    const running = await subject.start();
    if (running === undefined) {
      say(`${subject.name}: not run (no redis-server here, or no such store in this build)`);
      continue;
    }
    idle.set(subject.name, await measureIdle(subject, running, plan.idleConnections));
    const small = await Fleet.open(subject, running, SMALL);
    const big = subject.name.includes("relay") ? await Fleet.open(subject, running, BIG) : undefined;
    standing.push({ subject, running, small, big, rounds: [] });
    say(`${subject.name}: ready`);
  }
  // One round for nothing: what is not compiled yet is not what is measured.
  for (let round = -1; round < plan.rounds; round++) {
    for (const one of standing) {
      const measured = await measureRound(one, plan, round >= 0 && round < plan.peakRounds);
      if (round >= 0) one.rounds.push(measured);
    }
    say(round < 0 ? "warm" : `round ${round + 1} of ${plan.rounds}`);
  }
  for (const { subject, small, big, running } of standing) {
    if (small.dropped + (big?.dropped ?? 0) > 0) throw new Error(`${subject.name} dropped connections`);
    for (const fleet of [small, big]) fleet?.close();
    running.stop();
  }
  return standing.map(({ subject, rounds }) => ({ subject: subject.name, rounds, idle: idle.get(subject.name) }));
}

async function measureRound(
  { running, small, big }: Standing,
  { seconds }: Plan,
  looksForPeak: boolean,
): Promise<Round> {
  const load = { fleet: small, running, seconds };
  const light = await press(load, LIGHT_PER_S);
  const one = await saturate(load, 1);
  const five = await saturate(load, 5);
  return {
    light: light.cpuUs,
    one: one.cpuUs,
    five: five.cpuUs,
    fivePerSecond: five.perSecond,
    bigRoom: big === undefined ? undefined : (await saturate({ fleet: big, running, seconds }, 1)).cpuUs,
    peak: looksForPeak ? await findPeak(load, five.perSecond / small.expectedPerMessage) : undefined,
  };
}

/**
 * Raises the load by steps from half of what the subject does when it sets the pace, until it is too slow twice. When even
 * that is too much, because somebody else has the processors, it goes down until it is not.
 */
async function findPeak(load: Load, messagesPerSecond: number): Promise<Round["peak"]> {
  const reach = async (rate: number): Promise<number> => {
    const { share, perSecond, latencies } = await press(load, rate);
    return share > 0.999 && latencies.quantile(0.99) < SLOW_MS ? perSecond : 0;
  };
  const start = messagesPerSecond / 2;
  let best = 0;
  for (let rate = start, failures = 0; failures < 2; rate *= 1.25) {
    const reached = await reach(rate);
    best = Math.max(best, reached);
    failures = reached > 0 ? 0 : failures + 1;
  }
  for (let rate = start / 1.6; best === 0 && rate > 10; rate /= 1.6) best = await reach(rate);
  const half = await press(load, Math.max(best, 1) / 2 / load.fleet.expectedPerMessage);
  return { perSecond: best, p50: half.latencies.quantile(0.5), p99: half.latencies.quantile(0.99) };
}

async function memoryOf({ nodes }: Running): Promise<Memory> {
  const all = await Promise.all(nodes.map((node) => node.memory()));
  return all.reduce((sum, { heap, rss }) => ({ heap: sum.heap + heap, rss: sum.rss + rss }), { heap: 0, rss: 0 });
}

/** Closed connections leave memory only some time after; nothing tells when. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 500));

async function measureIdle(subject: Subject, running: Running, connections: number): Promise<Idle> {
  // The first connections cost what every process pays once.
  (await Fleet.open(subject, running, SMALL)).close();
  await settle();
  const before = await memoryOf(running);
  const cpuBefore = await running.nodes[0]?.usage();
  const fleet = await Fleet.open(subject, running, { rooms: connections / 10, members: 10 });
  const cpuS = ((await running.nodes[0]?.usage()) ?? 0) - (cpuBefore ?? 0);
  const after = await memoryOf(running);
  fleet.close();
  await settle();
  return {
    connections,
    heapBytes: (after.heap - before.heap) / connections,
    rssBytes: (after.rss - before.rss) / connections,
    connectsPerSecond: connections / fleet.connectS,
    cpuMsPerConnection: (cpuS * 1000) / connections,
  };
}

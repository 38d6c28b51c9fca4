// Ten thousand members who say nothing: what each costs the relay, and whether all of them came in and stayed.
import { Fleet } from "./fleet.ts";
import { subjects } from "./subjects.ts";

const MEMBERS = 10;
const ROOMS_AT_ONCE = 12;
/** Two heartbeats: whoever the relay forgets, or who forgets the relay, is gone by then. */
const HOLD_MS = 20_000;
const JOIN_P99_MS = 500;

/** Says what it found; `false` when a connection was lost or joining took too long. */
export async function holdIdle(connections: number, say: (line: string) => void): Promise<boolean> {
  const [subject] = subjects;
  const running = await subject?.start();
  const [node] = running?.nodes ?? [];
  if (subject === undefined || running === undefined || node === undefined) throw new Error("the relay did not start");
  (await Fleet.open(subject, running, { rooms: 4, members: MEMBERS })).close();
  const before = await node.memory();
  const startMs = performance.now();
  const fleet = await Fleet.gather(subject, running, { rooms: connections / MEMBERS, members: MEMBERS }, ROOMS_AT_ONCE);
  const seconds = (performance.now() - startMs) / 1000;
  // Idle is what is measured: whoever is dropped, is dropped in this time.
  await new Promise((resolve) => setTimeout(resolve, HOLD_MS));
  const after = await node.memory();
  const p99 = fleet.joins.quantile(0.99);
  const each = (bytes: number): string => `${(bytes / connections / 1024).toFixed(1)} kB`;
  say(`${fleet.members.length} members joined in ${seconds.toFixed(1)} s, ${fleet.dropped} dropped`);
  say(`join p50 ${fleet.joins.quantile(0.5)} ms, p99 ${p99} ms (at most ${JOIN_P99_MS})`);
  say(`per connection: heap ${each(after.heap - before.heap)}, process ${each(after.rss - before.rss)}`);
  const isGood = fleet.dropped === 0 && p99 <= JOIN_P99_MS;
  fleet.close();
  running.stop();
  return isGood;
}

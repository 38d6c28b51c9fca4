// The load: so many messages in flight per member, or so many messages a second whatever comes back.
import { ENVELOPE_BYTES } from "./dialect.ts";
import type { Fleet, Member } from "./fleet.ts";
import type { Histogram } from "./histogram.ts";
import { stamped } from "./link.ts";
import type { Running } from "./subjects.ts";

const DRAIN_MS = 3_000;

export interface Sample {
  readonly deliveries: number;
  /** Processor time of all server processes per delivered message, in microseconds. */
  readonly cpuUs: number;
  /** Delivered messages a second, while the load lasted. */
  readonly perSecond: number;
  /** Share of what had to be delivered that was. */
  readonly share: number;
  readonly latencies: Histogram;
}

export interface Load {
  readonly fleet: Fleet;
  readonly running: Running;
  readonly seconds: number;
}

const now = (): number => performance.now();
/** The load is a rate: how long to wait is what is asked for, not what is waited for. */
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The bytes of `template` before the envelope that count for the mask: its message begins 8 bytes into the last frame. */
function frame({ template }: Member, sentMs: number): Buffer {
  return stamped(template, ENVELOPE_BYTES, phaseOf(template), sentMs);
}

const phases = new WeakMap<Buffer, number>();

/** Where in the mask the envelope begins: counted from the start of the last frame's message. */
function phaseOf(template: Buffer): number {
  let phase = phases.get(template);
  if (phase === undefined) {
    phase = (lastMessageLength(template) - ENVELOPE_BYTES) & 3;
    phases.set(template, phase);
  }
  return phase;
}

function lastMessageLength(template: Buffer): number {
  let at = 0;
  for (;;) {
    const short = (template[at + 1] ?? 0) & 127;
    const [head, length] = short < 126 ? [6, short] : [8, template.readUInt16BE(at + 2)];
    if (at + head + length >= template.length) return length;
    at += head + length;
  }
}

async function cpuOf({ nodes }: Running): Promise<number> {
  const all = await Promise.all(nodes.map((node) => node.usage()));
  return all.reduce((sum, seconds) => sum + seconds, 0);
}

/** Runs `send` for a while, waits until everything has arrived, and says what it cost. `send` returns how many it sent. */
async function measure({ fleet, running, seconds }: Load, send: () => Promise<number>): Promise<Sample> {
  fleet.resetCounts();
  const cpuBefore = await cpuOf(running);
  const sent = await send();
  const duringLoad = fleet.deliveries;
  const expected = sent * fleet.expectedPerMessage;
  for (const endMs = now() + DRAIN_MS; fleet.deliveries < expected && now() < endMs;) await pause(5);
  const cpuS = (await cpuOf(running)) - cpuBefore;
  return {
    deliveries: fleet.deliveries,
    cpuUs: (cpuS * 1e6) / fleet.deliveries,
    perSecond: duringLoad / seconds,
    share: fleet.deliveries / expected,
    latencies: fleet.latencies,
  };
}

/** Every member has `inFlight` messages on the way: the next leaves when one is acknowledged. */
export function saturate(load: Load, inFlight: number): Promise<Sample> {
  const { fleet, seconds } = load;
  return measure(load, async () => {
    let sent = 0;
    const say = (member: Member, count: number): void => {
      sent += count;
      member.link.write(Buffer.concat(Array.from({ length: count }, () => frame(member, now()))));
    };
    fleet.onAcks = (member) => say(member, member.acks);
    for (const member of fleet.members) say(member, inFlight);
    await pause(seconds * 1000);
    fleet.onAcks = () => undefined;
    return sent;
  });
}

/** `perSecond` messages, spread over the members and over time, stamped with the moment at which each was due. */
export function press(load: Load, perSecond: number): Promise<Sample> {
  const { fleet, seconds } = load;
  return measure(load, async () => {
    const startMs = now();
    let sent = 0;
    for (const all = Math.round(seconds * perSecond); sent < all; await pause(1)) {
      const due = Math.min(all, Math.floor(((now() - startMs) / 1000) * perSecond));
      for (; sent < due; sent++) {
        // 7919 is prime to any number of members: neighbours in time are strangers in rooms.
        const member = fleet.members[(sent * 7919) % fleet.members.length];
        member?.link.write(frame(member, startMs + (sent * 1000) / perSecond));
      }
    }
    return sent;
  });
}

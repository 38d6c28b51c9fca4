// Runs spoilt input through what reads from outside: it must answer or refuse with one of our errors, and soon.
import { DecodeError } from "../../codec/reader.ts";
import { EngineError } from "../../bridge/fault.ts";
import { CoreError } from "../../core/errors.ts";
import { fieldsOf } from "./spoil.ts";
import type { Field, Spoiler } from "./spoil.ts";

export const LIMIT_MS = 50;

export interface Target {
  readonly name: string;
  /** A good input, the next one each time. */
  readonly samples: readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => unknown;
}

export interface Finding {
  /** What no reader may throw, with the input that made it do so. */
  readonly faults: string[];
  /** The slowest input, as the best of three. */
  readonly worstMs: number;
  /** Inputs that were taken as good: the spoiling is not so wild that nothing gets past the first byte. */
  readonly taken: number;
}

async function timed(run: () => unknown): Promise<{ error: unknown; tookMs: number }> {
  const startedMs = performance.now();
  try {
    await run();
    return { error: undefined, tookMs: performance.now() - startedMs };
  } catch (error) {
    return { error, tookMs: performance.now() - startedMs };
  }
}

const isOurs = (error: unknown) =>
  error instanceof CoreError || error instanceof DecodeError || error instanceof EngineError;

/** A pause of the machine is not the input's: only one that takes long each time counts. */
async function bestOfThree(run: () => unknown): Promise<{ error: unknown; tookMs: number }> {
  const first = await timed(run);
  if (first.tookMs <= LIMIT_MS) return first;
  const again = [await timed(run), await timed(run)];
  return { error: first.error, tookMs: Math.min(first.tookMs, ...again.map(({ tookMs }) => tookMs)) };
}

function describe(error: unknown, input: string): string {
  return `${error instanceof Error ? error.stack : "no error"} for ${input.slice(0, 2_000)}`;
}

export async function fuzz({ name, samples, read }: Target, count: number, spoiler: Spoiler): Promise<Finding> {
  const fields: (readonly Field[])[] = [];
  for (const sample of samples) fields.push(await fieldsOf(sample, read));
  const finding = { faults: [] as string[], worstMs: 0, taken: 0 };
  for (let i = 0; i < count; i++) {
    const at = spoiler.below(samples.length);
    const sample = samples[at] ?? new Uint8Array();
    const isNoise = spoiler.below(25) === 0;
    const input = isNoise ? spoiler.bytes(spoiler.below(400)) : spoiler.spoil(sample, fields[at]);
    const { error, tookMs } = await bestOfThree(() => read(input));
    finding.worstMs = Math.max(finding.worstMs, tookMs);
    if (error === undefined) finding.taken++;
    else if (!isOurs(error)) finding.faults.push(describe(error, `${name} ${Buffer.from(input).toString("hex")}`));
  }
  return finding;
}

/** The same for what reads values instead of bytes. */
export async function fuzzValues(
  samples: readonly unknown[],
  read: (value: unknown) => unknown,
  { count, spoiler }: { count: number; spoiler: Spoiler },
): Promise<Finding> {
  const finding = { faults: [] as string[], worstMs: 0, taken: 0 };
  for (let i = 0; i < count; i++) {
    const input = spoiler.spoilValue(spoiler.pick(samples));
    const { error, tookMs } = await bestOfThree(() => read(input));
    finding.worstMs = Math.max(finding.worstMs, tookMs);
    if (error === undefined) finding.taken++;
    else if (!isOurs(error)) finding.faults.push(describe(error, typeof input));
  }
  return finding;
}

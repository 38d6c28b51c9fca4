// Structured lines on standard error. No room, invite, seat, address or payload can get in here: whoever logs chooses an
// event and counts from the lists below, and a failure is told by its kind.
import { pino } from "pino";

export const logLevels = ["fatal", "error", "warn", "info", "debug", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

const events = [
  "listening",
  "draining",
  "closed",
  "redis is away",
  "redis is ready",
  "a request failed",
  "a connection was not forgotten",
  "a publication was not understood",
  "a room was not cared for",
] as const;
export type LogEvent = (typeof events)[number];

const countNames = ["connections"] as const;
export type Counts = { readonly [N in (typeof countNames)[number]]?: number };

export interface Logger {
  info(event: LogEvent, counts?: Counts): void;
  warn(event: LogEvent, counts?: Counts): void;
  /** Of `cause` only the kind is written, never its text, which might quote input. */
  error(event: LogEvent, cause: unknown): void;
}

/** Neither process id nor host name; standard output stays free for the one line with the address. */
export function createLogger(level: LogLevel): Logger {
  const lines = pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
  return {
    info: (event, counts) => lines.info(numbersOf(counts), known(event)),
    warn: (event, counts) => lines.warn(numbersOf(counts), known(event)),
    error: (event, cause) => lines.error({ error: errorName(cause) }, known(event)),
  };
}

/** Types end where somebody casts; these do not. */
function known(event: LogEvent): LogEvent | "unknown" {
  return events.find((listed) => listed === event) ?? "unknown";
}

function numbersOf(counts: Counts = {}): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const name of countNames) if (typeof counts[name] === "number") numbers[name] = counts[name];
  return numbers;
}

/** The class of an error, by the name it was written with. */
function errorName(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}

// Structured lines on standard error. No room, invite, seat, address or payload ever goes in here: events and counts only.
import { pino } from "pino";
import type { Logger } from "pino";

export type { Logger } from "pino";

export const logLevels = ["fatal", "error", "warn", "info", "debug", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Neither process id nor host name; standard output stays free for the one line with the address. */
export function createLogger(level: LogLevel): Logger {
  return pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));
}

/** What may be told about a failure: the kind of error, never its text, which might quote input. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

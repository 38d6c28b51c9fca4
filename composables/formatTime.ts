// Times as people read them. Pure: the caller gives clock and language.

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

type Unit = "day" | "hour" | "minute" | "second";

export interface TimeLeft {
  readonly value: number;
  readonly unit: Unit;
  /** Under an hour: worth a warning colour. */
  readonly isSoon: boolean;
  readonly isOver: boolean;
  /** When the text changes next. */
  readonly nextChangeMs: number;
}

/** How long until `endsAtMs`, in the largest unit that says enough: two days and more in days, an hour and more in hours. */
export function timeLeft(endsAtMs: number, nowMs: number): TimeLeft {
  const restMs = Math.max(0, endsAtMs - nowMs);
  const seconds = Math.ceil(restMs / 1000);
  const [unit, sizeS] = unitFor(seconds);
  const value = Math.floor(seconds / sizeS);
  const nextChangeMs = restMs - (value * sizeS - 1) * 1000;
  return {
    value,
    unit,
    isSoon: seconds < HOUR_S,
    isOver: restMs === 0,
    nextChangeMs: Math.max(250, Math.min(nextChangeMs, HOUR_S * 1000)),
  };
}

function unitFor(seconds: number): [Unit, number] {
  if (seconds >= 2 * DAY_S) return ["day", DAY_S];
  if (seconds >= HOUR_S) return ["hour", HOUR_S];
  if (seconds >= MINUTE_S) return ["minute", MINUTE_S];
  return ["second", 1];
}

export function formatUnit(value: number, unit: Unit, locale: string, display: "short" | "narrow" | "long"): string {
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: display }).format(value);
}

/** A length of time in at most two units: "23 hr 58 min", "7 days". */
export function formatSpan(ms: number, locale: string, display: "short" | "long" = "short"): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const parts: [number, Unit][] = [
    [Math.floor(seconds / DAY_S), "day"],
    [Math.floor((seconds % DAY_S) / HOUR_S), "hour"],
    [Math.floor((seconds % HOUR_S) / MINUTE_S), "minute"],
    [seconds % MINUTE_S, "second"],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first === -1) return formatUnit(0, "second", locale, display);
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => formatUnit(value, unit, locale, display))
    .join(" ");
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${name}`;
  const known = formatters.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(locale, options);
  formatters.set(key, made);
  return made;
}

export function formatClock(atMs: number, locale: string): string {
  return formatter(locale, "clock", { hour: "numeric", minute: "2-digit" }).format(atMs);
}

export function formatMoment(atMs: number, locale: string): string {
  return formatter(locale, "moment", { dateStyle: "medium", timeStyle: "short" }).format(atMs);
}

/** "Today", "Yesterday" or the date. */
export function formatDay(atMs: number, nowMs: number, locale: string): string {
  const days = Math.round((startOfDay(nowMs) - startOfDay(atMs)) / (DAY_S * 1000));
  if (days > 1 || days < 0) {
    return formatter(locale, "day", { weekday: "long", day: "numeric", month: "long" }).format(atMs);
  }
  const word = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-days, "day");
  return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
}

export function startOfDay(atMs: number): number {
  return new Date(atMs).setHours(0, 0, 0, 0);
}

// The relay's settings: read from the environment, checked once, explained by --help.
import { MAX_MEMBERS, MAX_ROOM_TTL_S, MIN_ROOM_TTL_S } from "../wire/limits.ts";
import { logLevels } from "./log.ts";
import type { LogLevel } from "./log.ts";

export interface RelayConfig {
  readonly port: number;
  readonly host: string;
  /** The origin clients name in their proofs; `undefined` means http://host:port. */
  readonly publicOrigin: string | undefined;
  readonly maxRoomTtlS: number;
  readonly defaultRoomTtlS: number;
  readonly emptyGraceS: number;
  readonly maxMembers: number;
  readonly logLevel: LogLevel;
}

export interface Setting {
  readonly name: string;
  /** What holds when it is not set. */
  readonly fallback: string;
  readonly meaning: string;
}

const DAY_S = 24 * 3600;

/** Every environment variable the relay reads, in the order of --help and of the README. */
export const settings = [
  { name: "PORT", fallback: "8787", meaning: "TCP port to listen on; 0 takes a free one." },
  { name: "HOST", fallback: "127.0.0.1", meaning: "Address to listen on." },
  {
    name: "PUBLIC_URL",
    fallback: "http://HOST:PORT",
    meaning: "Origin under which people reach the relay, as it stands in invite links. Needed behind a proxy.",
  },
  {
    name: "REDIS_URL",
    fallback: "(none)",
    meaning: "Not in this build: rooms are kept in the memory of one process. The relay refuses to start if it is set.",
  },
  { name: "MAX_ROOM_TTL_S", fallback: String(MAX_ROOM_TTL_S), meaning: "Longest life of a room, in seconds." },
  {
    name: "DEFAULT_ROOM_TTL_S",
    fallback: String(DAY_S),
    meaning: "Life that clients propose for a new room, in seconds.",
  },
  {
    name: "EMPTY_GRACE_S",
    fallback: "120",
    meaning: "How long a room waits for somebody to come back after the last connection dropped, in seconds.",
  },
  { name: "MAX_MEMBERS", fallback: String(MAX_MEMBERS), meaning: "Most people in one room." },
  { name: "LOG_LEVEL", fallback: "info", meaning: `One of ${logLevels.join(", ")}. Logs go to standard error.` },
] as const satisfies readonly Setting[];

export type SettingName = (typeof settings)[number]["name"];
export type ConfigFault =
  | "not_a_number"
  | "out_of_range"
  | "not_an_origin"
  | "unknown_value"
  | "not_in_this_build"
  | "missing";

export interface ConfigProblem {
  readonly setting: SettingName;
  readonly fault: ConfigFault;
  /** A sentence for the operator. */
  readonly message: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

class Reader {
  readonly problems: ConfigProblem[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  text(setting: SettingName): string | undefined {
    const value = this.#environment[setting]?.trim();
    return value === "" ? undefined : value;
  }

  report(setting: SettingName, fault: ConfigFault, message: string): undefined {
    this.problems.push({ setting, fault, message: `${setting} ${message}` });
  }

  integer(setting: SettingName, range: readonly [min: number, max: number], fallback: number): number {
    const text = this.text(setting);
    if (text === undefined) return fallback;
    if (!/^\d{1,12}$/.test(text)) return this.report(setting, "not_a_number", "must be a whole number.") ?? fallback;
    const value = Number(text);
    const [min, max] = range;
    if (value < min || value > max)
      return this.report(setting, "out_of_range", `must be between ${min} and ${max}.`) ?? fallback;
    return value;
  }

  origin(setting: SettingName): string | undefined {
    const text = this.text(setting);
    if (text === undefined) return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isOrigin =
      url !== undefined &&
      ["http:", "https:"].includes(url.protocol) &&
      url.pathname === "/" &&
      `${url.search}${url.hash}${url.username}${url.password}` === "";
    if (!isOrigin)
      return this.report(
        setting,
        "not_an_origin",
        "must be an http or https address without a path, like https://rooms.example.org.",
      );
    return url.origin;
  }

  level(setting: SettingName): LogLevel {
    const text = this.text(setting) ?? "info";
    const level = logLevels.find((known) => known === text);
    return level ?? this.report(setting, "unknown_value", `must be one of ${logLevels.join(", ")}.`) ?? "info";
  }
}

/** Checks the whole environment and reports everything that is wrong with it, not only the first. */
export function readConfig(
  environment: Environment,
): { ok: true; config: RelayConfig } | { ok: false; problems: readonly ConfigProblem[] } {
  const read = new Reader(environment);
  const host = read.text("HOST") ?? "127.0.0.1";
  const publicOrigin = read.origin("PUBLIC_URL");
  const maxRoomTtlS = read.integer("MAX_ROOM_TTL_S", [MIN_ROOM_TTL_S, MAX_ROOM_TTL_S], MAX_ROOM_TTL_S);
  const config: RelayConfig = {
    port: read.integer("PORT", [0, 65_535], 8787),
    host,
    publicOrigin,
    maxRoomTtlS,
    defaultRoomTtlS: read.integer("DEFAULT_ROOM_TTL_S", [MIN_ROOM_TTL_S, maxRoomTtlS], Math.min(DAY_S, maxRoomTtlS)),
    emptyGraceS: read.integer("EMPTY_GRACE_S", [0, 3600], 120),
    maxMembers: read.integer("MAX_MEMBERS", [2, MAX_MEMBERS], MAX_MEMBERS),
    logLevel: read.level("LOG_LEVEL"),
  };
  if (read.text("REDIS_URL") !== undefined)
    read.report(
      "REDIS_URL",
      "not_in_this_build",
      "is set, but this build has no Redis store. Unset it to keep rooms in memory, or use a build that has one.",
    );
  if (["0.0.0.0", "::"].includes(host) && read.text("PUBLIC_URL") === undefined)
    read.report("PUBLIC_URL", "missing", "must be set when HOST stands for every address, or no invite can be proved.");
  return read.problems.length > 0 ? { ok: false, problems: read.problems } : { ok: true, config };
}

/** What `npm run relay -- --help` prints. */
export function helpText(): string {
  const width = Math.max(...settings.map(({ name }) => name.length));
  const rows = settings.map(
    ({ name, fallback, meaning }) => `  ${name.padEnd(width)}  ${meaning} Default: ${fallback}`,
  );
  return [
    "Secret Rooms relay: passes sealed messages on between the members of rooms.",
    "",
    "Usage: npm run relay",
    "",
    "Environment:",
    ...rows,
    "",
    "SIGTERM or SIGINT tells clients to go elsewhere, closes every connection and exits with 0.",
    "",
  ].join("\n");
}

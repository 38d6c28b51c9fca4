// The relay's settings: read from the environment, checked once, explained by --help.
import { isIP } from "node:net";
import { isAbuseContact, isOperatorName } from "../wire/http.ts";
import { MAX_ICE_URL_BYTES, MAX_ICE_URLS, MAX_MEMBERS, MAX_ROOM_TTL_S, MIN_ROOM_TTL_S } from "../wire/limits.ts";
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
  /** One address of a Redis, or several of one Redis Cluster; none means that rooms live in this process. */
  readonly redisUrls: readonly string[];
  readonly allowsPersistentRedis: boolean;
  /** Addresses and networks (CIDR) of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Origins of web pages that may connect beside the extensions. */
  readonly allowedOrigins: readonly string[];
  readonly turn: { readonly urls: readonly string[]; readonly secret: string } | undefined;
  /** Where /metrics is served, apart from what people reach; `undefined` for nowhere. */
  readonly metrics: { readonly port: number; readonly host: string; readonly token: string | undefined } | undefined;
  /** Shown on the relay's pages. */
  readonly operator: { readonly name: string | undefined; readonly abuseContact: string | undefined };
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
    meaning:
      "Redis that keeps the rooms of several relays, as redis://HOST:PORT or rediss://; several addresses of one Redis Cluster with commas between. Without it rooms live in the memory of this process.",
  },
  {
    name: "ALLOW_PERSISTENT_REDIS",
    fallback: "0",
    meaning: "1 to start although the Redis writes to a disk, which breaks the promise that nothing is kept.",
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
  {
    name: "TRUSTED_PROXIES",
    fallback: "(none)",
    meaning:
      "Addresses or networks of your own proxies, with commas between, like 127.0.0.1, 10.0.0.0/8. Only from these X-Forwarded-For is believed.",
  },
  {
    name: "ALLOWED_ORIGINS",
    fallback: "(none)",
    meaning: "Web origins that may connect beside browser extensions, with commas between.",
  },
  {
    name: "TURN_URLS",
    fallback: "(none)",
    meaning: "TURN servers for calls, with commas between, like turn:turn.example.org:3478?transport=udp.",
  },
  {
    name: "TURN_SECRET",
    fallback: "(none)",
    meaning: "The static-auth-secret of the TURN servers, at least 16 characters.",
  },
  { name: "METRICS_PORT", fallback: "(none)", meaning: "TCP port for /metrics; not served anywhere without it." },
  { name: "METRICS_HOST", fallback: "127.0.0.1", meaning: "Address to serve /metrics on." },
  {
    name: "METRICS_TOKEN",
    fallback: "(none)",
    meaning: "Bearer token that /metrics asks for. Needed unless METRICS_HOST is this machine alone.",
  },
  { name: "OPERATOR_NAME", fallback: "(none)", meaning: "Who runs this relay, for its pages." },
  {
    name: "ABUSE_CONTACT",
    fallback: "(none)",
    meaning: "Where to report abuse, for its pages: an e-mail address or an https address.",
  },
  { name: "LOG_LEVEL", fallback: "info", meaning: `One of ${logLevels.join(", ")}. Logs go to standard error.` },
] as const satisfies readonly Setting[];

export type SettingName = (typeof settings)[number]["name"];
export type ConfigFault =
  | "not_a_number"
  | "out_of_range"
  | "not_an_origin"
  | "unknown_value"
  | "not_a_list"
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

  flag(setting: SettingName): boolean {
    const text = this.text(setting) ?? "0";
    if (!["0", "1"].includes(text)) this.report(setting, "unknown_value", "must be 0 or 1.");
    return text === "1";
  }

  /** Items between commas; `says` completes "KEY must be ...". */
  items(setting: SettingName, isItem: (item: string) => boolean, says: string): string[] {
    const text = this.text(setting);
    if (text === undefined) return [];
    const items = text.split(",").map((item) => item.trim());
    if (items.every(isItem)) return items;
    this.report(setting, "not_a_list", says);
    return [];
  }

  level(setting: SettingName): LogLevel {
    const text = this.text(setting) ?? "info";
    const level = logLevels.find((known) => known === text);
    return level ?? this.report(setting, "unknown_value", `must be one of ${logLevels.join(", ")}.`) ?? "info";
  }
}

function hasProtocol(text: string, ...protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}

function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function isWebOrigin(text: string): boolean {
  return hasProtocol(text, "http:", "https:") && new URL(text).origin === text;
}

/** RFC 7065. */
function isTurnUrl(text: string): boolean {
  return /^turns?:[^\s/?@]+(\?transport=(udp|tcp))?$/.test(text);
}

function readTurn(read: Reader): RelayConfig["turn"] {
  const urls = read.items("TURN_URLS", isTurnUrl, "must be turn: or turns: addresses with commas between.");
  const secret = read.text("TURN_SECRET");
  if (urls.length === 0) return undefined;
  if (urls.length > MAX_ICE_URLS || urls.some((url) => Buffer.byteLength(url) > MAX_ICE_URL_BYTES))
    return read.report("TURN_URLS", "out_of_range", `must be at most ${MAX_ICE_URLS} addresses of usual length.`);
  if (secret === undefined) return read.report("TURN_SECRET", "missing", "must be set when TURN_URLS is.");
  if (secret.length < 16) return read.report("TURN_SECRET", "out_of_range", "must have at least 16 characters.");
  return { urls, secret };
}

function readMetrics(read: Reader): RelayConfig["metrics"] {
  const host = read.text("METRICS_HOST") ?? "127.0.0.1";
  const token = read.text("METRICS_TOKEN");
  if (read.text("METRICS_PORT") === undefined) return undefined;
  const port = read.integer("METRICS_PORT", [0, 65_535], 0);
  if (token === undefined && !["127.0.0.1", "::1", "localhost"].includes(host))
    return read.report("METRICS_TOKEN", "missing", "must be set when METRICS_HOST can be reached from elsewhere.");
  return { port, host, token };
}

function readOperator(read: Reader): RelayConfig["operator"] {
  const name = read.text("OPERATOR_NAME");
  const abuseContact = read.text("ABUSE_CONTACT");
  if (name !== undefined && !isOperatorName(name))
    read.report("OPERATOR_NAME", "out_of_range", "must have at most 100 characters that can be shown.");
  if (abuseContact !== undefined && !isAbuseContact(abuseContact))
    read.report("ABUSE_CONTACT", "unknown_value", "must be an e-mail address or an https address.");
  return { name, abuseContact };
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
    redisUrls: read.items(
      "REDIS_URL",
      (item) => hasProtocol(item, "redis:", "rediss:"),
      "must be redis:// or rediss:// addresses with commas between.",
    ),
    allowsPersistentRedis: read.flag("ALLOW_PERSISTENT_REDIS"),
    trustedProxies: read.items("TRUSTED_PROXIES", isNetwork, "must be IP addresses or networks with commas between."),
    allowedOrigins: read.items(
      "ALLOWED_ORIGINS",
      isWebOrigin,
      "must be origins like https://example.org, with commas between.",
    ),
    turn: readTurn(read),
    metrics: readMetrics(read),
    operator: readOperator(read),
    logLevel: read.level("LOG_LEVEL"),
  };
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

// The few HTTP routes of a relay that the extension knows, and what a relay says about itself. What it says is hostile.

export const routes = {
  health: "/healthz",
  ready: "/readyz",
  version: "/version",
  /** Landing page of invite links; the fragment with the secret never reaches it. */
  invite: "/sr",
  status: "/",
  about: "/.well-known/secret-rooms",
  socket: "/socket",
} as const;

/** What `/.well-known/secret-rooms` answers, as JSON. Relays of the first release say nothing of what is optional. */
export interface RelayAbout {
  readonly product: "secret-rooms";
  readonly protocol: number;
  readonly maxRoomLifeS: number;
  readonly defaultRoomLifeS: number;
  readonly maxMembers: number;
  readonly version?: string | undefined;
  /** The origin that proofs of invites have to name. */
  readonly origin?: string | undefined;
  readonly maxEnvelopeBytes?: number | undefined;
  /** What one connection may go on sending. */
  readonly messagesPerSecond?: number | undefined;
  /** Whether members of a room can get addresses of a TURN server. */
  readonly turn?: boolean | undefined;
  readonly operator?: string | undefined;
  /** An e-mail address or an https address. */
  readonly abuseContact?: string | undefined;
}

const MAX_NAME_CHARS = 100;
const MAX_CONTACT_CHARS = 254;
/** Control and format characters, which can turn a line round, and line breaks. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/** A line of text that can be shown as the name of whoever runs a relay. */
export function isOperatorName(text: string): boolean {
  return text.length > 0 && text.length <= MAX_NAME_CHARS && !UNPRINTABLE.test(text);
}

/** An e-mail address or an https address without an account in it, in a form that can be shown. */
export function isAbuseContact(text: string): boolean {
  if (text.length > MAX_CONTACT_CHARS || UNPRINTABLE.test(text) || /[\s<>"'`\\]/.test(text)) return false;
  if (/^[^@/:?#]+@[^@/:?#]+$/.test(text)) return true;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "https:" && `${url.username}${url.password}` === "";
}

function isVersion(text: string): boolean {
  return /^[\w.+-]{1,40}$/.test(text);
}

function isOrigin(text: string): boolean {
  return (
    text.length <= MAX_CONTACT_CHARS && /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
  );
}

type Is<T> = (value: unknown) => value is T;

const isFlag: Is<boolean> = (value) => typeof value === "boolean";

function isCountUpTo(max: number): Is<number> {
  return (value): value is number => typeof value === "number" && Number.isInteger(value) && value > 0 && value <= max;
}

function isText(isGood: (text: string) => boolean): Is<string> {
  return (value): value is string => typeof value === "string" && isGood(value);
}

/** Reads fields of what a relay claims; one wrong field spoils the whole. */
class Claims {
  isSpoilt = false;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(fields: object) {
    this.#fields = fields as Readonly<Record<string, unknown>>;
  }

  optional<T>(key: keyof RelayAbout, is: Is<T>): T | undefined {
    const value = Object.hasOwn(this.#fields, key) ? this.#fields[key] : undefined;
    if (value === undefined || is(value)) return value;
    this.isSpoilt = true;
    return undefined;
  }

  count(key: keyof RelayAbout, max: number): number {
    const value = this.optional(key, isCountUpTo(max));
    if (value === undefined) this.isSpoilt = true;
    return value ?? 0;
  }
}

const LONGEST_LIFE_S = 366 * 24 * 3600;

/** Checks what a relay claims about itself; `undefined` for anything that is not a relay of our protocol. */
export function decodeRelayAbout(value: unknown): RelayAbout | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const claims = new Claims(value);
  const about: RelayAbout = {
    product: "secret-rooms",
    protocol: claims.count("protocol", 255),
    maxRoomLifeS: claims.count("maxRoomLifeS", LONGEST_LIFE_S),
    defaultRoomLifeS: claims.count("defaultRoomLifeS", LONGEST_LIFE_S),
    maxMembers: claims.count("maxMembers", 10_000),
    version: claims.optional("version", isText(isVersion)),
    origin: claims.optional("origin", isText(isOrigin)),
    maxEnvelopeBytes: claims.optional("maxEnvelopeBytes", isCountUpTo(2 ** 24)),
    messagesPerSecond: claims.optional("messagesPerSecond", isCountUpTo(1_000_000)),
    turn: claims.optional("turn", isFlag),
    operator: claims.optional("operator", isText(isOperatorName)),
    abuseContact: claims.optional("abuseContact", isText(isAbuseContact)),
  };
  return (value as { product?: unknown }).product === "secret-rooms" && !claims.isSpoilt ? about : undefined;
}

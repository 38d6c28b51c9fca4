// Invite links: https://<relay>/sr#<payload>. The payload is version, flags, a 32-byte secret and two check bytes, so that a
// damaged link is recognised before any network. Nothing but the fragment is secret, and no server ever sees the fragment.
import { concat, equalBytes, fromBase64Url, toBase64Url, utf8 } from "../../codec/bytes.ts";
import { sha256 } from "../crypto/hash.ts";
import { CoreError } from "../errors.ts";

const LINK_VERSION = 1;
const SECRET_BYTES = 32;
const CHECK_BYTES = 2;
const PAYLOAD_BYTES = 2 + SECRET_BYTES + CHECK_BYTES;

export interface InviteFlags {
  readonly hasPassword: boolean;
  readonly askFirst: boolean;
  readonly readOnly: boolean;
}

export interface InviteLink {
  /** Origin of the relay, e.g. `https://relay.example.org`. */
  readonly relay: string;
  readonly flags: InviteFlags;
  readonly secret: Uint8Array;
}

export function flagsToByte(flags: InviteFlags): number {
  return (flags.hasPassword ? 1 : 0) | (flags.askFirst ? 2 : 0) | (flags.readOnly ? 4 : 0);
}

export function flagsFromByte(flags: number): InviteFlags {
  return { hasPassword: (flags & 1) !== 0, askFirst: (flags & 2) !== 0, readOnly: (flags & 4) !== 0 };
}

/** Origin of a relay: https, or http on this machine only. Throws `malformed` for anything else. */
export function parseRelayOrigin(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new CoreError("malformed", "not an address", { cause });
  }
  const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  const isBare =
    url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "" && url.password === "";
  if (!isBare || !(url.protocol === "https:" || (url.protocol === "http:" && isLocal))) {
    throw new CoreError("malformed", "not the address of a relay");
  }
  return url.origin;
}

function checkBytes(head: Uint8Array): Uint8Array {
  return sha256(utf8("SR1 link"), head).slice(0, CHECK_BYTES);
}

export function encodeLink(link: InviteLink): string {
  const head = concat(Uint8Array.of(LINK_VERSION, flagsToByte(link.flags)), link.secret);
  return `${link.relay}/sr#${toBase64Url(concat(head, checkBytes(head)))}`;
}

/** Throws `malformed` for a damaged or foreign link and `unsupported_version` for one of a newer protocol. */
export function decodeLink(text: string): InviteLink {
  const match = /^(https?:\/\/[^/?#\s]+)\/sr\/?#([\w-]+)$/i.exec(text.trim());
  if (!match) throw new CoreError("malformed", "not an invite link");
  const [, origin = "", fragment = ""] = match;
  const payload = fromBase64Url(fragment);
  if (!payload || payload.length < 3) throw new CoreError("malformed", "damaged link");
  const [version = 0, flags = 0] = payload;
  const head = payload.subarray(0, -CHECK_BYTES);
  if (!equalBytes(checkBytes(head), payload.subarray(-CHECK_BYTES))) throw new CoreError("malformed", "damaged link");
  if (version !== LINK_VERSION || flags > 7) throw new CoreError("unsupported_version", "newer link");
  if (payload.length !== PAYLOAD_BYTES) throw new CoreError("malformed", "damaged link");
  return {
    relay: parseRelayOrigin(origin),
    flags: flagsFromByte(flags),
    secret: payload.slice(2, 2 + SECRET_BYTES),
  };
}

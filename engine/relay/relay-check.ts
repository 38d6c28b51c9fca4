// Asks a relay what it is before anybody trusts it with a room.
import { CoreError } from "../../core/errors.ts";
import { parseRelayOrigin } from "../../core/room/link.ts";
import type { RelayReport } from "../../bridge/contract.ts";
import { EngineError } from "../../bridge/fault.ts";
import { decodeRelayAbout, routes } from "../../wire/http.ts";
import { PROTOCOL_VERSION } from "../../wire/limits.ts";

const TIMEOUT_MS = 8_000;
const MAX_ABOUT_CHARS = 16_384;

async function fetchAbout(origin: string): Promise<unknown> {
  let text: string;
  try {
    const response = await fetch(origin + routes.about, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new EngineError("relay_not_compatible");
    text = await response.text();
  } catch (cause) {
    throw cause instanceof EngineError ? cause : new EngineError("relay_unreachable", { cause });
  }
  try {
    if (text.length > MAX_ABOUT_CHARS) throw new EngineError("relay_not_compatible");
    return JSON.parse(text);
  } catch (cause) {
    throw new EngineError("relay_not_compatible", { cause });
  }
}

/** Rejects with `relay_malformed`, `relay_unreachable` or `relay_not_compatible`. */
export async function checkRelay(address: string): Promise<RelayReport> {
  let origin: string;
  try {
    origin = parseRelayOrigin(address.includes("://") ? address.trim() : `https://${address.trim()}`);
  } catch (cause) {
    if (cause instanceof CoreError) throw new EngineError("relay_malformed", { cause });
    throw cause;
  }
  const about = decodeRelayAbout(await fetchAbout(origin));
  if (about?.protocol !== PROTOCOL_VERSION) throw new EngineError("relay_not_compatible");
  const { maxRoomLifeS, defaultRoomLifeS, maxMembers } = about;
  return { origin, maxRoomLifeS, defaultRoomLifeS, maxMembers };
}

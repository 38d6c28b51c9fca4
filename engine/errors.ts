// Turns faults of core and relay into the codes that views know.
import type { EngineFault } from "../bridge/contract.ts";
import { EngineError } from "../bridge/fault.ts";
import { CoreError } from "../core/errors.ts";
import type { RelayCode } from "../wire/errors.ts";
import { RelayForeign, RelayLost, RelayRefusal } from "./relay/relay-client.ts";

const ofRelay: Record<RelayCode, EngineFault> = {
  malformed: "internal",
  too_large: "text_too_long",
  rate_limited: "rate_limited",
  not_admitted: "not_admitted",
  stale_epoch: "internal",
  locked: "room_locked",
  full: "room_full",
  expired: "room_ended",
  unsupported_version: "relay_not_compatible",
  try_later: "relay_unreachable",
  read_only: "read_only",
};

/** The code for a failed attempt to create, join or re-enter a room. */
export function faultOf(error: unknown): EngineFault {
  if (error instanceof EngineError) return error.code;
  if (error instanceof RelayRefusal) return ofRelay[error.code];
  if (error instanceof RelayLost) return "relay_unreachable";
  if (error instanceof RelayForeign) return "relay_not_compatible";
  if (!(error instanceof CoreError)) return "internal";
  if (error.code === "not_allowed") return "not_allowed";
  return error.code === "unsupported_version" ? "link_unsupported_version" : "room_unverified";
}

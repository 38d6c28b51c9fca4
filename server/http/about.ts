// What a relay says about itself in public: facts of its configuration, nothing of what goes on inside.
import manifest from "../../package.json" with { type: "json" };
import type { RelayAbout } from "../../wire/http.ts";
import { MAX_ENVELOPE_BYTES, PROTOCOL_VERSION } from "../../wire/limits.ts";
import type { RelayConfig } from "../config.ts";
import type { PageFacts } from "./facts.ts";
import type { RelayLimits } from "../limits.ts";

/** Everything but the origin, which is known once the relay listens. */
export function describeRelay(config: RelayConfig, limits: RelayLimits): Omit<RelayAbout, "origin"> & PageFacts {
  return {
    product: "secret-rooms",
    protocol: PROTOCOL_VERSION,
    version: manifest.version,
    maxRoomLifeS: config.maxRoomTtlS,
    defaultRoomLifeS: config.defaultRoomTtlS,
    maxMembers: config.maxMembers,
    maxEnvelopeBytes: MAX_ENVELOPE_BYTES,
    messagesPerSecond: Math.max(1, Math.floor(limits.messages.perSecond)),
    turn: config.turn !== undefined,
    operator: config.operator.name,
    abuseContact: config.operator.abuseContact,
  };
}

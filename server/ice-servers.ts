// Short-lived logins for TURN servers, as coturn's use-auth-secret checks them (draft-uberti-behave-turn-rest-00): the
// username says until when, the password is an HMAC of it, and nothing has to be told to the TURN server.
import { createHmac } from "node:crypto";
import type { Answer } from "../wire/events.ts";
import type { RelayConfig } from "./config.ts";

/** Seconds a login holds. Shorter would end calls whose network changes; whoever was removed has it no longer than this. */
const LOGIN_LIFE_S = 600;
const ALIAS_BYTES = 16;

/**
 * What `ice:get` answers for the room under `handle`; no servers when none are configured. `nowMs` is the wall clock, in
 * milliseconds since 1970.
 */
export function iceServers(turn: RelayConfig["turn"], handle: Uint8Array, nowMs: number): Answer<"ice:get"> {
  if (turn === undefined) return { servers: [], lifeS: LOGIN_LIFE_S };
  const { urls, secret } = turn;
  const username = `${Math.floor(nowMs / 1000) + LOGIN_LIFE_S}:${roomAlias(secret, handle)}`;
  const credential = createHmac("sha1", secret).update(username).digest("base64");
  return { servers: [{ urls: [...urls], username, credential }], lifeS: LOGIN_LIFE_S };
}

/**
 * A room's name at the TURN server: the same for all its members at every node, so that coturn's quota per user holds for
 * the room. Without the secret nobody learns the handle from it.
 */
function roomAlias(secret: string, handle: Uint8Array): string {
  const digest = createHmac("sha256", secret).update("SR1 turn room").update(handle).digest();
  return digest.subarray(0, ALIAS_BYTES).toString("base64url");
}

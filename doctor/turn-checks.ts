// Looks at a TURN server: whom it serves, and where it would pass things on to. Nothing is sent to any peer.
import { randomBytes } from "node:crypto";
import { iceServers } from "../server/ice-servers.ts";
import type { Check } from "./check.ts";
import { specialPeers } from "./special-peers.ts";
import { TurnClient } from "./turn-client.ts";
import type { TurnLogin } from "./turn-client.ts";
import { readTurnUrl } from "./turn-wire.ts";
import type { TurnTarget } from "./turn-wire.ts";
import { fail, holds, pass, reasonOf, warn } from "./verdicts.ts";

/** The first coturn that takes other spellings of an internal address for what they are (CVE-2026-27624). */
const SAFE_VERSION = [4, 9, 0] as const;
const UNAUTHORIZED = 401;
/** A public address, to see that anything is permitted at all. */
const PUBLIC_PEER = "1.1.1.1";

export interface TurnOptions {
  /** As in TURN_URLS. */
  readonly url: string;
  /** TURN_SECRET; without it only what a stranger sees is looked at. */
  readonly secret?: string | undefined;
  readonly ca?: string | undefined;
}

/** Never rejects: a server that does not answer is a finding. */
export async function checkTurn({ url, secret, ca }: TurnOptions): Promise<Check[]> {
  const target = readTurnUrl(url);
  if (target === undefined)
    return [fail("turn address", "is no turn: or turns: address that can be looked at (DTLS cannot)")];
  const found: Check[] = [];
  try {
    const reached = { ...target, ca };
    await checkAsStranger(reached, found);
    if (secret === undefined) found.push(warn("turn peers", "not looked at: that needs --turn-secret"));
    else await checkAsMember(reached, { url, secret }, found);
  } catch (error) {
    found.push(fail("turn reachable", `no answer (${reasonOf(error)})`));
  }
  return found;
}

async function checkAsStranger(target: TurnTarget, found: Check[]): Promise<void> {
  await withClient(target, undefined, async (client) => {
    const { software } = await client.bind();
    found.push(pass("turn reachable", "answers"), judgeVersion(software));
    const { code, realm = "" } = await client.allocate();
    if (code === 0) await client.release();
    found.push(
      holds("turn strangers", code === UNAUTHORIZED, [
        "are refused",
        `are answered ${code} instead of ${UNAUTHORIZED}. Set use-auth-secret`,
      ]),
      holds("turn realm", realm !== "", [realm, "is not named, and without it no browser can log in"]),
    );
  });
}

/** @param software what the server calls itself, if it does */
export function judgeVersion(software: string | undefined): Check {
  const name = "turn version";
  const safe = SAFE_VERSION.join(".");
  const version = /coturn-(\d+)\.(\d+)\.(\d+)/i
    .exec(software ?? "")
    ?.slice(1)
    .map(Number);
  if (version === undefined)
    return warn(name, `is kept secret, which is good: see turnserver --version. Older than ${safe} is not safe`);
  const index = SAFE_VERSION.findIndex((wanted, at) => version[at] !== wanted);
  const isOld = index >= 0 && (version[index] ?? 0) < (SAFE_VERSION[index] ?? 0);
  const says = `coturn ${version.join(".")}`;
  return holds(name, !isOld, [
    `${says}; no-software-attribute hides it`,
    `${says}, too old to be safe, even if your distribution brings it: ${safe} or later is needed`,
  ]);
}

async function checkAsMember(
  target: TurnTarget,
  { url, secret }: { readonly url: string; readonly secret: string },
  found: Check[],
): Promise<void> {
  const [login] = iceServers({ urls: [url], secret }, randomBytes(16), Date.now()).servers;
  const code = await withClient(target, login, async (client) => {
    const answer = await client.allocate(4);
    if (answer.code !== 0) return answer.code;
    found.push(pass("turn login", "made with the secret, is taken"), await checkUse(client));
    found.push(judgePeers("turn peers from IPv4", await permittedOf(client)));
    await client.release();
    return 0;
  });
  if (code === 0) found.push(await checkFromIpv6(target, login));
  else
    found.push(fail("turn login", `made with the secret, is refused (${code}): other secret, or a clock that is off`));
}

async function checkUse(client: TurnClient): Promise<Check> {
  const { code } = await client.permit(PUBLIC_PEER);
  return holds("turn relaying", code === 0, [
    "to public addresses is permitted",
    `to public addresses is refused (${code}): no call can use it`,
  ]);
}

function checkFromIpv6(target: TurnTarget, login: TurnLogin | undefined): Promise<Check> {
  return withClient(target, login, async (client) => {
    const name = "turn peers from IPv6";
    if ((await client.allocate(6)).code !== 0) return pass(name, "there is no relaying over IPv6");
    const permitted = await permittedOf(client);
    await client.release();
    return judgePeers(name, permitted);
  });
}

/** Special addresses that the server permits, with the names of their classes. */
async function permittedOf(client: TurnClient): Promise<string[]> {
  const permitted: string[] = [];
  for (const { name, peers } of specialPeers)
    for (const peer of peers) if ((await client.permit(peer)).code === 0) permitted.push(`${peer} (${name})`);
  return permitted;
}

function judgePeers(name: string, permitted: readonly string[]): Check {
  return holds(name, permitted.length === 0, [
    `none of ${specialPeers.length} kinds of internal and special addresses is reached`,
    `reached are ${permitted.join(", ")}. Use deploy/coturn/turnserver.conf`,
  ]);
}

async function withClient<T>(
  target: TurnTarget,
  login: TurnLogin | undefined,
  act: (client: TurnClient) => Promise<T>,
): Promise<T> {
  const client = await TurnClient.open(target, login);
  try {
    return await act(client);
  } finally {
    client.close();
  }
}

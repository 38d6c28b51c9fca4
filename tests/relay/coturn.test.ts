// The real coturn with the shipped configuration: whom it serves, where it passes nothing on, and how much it gives.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { specialPeers } from "../../doctor/special-peers.ts";
import { TurnClient } from "../../doctor/turn-client.ts";
import type { TurnLogin } from "../../doctor/turn-client.ts";
import { loginTo, shippedConfig, startCoturn, targetOf, turnSecret } from "./support/coturn.ts";
import type { Coturn } from "./support/coturn.ts";
import { bytes, openRoom, roomPlan } from "./support/people.ts";
import { startRelay } from "./support/relay.ts";

const FORBIDDEN = 403;
const UNAUTHORIZED = 401;
/** 508 since 4.16. */
const UNSUPPORTED_FAMILY = [440, 508];
const OTHER_FAMILY = 443;
const QUOTA_REACHED = 486;

const bothFamilies = ["127.0.0.1", "::1"];
const publicPeers = { 4: "1.1.1.1", 6: "2606:4700:4700::1111" } as const;
/** For whoever relays IPv6: the list of special addresses has to do alone. */
const configWithIpv6 = shippedConfig.split("# --- no IPv6")[0] ?? "";

const open: TurnClient[] = [];
const servers: Coturn[] = [];

async function serve(...options: Parameters<typeof startCoturn>): Promise<Coturn> {
  const server = await startCoturn(...options);
  servers.push(server);
  return server;
}

async function visit(server: Coturn, login?: TurnLogin, transport: "udp" | "tcp" = "udp"): Promise<TurnClient> {
  const client = await TurnClient.open(targetOf(server, transport), login);
  open.push(client);
  return client;
}

async function allocated(server: Coturn, family: 4 | 6, transport: "udp" | "tcp"): Promise<TurnClient> {
  const client = await visit(server, loginTo(), transport);
  expect((await client.allocate(family)).code).toBe(0);
  return client;
}

let shipped: Coturn;
let onBoth: Coturn;
let withIpv6: Coturn;

beforeAll(async () => {
  [shipped, onBoth, withIpv6] = await Promise.all([
    serve(),
    serve({ relayAddresses: bothFamilies }),
    serve({ relayAddresses: bothFamilies, config: configWithIpv6 }),
  ]);
});

afterAll(async () => {
  for (const client of open) client.close();
  await Promise.all(servers.map((server) => server.stop()));
});

test("the attack list has at least 25 classes", () => {
  expect(specialPeers.length).toBeGreaterThanOrEqual(25);
});

describe.each(["udp", "tcp"] as const)("a client over %s", (transport) => {
  let ways: readonly (readonly [allocation: 4 | 6, client: TurnClient])[];
  let channel = 0x4000;

  beforeAll(async () => {
    ways = await Promise.all([
      allocated(shipped, 4, transport).then((client) => [4, client] as const),
      allocated(onBoth, 4, transport).then((client) => [4, client] as const),
      allocated(onBoth, 6, transport).then((client) => [6, client] as const),
      allocated(withIpv6, 4, transport).then((client) => [4, client] as const),
      allocated(withIpv6, 6, transport).then((client) => [6, client] as const),
    ]);
  });

  test.each(specialPeers.map(({ name, family, peers }) => [family, name, peers] as const))(
    "reaches no peer of IPv%d: %s",
    async (family, _name, peers) => {
      for (const [allocation, client] of ways)
        for (const peer of peers) {
          const refusal = allocation === family ? FORBIDDEN : OTHER_FAMILY;
          const codes = [(await client.permit(peer)).code, (await client.bindChannel(peer, channel++)).code];
          expect([peer, ...codes]).toEqual([peer, refusal, refusal]);
        }
    },
  );

  test("reaches a public peer of IPv4", async () => {
    for (const [allocation, client] of ways) {
      if (allocation !== 4) continue;
      expect((await client.permit(publicPeers[4])).code).toBe(0);
      expect((await client.bindChannel(publicPeers[4], channel++)).code).toBe(0);
    }
  });
});

test("IPv6 is not relayed: not allocated from IPv4 addresses alone, and no peer is permitted whatever there is", async () => {
  expect(UNSUPPORTED_FAMILY).toContain((await (await visit(shipped, loginTo())).allocate(6)).code);
  const strict = await allocated(onBoth, 6, "udp");
  const open6 = await allocated(withIpv6, 6, "udp");
  for (const peer of [publicPeers[6], "2a00::1", "fdff::", "8000::", "0:1::"])
    expect((await strict.permit(peer)).code).toBe(FORBIDDEN);
  expect((await open6.permit(publicPeers[6])).code).toBe(0);
});

test("a stranger, a wrong secret, an expired login and a changed one get no relayed address", async () => {
  const good = loginTo();
  const [until = "", alias = ""] = good.username.split(":");
  const bad: (TurnLogin | undefined)[] = [
    undefined,
    loginTo(bytes(16), Date.now(), `${turnSecret}!`),
    loginTo(bytes(16), Date.now() - 601_000),
    { ...good, username: `${Number(until) + 1}:${alias}` },
    { ...good, username: `${until}:${alias}x` },
    { username: "", credential: "" },
  ];
  for (const login of bad) expect((await (await visit(shipped, login)).allocate()).code).toBe(UNAUTHORIZED);
  expect((await (await visit(shipped, good)).allocate()).code).toBe(0);
});

test("without a secret nobody gets in", async () => {
  const server = await serve({ isWithoutSecret: true });
  for (const secret of [turnSecret, ""])
    expect((await (await visit(server, loginTo(bytes(16), Date.now(), secret))).allocate()).code).toBe(UNAUTHORIZED);
});

test("a room cannot take more than its quota, however many logins it mints, nor all rooms more than the server's", async () => {
  const server = await serve({ args: ["--user-quota=10", "--total-quota=14"] });
  const take = async (handle: Uint8Array, index: number): Promise<number> =>
    (await (await visit(server, loginTo(handle, Date.now() - index * 1_000))).allocate()).code;
  const takeMany = (handle: Uint8Array, many: number): Promise<number[]> =>
    Promise.all(Array.from({ length: many }, (_, index) => take(handle, index)));
  const room = bytes(16);
  const codes = [...(await takeMany(room, 30)), ...(await takeMany(room, 30))];
  expect(codes.filter((code) => code === 0)).toHaveLength(10);
  expect(codes.filter((code) => code === QUOTA_REACHED)).toHaveLength(50);
  const other = await takeMany(bytes(16), 9);
  expect(other.filter((code) => code === 0)).toHaveLength(4);
  expect(other.filter((code) => code === QUOTA_REACHED)).toHaveLength(5);
});

test("a login that a member has from the relay is taken", async () => {
  const relay = await startRelay({ TURN_URLS: `turn:127.0.0.1:${shipped.port}`, TURN_SECRET: turnSecret });
  const { client } = await openRoom(relay, roomPlan());
  const [server] = (await client.get("ice:get", {})).servers;
  expect(server?.urls).toEqual([`turn:127.0.0.1:${shipped.port}`]);
  expect((await (await visit(shipped, server)).allocate()).code).toBe(0);
});

test("it says nothing of itself and writes down nothing of anybody", async () => {
  const answers = [await (await visit(shipped)).bind(), await (await visit(shipped)).allocate()];
  expect(answers.map(({ software }) => software)).toEqual([undefined, undefined]);
  expect(answers[1]?.realm).toBe("turn.test");
  expect(shipped.output()).not.toMatch(/\d+\.\d+\.\d+\.\d+|denied|realm/i);
  expect(shipped.files()).toEqual([]);
});

test("it understands every line of the configuration", async () => {
  const config = shippedConfig.replaceAll(/^(log-file|no-stdout-log).*$/gm, "");
  const server = await serve({ config, args: ["--log-file=stdout"] });
  expect(server.output()).toContain("Black listing: 10.0.0.0-10.255.255.255");
  // Newer versions do without being told what these say.
  const superfluous = /^.*(?:no-tlsv1|no-tlsv1_1|no-stun-backward-compatibility|deprecated)\b.*$/gm;
  const output = server.output().replaceAll(superfluous, "");
  expect(output).not.toMatch(/bad config|wrong|unknown|unrecognized|error|cannot/i);
});

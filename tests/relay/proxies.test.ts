// Behind a proxy of the operator everybody is counted by their own address; nobody else can claim another one.
import { Agent } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect as connectTcp } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { RelayLimits } from "../../server/limits.ts";
import { Proxies } from "../../server/sockets/proxies.ts";
import { connect } from "./support/client.ts";
import type { Client } from "./support/client.ts";
import { roomPlan } from "./support/people.ts";
import { startRelay } from "./support/relay.ts";
import type { RunningRelay } from "./support/relay.ts";

/** The proxy is 127.0.0.1; 127.0.0.2 is somebody else. */
function behindProxy(limits: Partial<RelayLimits>, trusted = "127.0.0.1, 10.0.0.0/8, 2001:db8:ff::/48") {
  const everywhere = { HOST: "0.0.0.0", PUBLIC_URL: "http://127.0.0.1" };
  return startRelay({ ...everywhere, TRUSTED_PROXIES: trusted }, { limits });
}

function through(relay: RunningRelay, forwarded: string, localAddress = "127.0.0.1"): Promise<Client> {
  return connect(relay.url, { headers: { "X-Forwarded-For": forwarded }, agent: new Agent({ localAddress }) });
}

const lie = (address: string) => ({
  "X-Forwarded-For": address,
  "X-Real-IP": address,
  Forwarded: `for=${address}`,
  "X-Client-IP": address,
  "CF-Connecting-IP": address,
  "True-Client-IP": address,
});

/** As much of a request as its client is read from. */
const requestOf = (remoteAddress: string) =>
  ({ socket: { remoteAddress }, headers: { "x-forwarded-for": "203.0.113.1" } }) as unknown as IncomingMessage;

const one = { connectionsPerAddress: 1 };
const refused = "websocket error";

test("people behind a trusted proxy are counted one by one", async () => {
  const relay = await behindProxy(one);
  const first = await through(relay, "203.0.113.1");
  await through(relay, "203.0.113.2");
  await expect(through(relay, "203.0.113.1")).rejects.toThrow(refused);
  first.close();
  await expect.poll(() => relay.connectionCount()).toBe(1);
  await through(relay, "203.0.113.1");
});

test("only what the last proxy of a chain of trusted ones was told is believed", async () => {
  const relay = await behindProxy(one);
  await through(relay, "203.0.113.1");
  for (const chain of [
    "198.51.100.7, 203.0.113.1",
    "203.0.113.1, 10.1.2.3",
    "1.1.1.1,203.0.113.1 , 10.1.2.3, 10.9.9.9",
  ])
    await expect(through(relay, chain)).rejects.toThrow(refused);
  await through(relay, "203.0.113.1, 198.51.100.7");
  await through(relay, "2001:db8:1::5, 2001:db8:ff::1");
  await expect(through(relay, "2001:db8:1::5")).rejects.toThrow(refused);
});

test("addresses are compared in one form, and IPv6 by the first 64 bits", async () => {
  const relay = await behindProxy(one);
  await through(relay, "2001:db8:0:1::1");
  for (const same of ["2001:DB8:0:1:9::2", "2001:0db8:0000:0001::ffff"])
    await expect(through(relay, same)).rejects.toThrow(refused);
  await through(relay, "2001:db8:0:2::1");
  await through(relay, "203.0.113.1");
  for (const same of ["::ffff:203.0.113.1", "::ffff:cb00:7101"])
    await expect(through(relay, same)).rejects.toThrow(refused);
});

test("a header that names nobody leaves the connection to the proxy itself", async () => {
  const relay = await behindProxy(one);
  await through(relay, "unknown");
  const malformed = [
    "",
    ",",
    "203.0.113.1, ",
    "203.0.113.1:80",
    "[2001:db8::1]",
    "203.0.113.256",
    "10.1.1.1",
    "127.0.0.1",
  ];
  for (const header of [...malformed, "203.0.113.1, x, 10.1.1.1", "1.1.1.1,".repeat(200) + "203.0.113.1"])
    await expect(through(relay, header)).rejects.toThrow(refused);
});

test("from anybody else no header is read, so that no share is larger for lies", async () => {
  const relay = await behindProxy({ connectionsPerAddress: 2, roomsPerAddress: { points: 1, windowS: 60 } });
  const from = (address: string) =>
    connect(relay.url, { headers: lie(address), agent: new Agent({ localAddress: "127.0.0.2" }) });
  const clients = [await from("203.0.113.1"), await from("203.0.113.2")];
  await expect(from("203.0.113.3")).rejects.toThrow(refused);
  const outcomes = [];
  for (const client of clients) outcomes.push((await client.ask("room:create", roomPlan().ask)).ok);
  expect(outcomes).toEqual([true, false]);
});

test("whoever asks for the client of a request from elsewhere gets the peer", () => {
  const proxies = new Proxies(["127.0.0.1"]);
  expect(proxies.clientOf(requestOf("127.0.0.2"))).toBe("127.0.0.2");
  expect(proxies.clientOf(requestOf("::ffff:127.0.0.1"))).toBe("203.0.113.1");
});

test("without a trusted proxy in the settings no header is read at all", async () => {
  const relay = await startRelay({}, { limits: one });
  await through(relay, "203.0.113.1");
  await expect(through(relay, "203.0.113.2")).rejects.toThrow(refused);
});

test("what a person may open is counted for the person, not for the proxy", async () => {
  const relay = await behindProxy({ roomsPerAddress: { points: 1, windowS: 60 } });
  const open = async (address: string) => (await through(relay, address)).ask("room:create", roomPlan().ask);
  expect(await open("203.0.113.1")).toMatchObject({ ok: true });
  expect(await open("203.0.113.1")).toMatchObject({ ok: false, refusal: { code: "rate_limited" } });
  expect(await open("203.0.113.2")).toMatchObject({ ok: true });
});

test("connections on which a proxy only waits count for nobody", async () => {
  const relay = await behindProxy(one);
  const idle = Array.from({ length: 20 }, () => connectTcp(relay.port, "127.0.0.1"));
  onTestFinished(() => idle.forEach((socket) => socket.destroy()));
  await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
  await through(relay, "203.0.113.1");
  expect((await fetch(`${relay.url}/healthz`, { headers: { "X-Forwarded-For": "203.0.113.1" } })).status).toBe(200);
  expect(idle.filter((socket) => socket.destroyed)).toEqual([]);
});

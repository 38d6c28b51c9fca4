// The doctor on real relays and real Redis servers, good ones and bad ones.
import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:tls";
import { connect as connectTcp } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { judgeExpiry } from "../../doctor/certificate-check.ts";
import type { Check } from "../../doctor/check.ts";
import { readOptions } from "../../doctor/options.ts";
import { checkRedis } from "../../doctor/redis-checks.ts";
import { checkRelay } from "../../doctor/relay-checks.ts";
import { makeCertificate } from "./support/certificate.ts";
import { openRedis, redisForTest } from "./support/redis-server.ts";
import { startRelay } from "./support/relay.ts";

function verdicts(checks: readonly Check[]): Record<string, string> {
  return Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict]));
}

function sayings(checks: readonly Check[], name: string): string {
  return checks.flatMap((check) => (check.name === name ? [check.says] : [])).join(" | ");
}

function listen(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function run(...args: string[]): { status: number | null; stdout: string } {
  return spawnSync(process.execPath, ["doctor/main.ts", ...args], { encoding: "utf8" });
}

const allGood = {
  "relay address": "pass",
  "relay certificate": "pass",
  "relay reachable": "pass",
  "relay ready": "pass",
  "relay protocol": "pass",
  "relay origin": "pass",
  "relay limits": "pass",
  "relay operator": "pass",
  "relay headers": "pass",
  "relay cookies": "pass",
  "relay banner": "pass",
  "relay clock": "pass",
  "relay websocket": "pass",
  "relay compression": "pass",
  "relay frame limit": "pass",
  "relay web pages": "pass",
  "relay transports": "pass",
  "relay metrics": "pass",
};

function verdictAfter(days: number): string {
  return judgeExpiry(new Date(days * 86_400_000), new Date(0)).verdict;
}

/** TLS in front of a relay, as a proxy does it. */
async function startBehindTls(days: number): Promise<{ url: string; ca: string }> {
  const made = makeCertificate(days);
  const proxy = createTlsServer(made, (socket) => {
    const inner = connectTcp(port, "127.0.0.1");
    socket.pipe(inner).pipe(socket);
    for (const end of [socket, inner]) end.on("error", () => [socket, inner].forEach((it) => it.destroy()));
  });
  const url = `https://127.0.0.1:${await listen(proxy)}`;
  const operator = { OPERATOR_NAME: "Example", ABUSE_CONTACT: "abuse@example.org" };
  const { port } = await startRelay({ PUBLIC_URL: url, ...operator });
  return { url, ca: made.cert };
}

test("a relay behind TLS that is set up well passes every check", async () => {
  const { url, ca } = await startBehindTls(90);
  const checks = await checkRelay({ url, ca });
  expect(verdicts(checks)).toEqual(allGood);
  expect(sayings(checks, "relay certificate")).toMatch(/^is trusted, (89|90) days left$/);
  expect(sayings(checks, "relay limits")).toBe("rooms of 200 people for 720 h, 50 messages/s, no TURN");
});

test("a certificate that nobody trusts, or that is about to end, fails", async () => {
  const { url } = await startBehindTls(1);
  const checks = await checkRelay({ url });
  expect(verdicts(checks)).toEqual({ "relay address": "pass", "relay certificate": "fail" });
  expect(sayings(checks, "relay certificate")).toContain("SELF_SIGNED");
  expect([-1, 0, 2, 3, 13, 14].map(verdictAfter)).toEqual(["fail", "fail", "fail", "warn", "warn", "pass"]);
  expect(judgeExpiry(new Date(""), new Date(0)).verdict).toBe("fail");
});

test("a relay that takes itself for another origin fails, and one without TLS or operator is no more than warned of", async () => {
  const relay = await startRelay({ PUBLIC_URL: "https://rooms.example.org" });
  const checks = await checkRelay({ url: relay.url });
  expect(verdicts(checks)).toMatchObject({
    "relay address": "warn",
    "relay origin": "fail",
    "relay operator": "warn",
    "relay websocket": "pass",
  });
  expect(sayings(checks, "relay origin")).toContain(`Set PUBLIC_URL=${relay.url}`);
});

/** Answers everything, and all of it badly. */
const answer: RequestListener = (request, response) => {
  if (request.url === "/readyz") response.statusCode = 503;
  response.setHeader("Server", "proxy/1.2.3");
  response.setHeader("Set-Cookie", "a=b");
  response.setHeader("Date", "Thu, 01 Jan 2026 00:00:00 GMT");
  response.end('{"product":"secret-rooms"}');
};

test("something else that answers on everything fails, and says nothing to the terminal", async () => {
  const opening = Buffer.from('0{"sid":"a","maxPayload":1000000}');
  const server = createServer(answer);
  server.on("upgrade", (_request, socket) => {
    socket.on("error", () => undefined);
    const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    socket.write(`${head}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n`);
    socket.write(Buffer.concat([Buffer.from([0x81, opening.length]), opening]));
  });
  const checks = await checkRelay({ url: `http://127.0.0.1:${await listen(server)}` });
  expect(verdicts(checks)).toEqual({
    "relay address": "warn",
    "relay reachable": "pass",
    "relay ready": "fail",
    "relay description": "fail",
    "relay headers": "fail",
    "relay cookies": "fail",
    "relay banner": "fail",
    "relay clock": "fail",
    "relay websocket": "pass",
    "relay compression": "fail",
    "relay frame limit": "fail",
    "relay web pages": "fail",
    "relay transports": "fail",
    "relay metrics": "fail",
  });
});

test("a Redis in memory, with a bound and a policy, passes; one with the settings of a package fails", async () => {
  const good = await redisForTest("--maxmemory", "64mb");
  const checks = await checkRedis(good);
  expect(verdicts(checks)).toEqual({
    "redis transport": "pass",
    "redis version": "pass",
    "redis persistence": "pass",
    "redis eviction": "pass",
    "redis replication": "pass",
    "redis clock": "pass",
  });
  const bad = await redisForTest("--save", "60 1", "--appendonly", "yes", "--maxmemory-policy", "allkeys-lru");
  const found = await checkRedis(bad);
  expect(verdicts(found)).toMatchObject({ "redis persistence": "fail", "redis eviction": "fail" });
  expect(sayings(found, "redis persistence")).toMatch(/snapshots .* \| .*every change/);
});

test("replicas and their primary are told what would write to a disk or split a room", async () => {
  const primary = await redisForTest("--repl-diskless-sync-delay", "0");
  const replica = await redisForTest("--replicaof", "127.0.0.1", String(primary.port));
  const link = openRedis(replica.url);
  await expect.poll(() => link.info("replication"), { timeout: 15_000 }).toContain("master_link_status:up");
  expect(sayings(await checkRedis(primary), "redis replication")).toContain("Set min-replicas-to-write 1");
  expect(sayings(await checkRedis(replica), "redis replication")).toContain("Set repl-diskless-load swapdb");
  await openRedis(primary.url).config("SET", "min-replicas-to-write", "1");
  expect(verdicts(await checkRedis(primary))["redis replication"]).toBe("pass");
});

test("a Redis that will not tell, or is not there, does not pass", async () => {
  const { url, port } = await redisForTest();
  await openRedis(url).call("ACL", "SETUSER", "relay", "on", ">secret", "+@all", "-config", "~*", "&*");
  const checks = await checkRedis({ url: `redis://relay:secret@127.0.0.1:${port}` });
  expect(verdicts(checks)).toMatchObject({ "redis persistence": "fail", "redis eviction": "warn" });
  const wrong = await checkRedis({ url: `redis://relay:wrong-word@127.0.0.1:${port}` });
  expect(verdicts(wrong)).toEqual({ "redis reachable": "fail" });
  expect(JSON.stringify(wrong)).not.toContain("wrong-word");
  expect(verdicts(await checkRedis({ url: "redis://127.0.0.1:1" }))).toEqual({ "redis reachable": "fail" });
  expect(verdicts(await checkRedis({ url: "http://127.0.0.1:1" }))).toEqual({ "redis address": "fail" });
});

test("npm run doctor prints a line for each check and ends with 1 if one fails", async () => {
  const bad = await redisForTest("--save", "60 1");
  const { status, stdout } = run("--redis", bad.url, "--url", "http://127.0.0.1:1");
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/^warn {2}relay address: /),
    "fail  relay reachable: nobody answers (ECONNREFUSED)",
    expect.stringMatching(/^pass {2}redis transport: /),
    expect.stringMatching(/^pass {2}redis version: [78]/),
    expect.stringMatching(/^fail {2}redis persistence: /),
    expect.stringMatching(/^warn {2}redis eviction: /),
    expect.stringMatching(/^pass {2}redis replication: /),
    expect.stringMatching(/^pass {2}redis clock: /),
    "4 passed, 2 warnings, 2 failed",
    "",
  ]);
  expect(status).toBe(1);
});

test("options that make no sense are answered with a sentence", () => {
  expect(readOptions(["--url", "https://a", "--turn", "turn:a", "--turn", "turn:b"], { TURN_SECRET: "s" })).toEqual({
    url: "https://a",
    redis: [],
    turn: ["turn:a", "turn:b"],
    turnSecret: "s",
    ca: undefined,
  });
  for (const args of [[], ["--ca", "file"], ["--nonsense"], ["https://a"], ["--url"]])
    expect(readOptions(args, {})).toMatch(/^[A-Z].*\w/);
  expect(readOptions(["--help"], {})).toBeUndefined();
});

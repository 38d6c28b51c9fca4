// The relay as an operator meets it: one command, its environment, its one line, its signals.
import { connect as connectTcp } from "node:net";
import { expect, test } from "vitest";
import { routes } from "../../wire/http.ts";
import { helpText, readConfig, settings } from "../../server/config.ts";
import { connect } from "./support/client.ts";
import { bytes, openRoom, roomPlan } from "./support/people.ts";
import { redisForTest } from "./support/redis-server.ts";
import { addressOf, run } from "./support/relay-process.ts";

test("it prints one line with its address, and SIGTERM tells clients, refuses new ones and exits with 0", async () => {
  const it = run({ PORT: "0" });
  const url = await addressOf(it);
  expect(it.stdout).toMatch(/^Secret Rooms relay listens on http:\/\/127\.0\.0\.1:\d+\n$/);
  const client = await connect(url);
  await client.get("room:create", roomPlan().ask);
  it.child.kill("SIGTERM");
  await client.next("relay:draining");
  await client.closed();
  expect(await it.exit).toBe(0);
  await expect(connect(url)).rejects.toThrow("websocket error");
  expect(it.stdout.split("\n")).toHaveLength(2);
});

test("it exits in time although somebody holds a connection open", async () => {
  const it = run({ PORT: "0" });
  const url = new URL(await addressOf(it));
  const silent = connectTcp(Number(url.port), url.hostname);
  await new Promise((resolve) => silent.once("connect", resolve));
  silent.on("error", () => undefined);
  silent.write("GET / HTTP/1.1\r\n");
  it.child.kill("SIGINT");
  expect(await it.exit).toBe(0);
});

test("its log holds no address, no id and nothing anybody sent", async () => {
  const it = run({ PORT: "0", LOG_LEVEL: "debug" });
  const url = await addressOf(it);
  const plan = roomPlan();
  const { client, seat } = await openRoom({ url } as never, plan);
  await client.refusalOf("invite:open", { inviteId: bytes(16), signature: bytes(64) });
  client.socket.emit("message:send", bytes(99));
  await client.next("request:refused");
  await fetch(`${url}${routes.invite}?canary`);
  client.close();
  it.child.kill("SIGTERM");
  await it.exit;
  const secrets = [plan.handle, plan.invite.record.inviteId, seat.seat, seat.resumeToken, plan.ask.cid];
  for (const secret of secrets)
    for (const form of ["hex", "base64", "base64url"] as const)
      expect(it.stderr).not.toContain(Buffer.from(secret).toString(form));
  expect(it.stderr).not.toMatch(/127\.0\.0\.1|canary|pid|hostname/);
  for (const line of it.stderr.trim().split("\n"))
    expect(
      Object.keys(JSON.parse(line) as object)
        .toSorted((a, b) => a.localeCompare(b))
        .join(),
    ).toMatch(/^(connections,)?level,msg,time$/);
});

test("--help explains every setting and starts nothing", async () => {
  const it = run({ PORT: "nonsense" }, ["--help"]);
  expect(await it.exit).toBe(0);
  expect(it.stdout).toBe(helpText());
  for (const { name, fallback, meaning } of settings)
    for (const part of [name, fallback, meaning]) expect(it.stdout).toContain(part);
});

test("an environment that cannot work is refused with a sentence for each mistake", async () => {
  const environment = {
    PORT: "70000",
    REDIS_URL: "http://127.0.0.1",
    MAX_MEMBERS: "many",
    PUBLIC_URL: "rooms.example.org",
  };
  const it = run(environment);
  expect(await it.exit).toBe(1);
  expect(it.stdout).toBe("");
  expect(it.stderr).toBe(
    [
      "PUBLIC_URL must be an http or https address without a path, like https://rooms.example.org.",
      "PORT must be between 0 and 65535.",
      "MAX_MEMBERS must be a whole number.",
      "REDIS_URL must be redis:// or rediss:// addresses with commas between.",
      "",
    ].join("\n"),
  );
});

test("it does not start with a Redis that writes to a disk, or that is not there", async () => {
  const persistent = await redisForTest("--appendonly", "yes");
  const refused = run({ PORT: "0", REDIS_URL: persistent.url });
  expect(await refused.exit).toBe(1);
  expect(refused.stdout).toBe("");
  expect(refused.stderr).toContain('Redis writes every change to a file ("appendonly" is on).');
  expect(refused.stderr).toContain("ALLOW_PERSISTENT_REDIS=1");
  const allowed = run({ PORT: "0", REDIS_URL: persistent.url, ALLOW_PERSISTENT_REDIS: "1" });
  await addressOf(allowed);
  const nowhere = run({ PORT: "0", REDIS_URL: "redis://127.0.0.1:1" });
  expect(await nowhere.exit).toBe(1);
  expect(nowhere.stderr).toContain("The Redis of REDIS_URL cannot be reached.");
});

test("a taken port and an unknown argument are explained", async () => {
  const first = run({ PORT: "0" });
  const port = new URL(await addressOf(first)).port;
  const second = run({ PORT: port, METRICS_PORT: "0" });
  const measured = run({ PORT: "0", METRICS_PORT: port });
  const third = run({}, ["--port", "1"]);
  expect(await second.exit).toBe(1);
  expect(second.stderr).toContain(`Port ${port} is taken. Set PORT `);
  expect(await measured.exit).toBe(1);
  expect(measured.stderr).toContain(`Port ${port} is taken. Set METRICS_PORT `);
  expect(await third.exit).toBe(1);
  expect(third.stderr).toContain("Unknown argument --port 1.");
});

function config(environment: Record<string, string>): object {
  const read = readConfig(environment);
  return read.ok ? read.config : { faults: read.problems.map(({ setting, fault }) => [setting, fault]) };
}

test("settings are read, checked against each other, and fall back", () => {
  expect(config({})).toEqual({
    port: 8787,
    host: "127.0.0.1",
    publicOrigin: undefined,
    maxRoomTtlS: 2_592_000,
    defaultRoomTtlS: 86_400,
    emptyGraceS: 120,
    maxMembers: 200,
    redisUrls: [],
    allowsPersistentRedis: false,
    trustedProxies: [],
    allowedOrigins: [],
    turn: undefined,
    metrics: undefined,
    operator: { name: undefined, abuseContact: undefined },
    logLevel: "info",
  });
  expect(config({ PORT: " 80 ", PUBLIC_URL: "https://a.example:443/", LOG_LEVEL: "silent", HOST: "" })).toMatchObject({
    port: 80,
    host: "127.0.0.1",
    publicOrigin: "https://a.example",
    logLevel: "silent",
  });
  expect(config({ MAX_ROOM_TTL_S: "60" })).toMatchObject({ maxRoomTtlS: 60, defaultRoomTtlS: 60 });
  expect(config({ MAX_ROOM_TTL_S: "60", DEFAULT_ROOM_TTL_S: "61" })).toEqual({
    faults: [["DEFAULT_ROOM_TTL_S", "out_of_range"]],
  });
  for (const url of ["ftp://a", "https://a/b", "https://a?b", "https://a#b", "https://u@a", "a"])
    expect(config({ PUBLIC_URL: url })).toEqual({ faults: [["PUBLIC_URL", "not_an_origin"]] });
  for (const port of ["-1", "1.5", "0x10", "1e3"])
    expect(config({ PORT: port })).toEqual({ faults: [["PORT", "not_a_number"]] });
  expect(config({ HOST: "0.0.0.0" })).toEqual({ faults: [["PUBLIC_URL", "missing"]] });
  expect(config({ LOG_LEVEL: "loud" })).toEqual({ faults: [["LOG_LEVEL", "unknown_value"]] });
});

test("who runs the relay is something that pages can show and clients accept", () => {
  for (const name of ["x".repeat(101), "turned \u202Eround", "two\nlines"])
    expect(config({ OPERATOR_NAME: name })).toEqual({ faults: [["OPERATOR_NAME", "out_of_range"]] });
  for (const contact of ["nobody", "http://a.example", "javascript:alert(1)", "https://me:pw@a.example", "a@b<script>"])
    expect(config({ ABUSE_CONTACT: contact })).toEqual({ faults: [["ABUSE_CONTACT", "unknown_value"]] });
  expect(config({ OPERATOR_NAME: "Zoë & Co.", ABUSE_CONTACT: "https://a.example/report?x=1" })).toMatchObject({
    operator: { name: "Zoë & Co.", abuseContact: "https://a.example/report?x=1" },
  });
});

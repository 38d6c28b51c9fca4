import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { expect, test } from "vitest";
import { createRoutes } from "../../server/http/routes.ts";
import { decodeRelayAbout, routes } from "../../wire/http.ts";
import { startRelay } from "./support/relay.ts";

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const everything = [
  ...Object.values(routes).filter((path) => path !== routes.socket),
  "/sr.css",
  "/sr.svg",
  "/robots.txt",
];

/** Sends bytes as they are and returns all that comes back. */
function raw(port: number, request: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connectTcp(port, "127.0.0.1", () => socket.write(request));
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => (answer += text));
    socket.on("close", () => resolve(answer));
    // Some of it is answered with a reset.
    socket.on("error", () => resolve(answer));
  });
}

test("every answer forbids storing, framing, sniffing, scripts and referrers, and names no software", async () => {
  const relay = await startRelay();
  for (const path of [...everything, "/nothing", "/sr/abc", "/sr/"]) {
    const answer = await fetch(relay.url + path);
    expect([path, answer.status]).toEqual([path, everything.includes(path) ? 200 : 404]);
    expect(answer.headers.get("content-security-policy")).toBe(policy);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("x-frame-options")).toBe("DENY");
    expect(answer.headers.get("x-robots-tag")).toContain("noindex");
    for (const name of ["server", "x-powered-by", "set-cookie", "etag", "strict-transport-security"])
      expect([name, answer.headers.get(name)]).toEqual([name, null]);
  }
});

test("a relay behind https tells browsers to stay with https", async () => {
  const relay = await startRelay({ PUBLIC_URL: "https://rooms.example.org/" });
  expect(relay.origin).toBe("https://rooms.example.org");
  const answer = await fetch(relay.url + routes.invite);
  expect(answer.headers.get("strict-transport-security")).toBe("max-age=31536000");
});

test("health, readiness and what the relay is may be read from any page", async () => {
  const relay = await startRelay({ MAX_ROOM_TTL_S: "3600", MAX_MEMBERS: "50" });
  const read = async (path: string): Promise<unknown> => {
    const answer = await fetch(relay.url + path);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    return answer.json();
  };
  expect(await read(routes.health)).toEqual({ status: "ok" });
  expect(await read(routes.ready)).toEqual({ status: "ready" });
  const about = await read(routes.about);
  expect(decodeRelayAbout(about)).toEqual(about);
  expect(about).toEqual({
    product: "secret-rooms",
    protocol: 1,
    version: manifest.version,
    origin: relay.url,
    maxRoomLifeS: 3600,
    defaultRoomLifeS: 3600,
    maxMembers: 50,
    maxEnvelopeBytes: 64_512,
    messagesPerSecond: 50,
    turn: false,
  });
  expect(await read(routes.version)).toEqual({ version: manifest.version, protocol: 1 });
  const page = await fetch(relay.url + routes.invite);
  expect(page.headers.get("access-control-allow-origin")).toBeNull();
});

test("whoever runs the relay is named, TURN is told without its addresses and secret", async () => {
  const relay = await startRelay({
    PUBLIC_URL: "https://rooms.example.org",
    OPERATOR_NAME: 'Zoë "Z" <Example>',
    ABUSE_CONTACT: "abuse@example.org",
    TURN_URLS: "turn:turn.example.org:3478?transport=udp",
    TURN_SECRET: "a secret of the turn server",
  });
  const text = await (await fetch(relay.url + routes.about)).text();
  expect(text).not.toMatch(/turn\.example|secret of/);
  const about: unknown = JSON.parse(text);
  expect(about).toMatchObject({
    operator: 'Zoë "Z" <Example>',
    abuseContact: "abuse@example.org",
    turn: true,
    origin: "https://rooms.example.org",
  });
  expect(decodeRelayAbout(about)).toEqual(about);
});

test("a relay without its store is healthy and not ready, and keeps the connections it has", async () => {
  const about = {
    product: "secret-rooms",
    protocol: 1,
    version: "1",
    maxRoomLifeS: 60,
    defaultRoomLifeS: 60,
    maxMembers: 2,
  } as const;
  let status: "ready" | "no_store" = "no_store";
  const app = createRoutes({ about, readiness: () => status, origin: () => "http://localhost" });
  const answer = await app.request(routes.ready);
  expect([answer.status, await answer.json()]).toEqual([503, { status: "no_store" }]);
  expect(answer.headers.get("connection")).toBeNull();
  expect((await app.request(routes.health)).status).toBe(200);
  status = "ready";
  expect((await app.request(routes.ready)).status).toBe(200);
});

test("only GET and HEAD are answered", async () => {
  const relay = await startRelay();
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const answer = await fetch(relay.url + routes.invite, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD");
    expect(answer.headers.get("content-security-policy")).toBe(policy);
  }
  const head = await fetch(relay.url + routes.invite, { method: "HEAD" });
  expect(head.status).toBe(200);
  expect(await head.text()).toBe("");
  expect(await raw(relay.port, "TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).toMatch(
    /^HTTP\/1\.1 40[05] /,
  );
});

test("broken HTTP is refused without a word about the inside", async () => {
  const relay = await startRelay();
  const requests = [
    "GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(64 * 1024)}\r\n\r\n`,
    `GET /healthz HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(5_000)}\r\n`,
    "GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET //evil.test/sr HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET /socket/?%%% HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET http://[::1/ HTTP/1.1\r\nHost: ]\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a b<>\r\nConnection: close\r\n\r\n",
    "GET /socket/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "GET /else HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n",
    "nonsense\r\n\r\n",
  ];
  for (const request of requests) {
    const answer = await raw(relay.port, request);
    expect(answer).toMatch(/^$|^HTTP\/1\.1 (?:4\d\d|50[15]) /);
    expect(answer).not.toMatch(/node|\/work|\.ts|stack|Error:/i);
  }
  expect((await fetch(relay.url + routes.health)).status).toBe(200);
});

test("errors repeat nothing of what was asked, and are the same for everybody", async () => {
  const relay = await startRelay();
  const upgrading = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
  const ask = (canary: string): string[] => [
    `GET /${canary} HTTP/1.1\r\nHost: ${canary}\r\nConnection: close\r\n\r\n`,
    `PUT /sr?${canary} HTTP/1.1\r\nHost: ${canary}\r\nConnection: close\r\n\r\n`,
    `${canary} / HTTP/1.1\r\nHost: a\r\n\r\n`,
    `GET / HTTP/9.${canary}\r\n\r\n`,
    `GET /socket/?EIO=4&transport=${canary} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    `GET /socket/?EIO=4&transport=polling&j=${canary} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    `GET /socket/?EIO=3&transport=websocket&x=${canary} HTTP/1.1\r\nHost: a\r\n${upgrading}\r\n`,
    `GET /socket/?EIO=4&transport=websocket&sid=${canary} HTTP/1.1\r\nHost: a\r\n${upgrading}\r\n`,
    `GET /socket/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nOrigin: https://${canary}\r\n${upgrading}\r\n`,
    `GET / HTTP/1.1\r\nHost: a\r\n${canary}: ${"x".repeat(1024 * 1024)}\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: a\r\n${`${canary}: y\r\n`.repeat(2_000)}\r\n`,
  ];
  const answersTo = async (canary: string): Promise<string[]> => {
    const answers = await Promise.all(ask(canary).map((request) => raw(relay.port, request)));
    return answers.map((answer) => answer.replace(/^Date: .*$/gim, ""));
  };
  const answers = await answersTo("canary");
  for (const answer of answers) expect(answer).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
  for (const answer of answers) expect(answer).not.toMatch(/canary|node|\.ts|socket\.io|server:|powered/i);
  expect(await answersTo("ynarac")).toEqual(answers);
});

test("a relay that drains answers what it has begun to read, and says that it is not ready", async () => {
  const relay = await startRelay();
  let answer = "";
  const socket = connectTcp(relay.port, "127.0.0.1", () => socket.write("GET /readyz HTTP/1.1\r\nHost: a\r\n"));
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  await new Promise((resolve) => socket.once("ready", resolve));
  expect((await fetch(relay.url + routes.ready)).status).toBe(200);
  const closed = relay.close();
  socket.write("\r\n");
  await Promise.all([closed, new Promise((resolve) => socket.once("close", resolve))]);
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer).toContain('{"status":"draining"}');
  await expect(fetch(relay.url + routes.ready)).rejects.toThrow("fetch failed");
});

// What an operator's Prometheus sees, asked for as it does: over HTTP, on a port of its own.
import { connect as connectTcp } from "node:net";
import { expect, test } from "vitest";
import { connect } from "./support/client.ts";
import { bytes, join, openRoom, roomPlan } from "./support/people.ts";
import { startRelay } from "./support/relay.ts";
import type { RunningRelay } from "./support/relay.ts";

/** Busy machines are slow to close a connection. */
const patiently = { timeout: 10_000 };

function startMeasured(environment: Record<string, string> = {}): Promise<RunningRelay> {
  return startRelay({ METRICS_PORT: "0", ...environment });
}

function ask(relay: RunningRelay, init: RequestInit = {}, path = "/metrics"): Promise<Response> {
  return fetch(`http://127.0.0.1:${relay.metricsPort}${path}`, init);
}

/** Every series by its name and labels. */
async function read(relay: RunningRelay): Promise<Map<string, number>> {
  const answer = await ask(relay);
  expect(answer.status).toBe(200);
  const lines = (await answer.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

test("the metrics are on their own port only, and nowhere without one", async () => {
  const relay = await startMeasured();
  const answer = await ask(relay);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect((await fetch(`${relay.url}/metrics`)).status).toBe(404);
  for (const path of ["/", "/healthz", "/metrics/", "/.well-known/secret-rooms"])
    expect((await ask(relay, {}, path)).status).toBe(404);
  expect((await ask(relay, { method: "POST" })).status).toBe(405);
  expect((await startRelay()).metricsPort).toBeUndefined();
});

test("with a token only its bearer gets them", async () => {
  const relay = await startMeasured({ METRICS_TOKEN: "a token of the operator" });
  const status = async (authorization?: string): Promise<number> =>
    (await ask(relay, authorization === undefined ? {} : { headers: { Authorization: authorization } })).status;
  expect(await status("Bearer a token of the operator")).toBe(200);
  for (const wrong of [undefined, "", "Bearer", "Bearer ", "Bearer a token", "Basic a token of the operator"])
    expect([wrong, await status(wrong)]).toEqual([wrong, 401]);
  const refused = await ask(relay, {}, "/nothing");
  expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
});

test("they count connections, rooms, requests by outcome, notices and bytes", async () => {
  const relay = await startMeasured();
  const before = await read(relay);
  expect(before.get("secret_rooms_ready")).toBe(1);
  expect(before.get("secret_rooms_connections")).toBe(0);
  expect(before.get("secret_rooms_rooms")).toBe(0);
  const plan = roomPlan();
  const { client } = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  const told = (await read(relay)).get("secret_rooms_notices_total") ?? 0;
  await client.get("message:send", { cid: guest.cid, envelope: bytes(5_000) });
  await client.refusalOf("message:send", { cid: bytes(32), envelope: bytes(10) });
  client.socket.emit("message:send", bytes(99));
  client.socket.emit("nonsense", bytes(1), () => undefined);
  await client.next("request:refused");
  await client.refusalOf("message:send", { cid: bytes(32), envelope: bytes(10) });
  const during = await read(relay);
  expect(during.get("secret_rooms_notices_total")).toBe(told + 1);
  expect(during.get("secret_rooms_connections")).toBe(2);
  expect(during.get("secret_rooms_tcp_connections")).toBe(2);
  expect(during.get("secret_rooms_rooms")).toBe(1);
  expect(during.get('secret_rooms_requests_total{request="room:create",outcome="ok"}')).toBe(1);
  expect(during.get('secret_rooms_requests_total{request="message:send",outcome="ok"}')).toBe(1);
  expect(during.get('secret_rooms_requests_total{request="message:send",outcome="stale_epoch"}')).toBe(2);
  expect(during.get('secret_rooms_requests_total{request="other",outcome="malformed"}')).toBe(2);
  expect(during.get("secret_rooms_received_bytes_total")).toBeGreaterThan(5_000);
  const sent = during.get("secret_rooms_sent_bytes_total") ?? 0;
  expect(sent).toBeGreaterThan(100);
  client.close();
  guest.client.close();
  await expect.poll(async () => (await read(relay)).get("secret_rooms_tcp_connections"), patiently).toBe(0);
  const after = await read(relay);
  expect(after.get("secret_rooms_connections")).toBe(0);
  // What a closed connection has sent is not forgotten.
  expect(after.get("secret_rooms_sent_bytes_total")).toBeGreaterThanOrEqual(sent);
});

test("connections that are not taken are counted by reason", async () => {
  const relay = await startRelay({ METRICS_PORT: "0" }, { limits: { connectionsPerAddress: 1 } });
  const polling = await fetch(`${relay.url}/socket/?EIO=4&transport=polling`, { headers: { Connection: "close" } });
  expect(polling.status).toBe(400);
  await expect.poll(async () => (await read(relay)).get("secret_rooms_tcp_connections"), patiently).toBe(0);
  await expect(connect(relay.url, { headers: { Origin: "https://evil.example" } })).rejects.toThrow("websocket error");
  await expect.poll(async () => (await read(relay)).get("secret_rooms_tcp_connections"), patiently).toBe(0);
  const first = await connect(relay.url);
  await expect(connect(relay.url)).rejects.toThrow("websocket error");
  first.close();
  const counts = await read(relay);
  const refused = (reason: string): number | undefined =>
    counts.get(`secret_rooms_refused_connections_total{reason="${reason}"}`);
  expect([refused("handshake"), refused("origin"), refused("address_limit")]).toEqual([1, 1, 1]);
});

test("they tell memory and how late the event loop is", async () => {
  const relay = await startMeasured();
  const worst = async (): Promise<number> =>
    (await read(relay)).get('secret_rooms_event_loop_lag_seconds{quantile="1"}') ?? 0;
  await expect.poll(worst, patiently).toBeLessThan(0.1);
  // What falls between a question and the next tick of the clock is not seen, so it is held up until it was.
  const holdUp = async (): Promise<number> => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    return worst();
  };
  await expect.poll(holdUp, patiently).toBeGreaterThan(0.12);
  const counts = await read(relay);
  expect(counts.get("secret_rooms_resident_memory_bytes")).toBeGreaterThan(10_000_000);
  expect(counts.get("secret_rooms_cpu_seconds_total")).toBeGreaterThan(0);
});

test("many rooms add no series, and nothing in the text belongs to a room or an address", async () => {
  const relay = await startMeasured();
  const plans = Array.from({ length: 20 }, () => roomPlan());
  const first = await openRoom(relay, roomPlan());
  const names = async (): Promise<string[]> => [...(await read(relay)).keys()].toSorted();
  const before = await names();
  const clients = await Promise.all(plans.map((plan) => openRoom(relay, plan)));
  expect(await names()).toEqual(before);
  const text = await (await ask(relay)).text();
  for (const { handle, invite } of plans)
    for (const secret of [handle, invite.record.inviteId])
      for (const form of ["hex", "base64", "base64url"] as const)
        expect(text).not.toContain(Buffer.from(secret).toString(form));
  expect(text).not.toMatch(/127\.0\.0\.1|::1/);
  for (const { client } of [first, ...clients]) client.close();
});

test("each relay of a process counts for itself", async () => {
  const [one, two] = await Promise.all([startMeasured(), startMeasured()]);
  const { client } = await openRoom(one, roomPlan());
  expect((await read(one)).get("secret_rooms_rooms")).toBe(1);
  expect((await read(two)).get("secret_rooms_rooms")).toBe(0);
  expect((await read(two)).get("secret_rooms_sent_bytes_total")).toBe(0);
  client.close();
});

test("a relay that drains says so until it is closed, then nobody answers", async () => {
  const relay = await startMeasured();
  const held = connectTcp(relay.port, "127.0.0.1", () => held.write("GET / HTTP/1.1\r\nHost: a\r\n"));
  held.on("error", () => undefined);
  await expect.poll(async () => (await read(relay)).get("secret_rooms_tcp_connections"), patiently).toBe(1);
  expect((await read(relay)).get("secret_rooms_ready")).toBe(1);
  const closed = relay.close();
  expect((await read(relay)).get("secret_rooms_ready")).toBe(0);
  held.write("\r\n");
  await closed;
  await expect(ask(relay)).rejects.toThrow("fetch failed");
});

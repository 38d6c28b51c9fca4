import { expect, test } from "vitest";
import { encode } from "../../codec/codec.ts";
import { requests } from "../../wire/events.ts";
import type { RequestName } from "../../wire/events.ts";
import { MAX_FRAME_BYTES, MAX_GROUP_INFO_BYTES, MAX_ROTATION_BYTES, MAX_TRANSPORT_BYTES } from "../../wire/limits.ts";
import { encodeNotice } from "../../server/sockets/hub.ts";
import { connect } from "./support/client.ts";
import { HealthyPair } from "./support/healthy-pair.ts";
import { exampleAsks } from "./support/examples.ts";
import { bytes, commitOn, roomPlan } from "./support/people.ts";
import { eventFrame, RawSocket } from "./support/raw.ts";
import { startRelay } from "./support/relay.ts";

const names = Object.keys(requests) as RequestName[];
const refused = encodeNotice("request:refused", { code: "malformed" });
/** Limits out of the way of tests that are not about them. */
const roomy = { control: { burst: 10_000, perSecond: 1 }, commits: { burst: 10_000, perSecond: 1 }, strikes: 10_000 };

test("bytes that do not decode are refused under every name and change nothing", async () => {
  const relay = await startRelay({}, { limits: roomy });
  const pair = await HealthyPair.meet(relay);
  const member = pair.guest.client;
  const before = await relay.store.size();
  for (const name of names) {
    const valid = exampleOf(name, pair);
    for (const payload of [bytes(300), new Uint8Array([...valid, 0]), valid.subarray(0, -1), new Uint8Array([255])]) {
      if (payload.length === 300 && name === "room:create") continue;
      const outcome = await member.askRaw(name, payload);
      expect(outcome).toEqual({ ok: false, refusal: { code: "malformed", retryAfterMs: 0, head: undefined } });
    }
  }
  expect(await relay.store.size()).toEqual(before);
  await pair.talk();
});

/** A valid request of each kind, as bytes; requests without a field get one byte too many to cut. */
function exampleOf(name: RequestName, { plan, guest }: HealthyPair): Uint8Array {
  const encoded = encode(requests[name].ask as never, exampleAsks(plan, guest.cid)[name]);
  return encoded.length > 0 ? encoded : new Uint8Array(2);
}

test("a stranger is admitted to nothing, in whatever order it asks", async () => {
  const relay = await startRelay();
  const pair = await HealthyPair.meet(relay);
  const stranger = await connect(relay.url);
  const before = await relay.store.size();
  for (const name of names.filter((known) => !["room:create", "invite:challenge"].includes(known))) {
    const outcome = await stranger.ask(name, exampleAsks(pair.plan, pair.guest.cid)[name]);
    expect([name, outcome]).toEqual([
      name,
      { ok: false, refusal: { code: "not_admitted", retryAfterMs: 0, head: undefined } },
    ]);
  }
  // Its one guess at the invite is remembered for a moment.
  expect(await relay.store.size()).toEqual({ ...before, attempts: 1 });
  await pair.talk();
});

test("a member that creates, resumes or proves again is refused and keeps its seat", async () => {
  const relay = await startRelay();
  const pair = await HealthyPair.meet(relay);
  const { client, seat } = pair.guest;
  expect((await client.refusalOf("room:create", roomPlan().ask)).code).toBe("malformed");
  const resume = { handle: pair.plan.handle, resumeToken: seat.resumeToken, cid: undefined };
  expect((await client.refusalOf("room:resume", resume)).code).toBe("malformed");
  await pair.talk();
});

test("a commit for a stale epoch is told the head and changes nothing", async () => {
  const relay = await startRelay();
  const pair = await HealthyPair.meet(relay);
  const refusal = await pair.owner.client.refusalOf("commit:send", commitOn(pair.plan.ask.cid));
  expect(refusal).toMatchObject({ code: "stale_epoch", head: { cid: pair.guest.cid, epoch: 1 } });
  const message = { cid: bytes(32), envelope: bytes(9) };
  expect(await pair.owner.client.refusalOf("message:send", message)).toMatchObject({ code: "stale_epoch" });
  await pair.talk();
});

test("a request nobody waits for, or under a name nobody serves, is refused and not carried out", async () => {
  const relay = await startRelay();
  const pair = await HealthyPair.meet(relay);
  const { client, cid } = pair.guest;
  const message = encode(requests["message:send"].ask, { cid, envelope: bytes(9) });
  client.socket.emit("message:send", message);
  expect(await client.next("request:refused")).toEqual({ code: "malformed" });
  client.socket.emit("room:leave", new Uint8Array());
  await client.next("request:refused");
  client.socket.emit("room:steal", new Uint8Array());
  await client.next("request:refused");
  client.socket.emit("signal:send", bytes(7));
  await client.next("request:refused");
  for (const name of ["room:steal", "signal:send", "constructor:name"]) {
    const outcome = await client.askRaw(name as RequestName, message);
    expect(outcome).toMatchObject({ ok: false, refusal: { code: "malformed" } });
  }
  expect(pair.owner.client.heard.map(({ name }) => name)).toEqual(["commit:accepted"]);
  expect(await relay.store.size()).toMatchObject({ seats: 2 });
});

test("what is too large is refused by size, and what no request can be is cut off", async () => {
  const relay = await startRelay();
  const pair = await HealthyPair.meet(relay);
  const { client } = pair.guest;
  const codeOf = async (name: RequestName, length: number): Promise<string> => {
    const outcome = await client.askRaw(name, new Uint8Array(length));
    return outcome.ok ? "ok" : outcome.refusal.code;
  };
  expect(await codeOf("message:send", MAX_FRAME_BYTES)).toBe("malformed");
  expect(await codeOf("message:send", MAX_FRAME_BYTES + 1)).toBe("too_large");
  expect(await codeOf("ticket:take", MAX_FRAME_BYTES + 1)).toBe("too_large");
  const largestCommit = MAX_FRAME_BYTES + MAX_GROUP_INFO_BYTES + MAX_ROTATION_BYTES;
  expect(await codeOf("commit:send", largestCommit)).toBe("malformed");
  expect(await codeOf("commit:send", largestCommit + 1)).toBe("too_large");
  const raw = await new RawSocket(relay.port).enter();
  raw.send(new Uint8Array(MAX_TRANSPORT_BYTES + 1));
  expect(await raw.closed()).toBe(1009);
  await pair.talk();
});

test("the largest commit that is allowed goes through", async () => {
  const relay = await startRelay();
  const pair = await HealthyPair.meet(relay);
  const largest = {
    baseCid: pair.guest.cid,
    envelope: bytes(63 * 1024),
    groupInfo: bytes(MAX_GROUP_INFO_BYTES),
    rotation: bytes(MAX_ROTATION_BYTES),
  };
  expect(await pair.guest.client.get("commit:send", largest)).toMatchObject({ epoch: 2 });
  expect((await pair.owner.client.next("commit:accepted")).envelope).toEqual(largest.envelope);
});

test("frames that are none of ours are answered once each, and after twenty the connection is closed", async () => {
  const relay = await startRelay();
  const pair = await HealthyPair.meet(relay);
  const raw = await new RawSocket(relay.port).enter();
  const frames = [
    new Uint8Array(),
    Uint8Array.of(2),
    Uint8Array.of(3, 0, 0, 0, 1),
    Uint8Array.of(3, 0, 0, 0, 1, 9, 9),
    Uint8Array.of(2, 7, 0, 0, 0, 0, 0),
    ...["__proto__", "constructor", "hasOwnProperty", "toString", "0", "\0"].map((name) => eventFrame(name, bytes(3))),
    eventFrame("error", bytes(3)),
    eventFrame("disconnect", bytes(3)),
    eventFrame("a:b\0", bytes(3)),
    bytes(200),
  ];
  for (const frame of frames) raw.send(frame);
  await expect.poll(() => raw.frames.filter((frame) => typeof frame !== "string").length).toBe(frames.length);
  expect(raw.frames.filter((frame) => typeof frame !== "string")).toEqual(frames.map(() => refused));
  for (let i = frames.length; i < 20; i++) raw.send(bytes(9));
  await raw.closed();
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  await pair.talk();
});

test("text that is no Socket.IO packet of ours closes the connection and harms nobody", async () => {
  const relay = await startRelay();
  const pair = await HealthyPair.meet(relay);
  const texts = [
    '42["message"]',
    "4{",
    "40",
    '40{"v":1}',
    "40[]",
    `40{"x":"${"y".repeat(2000)}"}`,
    "4",
    "451-[]",
    "44{}",
    "9",
    "2probe",
    "41",
    "b!!!",
  ];
  for (const text of texts) {
    const raw = await new RawSocket(relay.port).enter();
    raw.send(text);
    raw.send("41");
    await raw.closed();
  }
  await pair.talk();
  await expect.poll(() => relay.connectionCount()).toBe(2);
});

test("a version the relay does not speak is refused by name", async () => {
  const relay = await startRelay();
  for (const auth of [{}, { v: 2 }, { v: "1" }, { __proto__: { v: 1 } }]) {
    const refusal = await connect(relay.url, { auth }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ data: { code: "unsupported_version" } });
  }
});

test("web pages may not connect, extensions and programs may", async () => {
  const relay = await startRelay();
  const evil = ["http://evil.test", "https://evil.test", relay.origin, "null", "file://", "chrome-extension://a/../b"];
  for (const Origin of evil)
    await expect(connect(relay.url, { headers: { Origin } })).rejects.toThrow("websocket error");
  for (const Origin of ["chrome-extension://abcdefghijklmnop", "moz-extension://0b1c-22"])
    await connect(relay.url, { headers: { Origin } });
});

test("a web page may connect when the operator has named its origin, exactly", async () => {
  const relay = await startRelay({ ALLOWED_ORIGINS: "https://rooms.example.org, http://localhost:3000" });
  for (const Origin of ["https://rooms.example.org", "http://localhost:3000", "moz-extension://0b1c-22"])
    await connect(relay.url, { headers: { Origin } });
  const others = ["null", "http://rooms.example.org", "https://rooms.example.org:444", "https://a.rooms.example.org"];
  for (const Origin of [...others, "https://rooms.example.org.evil.test", "https://ROOMS.example.org/", ""])
    await expect(connect(relay.url, { headers: { Origin } })).rejects.toThrow("websocket error");
});

test("old protocols, polling, compression and other people's sessions are not offered", async () => {
  const relay = await startRelay();
  const raw = new RawSocket(relay.port, { perMessageDeflate: true });
  const open = await raw.next((frame) => typeof frame === "string" && frame.startsWith("0"));
  expect(raw.ws.extensions).toBe("");
  const { sid } = JSON.parse(String(open).slice(1)) as { sid: string };
  for (const query of ["EIO=3&transport=websocket", "EIO=4&transport=polling", `EIO=4&transport=websocket&sid=${sid}`])
    expect(await new RawSocket(relay.port, { query }).closed()).toBe(1006);
  for (const query of ["EIO=4&transport=polling", "EIO=3&transport=polling&j=0", "transport=websocket"]) {
    const answer = await fetch(`${relay.url}/socket/?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  }
});

test("two hellos at once on one connection close it", async () => {
  const relay = await startRelay();
  const raw = new RawSocket(relay.port);
  await raw.next((frame) => typeof frame === "string" && frame.startsWith("0"));
  raw.send('40{"v":1}');
  raw.send('40{"v":1}');
  expect(await raw.closed()).toBe(1005);
  await expect.poll(() => relay.connectionCount()).toBe(0);
});

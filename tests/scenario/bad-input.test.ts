// Damaged links, relays that are none, relays that answer nonsense, commands out of range: a typed code each time, and
// nothing has changed afterwards.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { afterEach, describe, expect, test } from "vitest";
import { MAX_TEXT_CHARS } from "../../bridge/contract.ts";
import { encodeLink } from "../../core/room/link.ts";
import { randomBytes } from "../../core/crypto/random.ts";
import { routes } from "../../wire/http.ts";
import * as parser from "../../wire/parser.ts";
import { agree, isOpen, roomOfPeople, shows, useRelay } from "./setting.ts";

const setting = useRelay();
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const flags = { hasPassword: false, askFirst: false, readOnly: false };

/** A web server that is not a relay, with a Socket.IO server on it whose acknowledgements are `reply`. */
async function impostor(options: { about?: string; reply?: Uint8Array; status?: number } = {}): Promise<string> {
  const server = createServer((_request, answer) => {
    answer.writeHead(options.status ?? 200, { "content-type": "application/json" });
    answer.end(options.about ?? "<html>hello</html>");
  });
  const io = new Server(server, { path: routes.socket, parser, transports: ["websocket"], serveClient: false });
  io.on("connection", (socket) => {
    socket.onAny((_name: string, _payload: unknown, acknowledge: unknown) => {
      if (typeof acknowledge === "function") acknowledge(options.reply ?? new Uint8Array());
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  closers.push(() => void io.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("a link", () => {
  test.each([
    ["nothing", "", "link_malformed"],
    ["another site", "https://example.org/", "link_malformed"],
    ["no fragment", "https://relay.example.org/sr", "link_malformed"],
    ["a fragment of another product", "https://relay.example.org/sr#abc", "link_malformed"],
    ["http to another machine", `http://relay.example.org/sr#${"A".repeat(48)}`, "link_malformed"],
  ])("that is %s is refused before any network", async (_what, link, code) => {
    const { engine } = await setting.open();
    await expect(engine.inspectLink({ link })).rejects.toMatchObject({ code });
    await expect(engine.joinRoom({ link, displayName: "Guest" })).rejects.toMatchObject({ code });
    expect(engine.snapshot().rooms).toEqual([]);
  });

  test("with one character changed is recognised as damaged", async () => {
    const { engine } = await setting.open();
    const link = encodeLink({ relay: setting.relay.direct, flags, secret: randomBytes(32) });
    const at = link.length - 20;
    const damaged = link.slice(0, at) + (link[at] === "A" ? "B" : "A") + link.slice(at + 1);
    await expect(engine.inspectLink({ link: damaged })).rejects.toMatchObject({ code: "link_malformed" });
  });

  test("with a password says so, and without one nothing is asked of the relay", async () => {
    const { engine } = await setting.open();
    const link = encodeLink({
      relay: setting.relay.direct,
      flags: { ...flags, hasPassword: true },
      secret: randomBytes(32),
    });
    expect(await engine.inspectLink({ link })).toMatchObject({ hasPassword: true, isKnownRelay: true });
    const code = "password_required";
    await expect(engine.joinRoom({ link, displayName: "Guest" })).rejects.toMatchObject({ code });
    await expect(engine.joinRoom({ link, displayName: "Guest", password: "" })).rejects.toMatchObject({ code });
    expect(engine.snapshot().rooms).toEqual([]);
  });

  test("to a room that does not exist is not admitted", async () => {
    const { engine } = await setting.open();
    const link = encodeLink({ relay: setting.relay.direct, flags, secret: randomBytes(32) });
    await expect(engine.joinRoom({ link, displayName: "Guest" })).rejects.toMatchObject({ code: "not_admitted" });
    expect(engine.snapshot().rooms).toEqual([]);
    expect((await setting.open()).vault()).toBe("[]");
  });
});

describe("a relay", () => {
  test("that cannot be reached is reported as such, for a check, a new room and a link", async () => {
    const relay = "http://127.0.0.1:9";
    const { engine } = await setting.open({ relay });
    await expect(engine.checkRelay({ origin: relay })).rejects.toMatchObject({ code: "relay_unreachable" });
    const room = { name: "Room", displayName: "Owner", expiresInS: 60, maxMembers: 5 };
    await expect(engine.createRoom(room)).rejects.toMatchObject({ code: "relay_unreachable" });
    const link = encodeLink({ relay, flags, secret: randomBytes(32) });
    await expect(engine.joinRoom({ link, displayName: "Guest" })).rejects.toMatchObject({ code: "relay_unreachable" });
    expect(engine.snapshot().rooms).toEqual([]);
  });

  test.each([
    ["a page", { about: "<html></html>" }],
    ["other JSON", { about: '{"product":"something"}' }],
    ["numbers out of range", { about: '{"product":"secret-rooms","protocol":1,"maxRoomLifeS":-1}' }],
    ["a list", { about: "[]" }],
    ["far too much", { about: JSON.stringify({ product: "x".repeat(1_000_000) }) }],
    ["an error", { about: "{}", status: 500 }],
  ])("that answers %s is not taken as one, and the settings stay", async (_what, options) => {
    const { engine } = await setting.open();
    const origin = await impostor(options);
    await expect(engine.checkRelay({ origin })).rejects.toMatchObject({ code: "relay_not_compatible" });
    const before = engine.snapshot().settings;
    await expect(engine.saveSettings({ ...before, relay: origin })).rejects.toMatchObject({
      code: "relay_not_compatible",
    });
    expect(engine.snapshot().settings).toEqual(before);
  });

  test.each([
    ["nothing", new Uint8Array()],
    ["an answer cut short", Uint8Array.of(0, 1, 2)],
    ["an unknown form", Uint8Array.of(7)],
    ["a refusal with an unknown code", Uint8Array.of(1, 99, 0, 0, 0, 0, 0)],
    ["noise", randomBytes(5_000)],
  ])("that acknowledges with %s is given up with a code", async (_what, reply) => {
    const relay = await impostor({ reply });
    const { engine } = await setting.open({ relay });
    const room = { name: "Room", displayName: "Owner", expiresInS: 60, maxMembers: 5 };
    await expect(engine.createRoom(room)).rejects.toMatchObject({ code: "relay_not_compatible" });
    expect(engine.snapshot().rooms).toEqual([]);
  });

  test.each([
    "",
    "ftp://relay.example.org",
    "https://relay.example.org/path",
    "http://relay.example.org",
    "not a host",
  ])("with the address %j is refused before any network", async (origin) => {
    const { engine } = await setting.open();
    await expect(engine.checkRelay({ origin })).rejects.toMatchObject({ code: "relay_malformed" });
  });

  test("that is one is described", async () => {
    const { engine } = await setting.open();
    const report = await engine.checkRelay({ origin: `${setting.relay.direct}/` });
    expect(report).toMatchObject({ origin: setting.relay.direct, maxMembers: 200 });
  });
});

describe("a command", () => {
  test("out of range or for an unknown room is refused, and the room is as it was", async () => {
    const { clients, rooms } = await roomOfPeople(setting, 1);
    const [engine] = clients.map((client) => client.engine);
    const [owner, guest] = rooms;
    if (!engine || !owner || !guest) throw new Error("members");
    const roomId = owner.id;
    const room = { name: "Room", displayName: "Owner", expiresInS: 60, maxMembers: 5 };
    const refused: [Promise<unknown>, string][] = [
      [engine.createRoom({ ...room, name: "  " }), "name_invalid"],
      [engine.createRoom({ ...room, displayName: "x".repeat(41) }), "name_invalid"],
      [engine.createRoom({ ...room, expiresInS: 0.5 }), "malformed"],
      [engine.createRoom({ ...room, maxMembers: 1_000_000 }), "malformed"],
      [engine.send({ roomId, text: " \n " }), "malformed"],
      [engine.send({ roomId, text: "x".repeat(MAX_TEXT_CHARS + 1) }), "text_too_long"],
      [engine.send({ roomId: "no-such-room", text: "x" }), "unknown_room"],
      [engine.kick({ roomId, memberId: owner.state().memberId }), "not_allowed"],
      [engine.kick({ roomId, memberId: "00".repeat(16) }), "not_allowed"],
      [engine.dismiss({ roomId }), "not_allowed"],
    ];
    for (const [answer, code] of refused) await expect(answer).rejects.toMatchObject({ code });
    expect(engine.snapshot().rooms).toHaveLength(1);
    await agree(rooms);
    const longest = "ж".repeat(MAX_TEXT_CHARS);
    await owner.send(longest);
    await guest.until(shows(longest), "the longest text arrives");
    expect(isOpen(owner)).toBe(true);
  });
});

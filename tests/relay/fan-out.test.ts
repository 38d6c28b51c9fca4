// How what the relay says leaves: in one piece per turn, whole frames, nothing out of order, nothing after the end.
import { connect as connectTcp } from "node:net";
import { queryObjects } from "node:v8";
import { IncomingMessage } from "node:http";
import type { Writable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import * as ws from "ws";
import { Deadlines } from "../../server/sockets/deadlines.ts";
import { Turn } from "../../server/sockets/turn.ts";
import { frameOf } from "../../server/sockets/websocket-frame.ts";
import { FakeClock } from "./support/fake-clock.ts";
import { bytes, join, openRoom, roomPlan } from "./support/people.ts";
import { eventFrame, RawSocket } from "./support/raw.ts";
import { startRelay } from "./support/relay.ts";

/** What reads frames in `ws`; its types leave it out. */
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable };

test.each([0, 1, 125, 126, 65_535, 65_536, 200_000])(
  "a message of %i bytes is one frame, also behind others",
  (length) => {
    const messages = [bytes(3), bytes(length), bytes(7)];
    const heard: Uint8Array[] = [];
    const receiver = new Receiver({ isServer: false, allowSynchronousEvents: true });
    receiver.on("message", (message: Buffer, isBinary: boolean) => {
      expect(isBinary).toBe(true);
      heard.push(new Uint8Array(message));
    });
    receiver.write(new Turn().join(messages.map(frameOf)));
    expect(heard).toEqual(messages);
  },
);

test("what is the same for several is joined once, and what differs is not mixed up", async () => {
  const turn = new Turn();
  const [a, b, c] = [bytes(9), bytes(8), bytes(7)].map(frameOf) as [never, never, never];
  const joined: Uint8Array[] = [];
  const leaver = (...parts: never[]) => ({ flush: () => void joined.push(turn.join(parts)) });
  for (const one of [leaver(a, b), leaver(a, b), leaver(a, c), leaver(b, a), leaver(a)]) turn.add(one);
  expect(joined).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(joined[1]).toBe(joined[0]);
  expect(joined).toEqual([[a, b], [a, b], [a, c], [b, a], [a]].map((parts) => Buffer.concat(parts)));
});

test("many messages of one turn arrive whole and in order, with the heartbeat between them", async () => {
  const relay = await startRelay({}, { limits: { pingIntervalMs: 20 } });
  const plan = roomPlan();
  const owner = await openRoom(relay, plan);
  const guest = await join(relay, plan);
  const message = { cid: guest.cid, envelope: bytes(32) };
  await Promise.all(Array.from({ length: 150 }, () => owner.client.get("message:send", message)));
  await guest.client.settle();
  const seqs = guest.client.all("message:received").map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: 150 }, (_, index) => index + 2));
});

test("the last words of a turn still leave when the connection is closed in it", async () => {
  const relay = await startRelay({}, { limits: { strikes: 3 } });
  const raw = await new RawSocket(relay.port).enter();
  // In one write, so that all of it is read in one turn.
  const { _socket: tcp } = raw.ws as unknown as { _socket: { cork(): void; uncork(): void } };
  tcp.cork();
  for (let id = 1; id <= 3; id++) raw.send(eventFrame("no:such", bytes(1), id));
  tcp.uncork();
  await raw.closed();
  const answers = raw.frames.filter((frame) => frame instanceof Uint8Array && frame[0] === 3) as Uint8Array[];
  expect(answers.map((frame) => frame[4])).toEqual([1, 2, 3]);
});

test("work that takes too long is given up at its time, and other work is not", async () => {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock, 100);
  const never = new Promise<string>(() => undefined);
  const outcomes: string[] = [];
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const hold = (work: Promise<string>, name: string): void =>
    void deadlines.hold(work, "late").then((outcome) => outcomes.push(`${name} ${outcome}`));
  hold(never, "a");
  await pass(60);
  hold(never, "b");
  hold(Promise.resolve("done"), "c");
  await pass(39);
  expect(outcomes).toEqual(["c done"]);
  await pass(1);
  expect(outcomes).toEqual(["c done", "a late"]);
  await pass(60);
  expect(outcomes).toEqual(["c done", "a late", "b late"]);
  hold(never, "d");
  await pass(100);
  expect(outcomes.at(-1)).toBe("d late");
  await expect(deadlines.hold(Promise.reject(new TypeError("broken")), "late")).rejects.toThrow("broken");
});

test("of a handshake nothing is held while the connection lasts", async () => {
  const relay = await startRelay();
  const before = queryObjects(IncomingMessage, { format: "count" });
  const head =
    "GET /socket/?EIO=4&transport=websocket HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  const key = "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  for (let i = 0; i < 5; i++) {
    const socket = connectTcp(relay.port, "127.0.0.1", () => socket.write(head + key));
    onTestFinished(() => void socket.destroy());
    // The Socket.IO packet that connects, masked with nothing.
    socket.once("data", () => socket.write(Buffer.from([0x81, 0x89, 0, 0, 0, 0, ...Buffer.from('40{"v":1}')])));
  }
  await expect.poll(() => relay.connectionCount()).toBe(5);
  expect(queryObjects(IncomingMessage, { format: "count" })).toBe(before);
});

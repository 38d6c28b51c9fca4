import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Decoder, Encoder, malformedFrame } from "../../../wire/parser.ts";
import type { Packet } from "../../../wire/parser.ts";

function parse(frame: unknown): Packet {
  const packets: Packet[] = [];
  const decoder = new Decoder().on("decoded", (packet) => packets.push(packet));
  decoder.add(frame);
  expect(packets).toHaveLength(1);
  return packets[0] ?? { type: -1, nsp: "" };
}

const encoder = new Encoder();
const names = fc.stringMatching(/^[a-z]{2,16}:[a-z-]{2,16}$/);
const ids = fc.option(fc.nat(0xffffffff), { nil: undefined });
const payloads = fc.uint8Array({ maxLength: 300 });

test("an event is one binary frame and comes out as it went in", () => {
  fc.assert(
    fc.property(names, ids, payloads, (name, id, payload) => {
      const packet: Packet = { type: 2, nsp: "/", data: [name, payload], ...(id === undefined ? {} : { id }) };
      const frames = encoder.encode(packet);
      expect(frames).toHaveLength(1);
      expect(parse(frames[0])).toEqual(packet);
    }),
  );
});

test("an event has the layout that the protocol gives it", () => {
  const frame = encoder.encode({ type: 2, nsp: "/", id: 258, data: ["room:end", Uint8Array.of(9)] })[0];
  expect(frame).toEqual(Uint8Array.of(2, 1, 0, 0, 1, 2, 8, ...new TextEncoder().encode("room:end"), 9));
});

test("an acknowledgement is one binary frame and comes out as it went in", () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), payloads, (id, payload) => {
      const packet: Packet = { type: 3, nsp: "/", id, data: [payload] };
      expect(parse(encoder.encode(packet)[0])).toEqual(packet);
    }),
  );
});

test("opening and closing are text", () => {
  for (const packet of [
    { type: 0, nsp: "/", data: { v: 1 } },
    { type: 1, nsp: "/", data: undefined },
    { type: 4, nsp: "/", data: { message: "no" } },
  ])
    expect(parse(encoder.encode(packet)[0])).toEqual(packet);
});

test("any bytes at all make exactly one packet, malformed ones under a name nobody serves", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (frame) => {
      const { type, data } = parse(frame);
      expect(type === 3 ? "an:answer" : (data as string[])[0]).toMatch(/^[a-z]{2,16}:[a-z-]{2,16}$/);
    }),
    { numRuns: 2_000 },
  );
  const cut = encoder.encode({ type: 2, nsp: "/", data: ["room:create", new Uint8Array()] })[0].slice(0, -1);
  const reserved = encoder.encode({ type: 2, nsp: "/", data: ["disconnect", new Uint8Array()] })[0];
  const upper = encoder.encode({ type: 2, nsp: "/", data: ["Room:end", new Uint8Array()] })[0];
  for (const frame of [
    new Uint8Array(),
    Uint8Array.of(2),
    Uint8Array.of(3, 0, 0),
    Uint8Array.of(5),
    cut,
    reserved,
    upper,
  ])
    expect(parse(frame)).toEqual({ type: 2, nsp: "/", data: [malformedFrame, new Uint8Array()] });
});

test("text that opens or closes nothing is refused", () => {
  const texts = ["", '2["a"]', "5", "0[]", "0null", '0"a"', "0{", "0/admin,{}", "x", `0{"a":"${"b".repeat(1100)}"}`];
  for (const text of texts) expect(() => parse(text)).toThrow(/invalid frame|JSON/);
});

test("only one binary value can be sent or received", () => {
  for (const value of [undefined, "text", 1, {}, [1], null]) {
    expect(() => encoder.encode({ type: 2, nsp: "/", data: ["room:end", value] })).toThrow(TypeError);
    expect(() => encoder.encode({ type: 3, nsp: "/", id: 1, data: [value] })).toThrow(TypeError);
  }
  expect(() => parse(7)).toThrow(TypeError);
  expect(parse(new Uint8Array([3, 0, 0, 0, 1, 5]).buffer)).toMatchObject({ type: 3, id: 1 });
});

test("a listener that was taken off hears nothing more", () => {
  const heard: Packet[] = [];
  const listen = (packet: Packet): void => void heard.push(packet);
  const decoder = new Decoder().on("decoded", listen);
  decoder.add("1");
  decoder.removeListener("decoded", listen);
  decoder.add("1");
  decoder.destroy();
  expect(heard).toHaveLength(1);
});

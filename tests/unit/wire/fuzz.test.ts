// Spoilt input to everything that decodes what relay and client say to each other: taken or refused, and soon; and whatever
// is taken says exactly what it would be written as.
import { describe, expect, test } from "vitest";
import { decode } from "../../../codec/codec.ts";
import type { Codec } from "../../../codec/codec.ts";
import { DecodeError } from "../../../codec/reader.ts";
import { decodeOutcome, encodeRefusal } from "../../../wire/acknowledgement.ts";
import { notices, refusal, requests, signals } from "../../../wire/events.ts";
import type { RequestName } from "../../../wire/events.ts";
import { decodeRelayAbout } from "../../../wire/http.ts";
import { Decoder, Encoder } from "../../../wire/parser.ts";
import { fuzz, fuzzValues, LIMIT_MS } from "../../support/fuzz.ts";
import type { Target } from "../../support/fuzz.ts";
import { FUZZ_TIMEOUT_MS, fuzzRuns, fuzzSeed } from "../../support/fuzz-runs.ts";
import { inventFor, isCanonical, Spoiler } from "../../support/spoil.ts";

const spoiler = new Spoiler(fuzzSeed);
const several = <T>(make: () => T): T[] => Array.from({ length: 6 }, make);

function targetFor(name: string, codec: Codec<unknown>): Target {
  return {
    name,
    samples: several(() => inventFor(spoiler, codec)),
    read: (bytes) => {
      const value = decode(codec, bytes);
      if (!isCanonical(codec, bytes)) throw new Error(`one value, two forms: ${JSON.stringify(value)}`);
    },
  };
}

const codecs: [string, Codec<unknown>][] = [
  ...Object.entries(requests).flatMap(([name, { ask, answer }]): [string, Codec<unknown>][] => [
    [`${name} ask`, ask as never],
    [`${name} answer`, answer as never],
  ]),
  ...Object.entries(signals).map(([name, codec]): [string, Codec<unknown>] => [name, codec as never]),
  ...Object.entries(notices).map(([name, codec]): [string, Codec<unknown>] => [name, codec as never]),
];

const names = Object.keys(requests) as RequestName[];
const outcomes = names.map((name): Target => ({
  name: `the outcome of ${name}`,
  samples: [
    encodeRefusal(decode(refusal, inventFor(spoiler, refusal))),
    Uint8Array.of(0, ...inventFor(spoiler, requests[name].answer as never)),
  ],
  read: (bytes) => decodeOutcome(name, bytes),
}));

const encoder = new Encoder();
const eventFrame = (name: string, id?: number): Uint8Array => {
  const packet = { type: 2, nsp: "/", data: [name, spoiler.bytes(20)], ...(id !== undefined && { id }) };
  return encoder.encode(packet)[0] as Uint8Array;
};
const frames: Target = {
  name: "a binary frame",
  samples: [eventFrame("room:create", 7), eventFrame("signal:send"), Uint8Array.of(3, 0, 0, 0, 1, 9, 9)],
  read: (bytes) => new Decoder().add(bytes),
};
const texts: Target = {
  name: "a text frame",
  samples: ['0{"v":1}', "1", '4{"message":"no"}', '0{"sid":"abc"}'].map((text) => new TextEncoder().encode(text)),
  read: (bytes) => {
    try {
      new Decoder().add(new TextDecoder("latin1").decode(bytes));
    } catch (cause) {
      // Socket.IO closes the connection on any fault of a parser; only what would stop the process is one of ours.
      if (cause instanceof RangeError || cause instanceof TypeError) throw cause;
      throw new DecodeError("text frame", { cause });
    }
  },
};

const all = [...codecs.map(([name, codec]) => targetFor(name, codec)), ...outcomes, frames, frames, texts];
const each = Math.ceil((fuzzRuns.decoderInputs * 0.3) / all.length);

describe(`spoilt input, SEED=${fuzzSeed}`, () => {
  test.each(all)(
    "$name is taken or refused, and soon",
    async (target) => {
      const { faults, worstMs } = await fuzz(target, each, spoiler);
      expect(faults.slice(0, 3)).toEqual([]);
      expect(worstMs).toBeLessThan(LIMIT_MS);
    },
    FUZZ_TIMEOUT_MS,
  );

  test("what a server says about itself is taken or refused, and soon", async () => {
    const about = {
      product: "secret-rooms",
      protocol: 1,
      maxRoomLifeS: 2_592_000,
      defaultRoomLifeS: 86_400,
      maxMembers: 200,
      version: "0.1.0",
      origin: "https://rooms.example.org",
      maxEnvelopeBytes: 64_512,
      messagesPerSecond: 50,
      turn: true,
      operator: "Example",
      abuseContact: "abuse@example.org",
    };
    expect(decodeRelayAbout(about)).toEqual(about);
    const { faults, worstMs } = await fuzzValues([about], decodeRelayAbout, { count: each, spoiler });
    expect(faults.slice(0, 3)).toEqual([]);
    expect(worstMs).toBeLessThan(LIMIT_MS);
  });
});

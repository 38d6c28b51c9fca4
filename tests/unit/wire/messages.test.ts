import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode } from "../../../codec/codec.ts";
import { DecodeError } from "../../../codec/reader.ts";
import { decodeOutcome, encodeAnswer, encodeRefusal } from "../../../wire/acknowledgement.ts";
import { relayCodes } from "../../../wire/errors.ts";
import { moderatorRequests, notices, ownerBodies, requests, signals } from "../../../wire/events.ts";
import type { OwnerRequestName } from "../../../wire/events.ts";
import { decodeRelayAbout } from "../../../wire/http.ts";
import { admissionText, delegationText, goneText, handleText, ownerText } from "../../../codec/signing.ts";

const all = [
  ...Object.entries(requests).flatMap(
    ([name, { ask, answer }]) =>
      [
        [`${name} ask`, ask],
        [`${name} answer`, answer],
      ] as const,
  ),
  ...Object.entries(signals),
  ...Object.entries(notices),
];

test.each(all)("%s never decodes into something else than it says, whatever bytes come", (_name, codec) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        expect(encode(codec as never, decode(codec as never, bytes))).toEqual(bytes);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
  );
});

test("an answer and every refusal come out as they went in", () => {
  const answer = {
    epoch: 3,
    seq: 9,
    seat: { seat: new Uint8Array(16).fill(1), resumeToken: new Uint8Array(32).fill(2) },
  };
  expect(decodeOutcome("commit:send", encodeAnswer("commit:send", answer))).toEqual({ ok: true, answer });
  const head = { cid: new Uint8Array(32), epoch: 4, groupInfo: Uint8Array.of(1), rotation: Uint8Array.of(2) };
  for (const code of relayCodes) {
    const refusal = { code, retryAfterMs: 5, head };
    expect(decodeOutcome("room:leave", encodeRefusal(refusal))).toEqual({ ok: false, refusal });
  }
});

test("an answer of neither form is refused", () => {
  for (const bytes of [[], [2], [0, 0], [1], [1, 99, 0, 0, 0, 0, 0]])
    expect(() => decodeOutcome("room:leave", Uint8Array.from(bytes))).toThrow(DecodeError);
});

test("codes keep their place, because their number is what is sent", () => {
  expect(relayCodes).toEqual([
    "malformed",
    "too_large",
    "rate_limited",
    "not_admitted",
    "stale_epoch",
    "locked",
    "full",
    "expired",
    "unsupported_version",
    "try_later",
    "read_only",
  ]);
});

test("what is signed names its purpose, and no two purposes or arguments share a text", () => {
  const id = new Uint8Array(16).fill(7);
  const nonce = new Uint8Array(32).fill(8);
  const key = new Uint8Array(32).fill(9);
  const record = { ownerKey: key, lifeS: 60, maxMembers: 5, salt: id };
  const texts = [
    admissionText("https://a.example", id, nonce),
    admissionText("https://a.exampl", id, nonce),
    ownerText(id, 1, "room:end"),
    ownerText(id, 2, "room:end"),
    ownerText(id, 1, "room:lock"),
    ownerText(id, 1, "seat:evict", id),
    delegationText(id, key, 7),
    goneText(id, id),
    handleText(record),
    handleText({ ...record, lifeS: 61 }),
    handleText({ ...record, maxMembers: 6 }),
    handleText({ ...record, salt: nonce.subarray(16) }),
  ].map((text) => Buffer.from(text).toString("latin1"));
  const sevens = "\u0007".repeat(16);
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts[0]).toBe(`SR1 admit\0\0\0\u0011https://a.example${sevens}${"\u0008".repeat(32)}`);
  expect(texts[2]).toBe(`SR1 owner${sevens}\0\0\0\0\0\0\0\u0001\0\0\0\u0008room:end`);
  expect(texts[6]).toBe(`SR1 delegate${sevens}${"\u0009".repeat(32)}\0\0\0\0\0\0\0\u0007`);
  expect(texts[7]).toBe(`SR1 gone${sevens}${sevens}`);
  expect(texts[8]).toBe(`SR1 handle${"\u0009".repeat(32)}\0\0\0\u003c\0\u0005${sevens}`);
});

test("what an owner signs is what an owner sends, and moderators' requests are among them", () => {
  for (const name of Object.keys(ownerBodies) as OwnerRequestName[]) expect(Object.hasOwn(requests, name)).toBe(true);
  for (const name of moderatorRequests) expect(Object.hasOwn(ownerBodies, name)).toBe(true);
  const record = {
    inviteId: new Uint8Array(16),
    authKey: new Uint8Array(32),
    packet: Uint8Array.of(1),
    uses: 1,
    lifeS: 2,
    flags: 4,
  };
  const body = { invite: record };
  const proof = { counter: 1, signature: new Uint8Array(64), delegation: undefined };
  const sent = encode(requests["invite:put"].ask, { body, proof });
  expect(sent.subarray(0, encode(ownerBodies["invite:put"], body).length)).toEqual(
    encode(ownerBodies["invite:put"], body),
  );
});

test("only a relay of our protocol is taken for one", () => {
  const about = { product: "secret-rooms", protocol: 1, maxRoomLifeS: 60, defaultRoomLifeS: 30, maxMembers: 5 };
  expect(decodeRelayAbout({ ...about, more: "ignored" })).toEqual(about);
  const wrong = [
    null,
    "text",
    [],
    {},
    { ...about, product: "other" },
    { ...about, protocol: "1" },
    { ...about, protocol: 0 },
    { ...about, maxMembers: 1.5 },
    { ...about, maxRoomLifeS: 1e12 },
    { ...about, defaultRoomLifeS: -1 },
  ];
  for (const value of wrong) expect(decodeRelayAbout(value)).toBeUndefined();
});

// The code against the published vectors in tests/vectors, which tests/vectors/make-vectors.ts wrote once. A change of one of
// these files is a change of the protocol.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../codec/bytes.ts";
import { decode, encode } from "../../../codec/codec.ts";
import { roomRecord } from "../../../codec/signing.ts";
import { sha256 } from "../../../core/crypto/hash.ts";
import { memberIdOf } from "../../../core/mls/profile.ts";
import { contentDigest, decodeContent, isContentSigned } from "../../../core/room/content.ts";
import { deriveOuterKeys, openEnvelope } from "../../../core/room/envelope.ts";
import type { EnvelopeKind } from "../../../core/room/envelope.ts";
import { decodeLink, encodeLink } from "../../../core/room/link.ts";
import type { InviteFlags } from "../../../core/room/link.ts";
import { handleOf, openPolicy, policyDigest, recordOf, signedPolicy } from "../../../core/room/policy.ts";
import { genesisCid } from "../../../engine/workers/room-keys.ts";

const hex = (text: string) => fromHex(text) ?? new Uint8Array();

const load = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));

interface Refused {
  readonly why: string;
  readonly code: string;
}

describe("links", () => {
  const { valid, refused } = load("link") as {
    valid: { link: string; relay: string; flags: InviteFlags; secret: string }[];
    refused: (Refused & { link: string })[];
  };

  test.each(valid)("$link", ({ link, relay, flags, secret }) => {
    expect(decodeLink(link)).toEqual({ relay, flags, secret: hex(secret) });
    expect(encodeLink({ relay, flags, secret: hex(secret) })).toBe(link);
  });

  test.each(refused)("with $why is $code", ({ link, code }) => {
    expect(() => decodeLink(link)).toThrow(expect.objectContaining({ name: "CoreError", code }));
  });
});

describe("policies", () => {
  const v = load("policy") as {
    name: string;
    lifeS: number;
    maxMembers: number;
    groupId: string;
    ownerKey: string;
    relayOwnerKey: string;
    salt: string;
    record: string;
    handle: string;
    signedPolicy: string;
    digest: string;
    refused: (Refused & { signedPolicy: string })[];
  };

  test("open to what was signed", async () => {
    const signed = decode(signedPolicy, hex(v.signedPolicy));
    expect(toHex(policyDigest(signed))).toBe(v.digest);
    const context = { version: 1, ownerKey: hex(v.ownerKey), policyDigest: hex(v.digest) };
    const policy = await openPolicy(signed, context);
    expect(policy).toEqual({
      version: 1,
      groupId: hex(v.groupId),
      name: v.name,
      lifeS: v.lifeS,
      maxMembers: v.maxMembers,
      ownerKey: hex(v.ownerKey),
      relayOwnerKey: hex(v.relayOwnerKey),
      salt: hex(v.salt),
    });
    expect(toHex(encode(roomRecord, recordOf(policy)))).toBe(v.record);
    expect(toHex(handleOf(policy))).toBe(v.handle);
  });

  test.each(v.refused)("with $why are $code", async ({ signedPolicy: bytes, code }) => {
    await expect(openPolicy(decode(signedPolicy, hex(bytes)))).rejects.toMatchObject({ name: "CoreError", code });
  });
});

describe("envelopes", () => {
  const v = load("envelope") as {
    outerKey: string;
    handle: string;
    envelopeKey: string;
    groupInfoKey: string;
    groupId: string;
    cid: string;
    valid: { kind: EnvelopeKind; body: string; envelope: string; commitId?: string }[];
    refused: (Refused & { kind: EnvelopeKind; envelope: string })[];
  };
  const keys = deriveOuterKeys(hex(v.outerKey), hex(v.handle));

  test("have keys from the outer key, and a room begins with its own commit id", () => {
    expect(toHex(keys.envelope)).toBe(v.envelopeKey);
    expect(toHex(keys.groupInfo)).toBe(v.groupInfoKey);
    expect(toHex(genesisCid(hex(v.groupId)))).toBe(v.cid);
  });

  test.each(v.valid)("of kind $kind open", async ({ kind, body, envelope }) => {
    expect(toHex(await openEnvelope(keys, kind, hex(v.cid), hex(envelope)))).toBe(body);
  });

  test("of a commit hash to its id", () => {
    const commits = v.valid.filter(({ commitId }) => commitId !== undefined);
    expect(commits).toHaveLength(1);
    expect(commits.map(({ envelope }) => toHex(sha256(hex(envelope))))).toEqual(
      commits.map(({ commitId }) => commitId),
    );
  });

  test.each(v.refused)("with $why are $code", async ({ kind, envelope, code }) => {
    const opening = openEnvelope(keys, kind, hex(v.cid), hex(envelope));
    await expect(opening).rejects.toMatchObject({ name: "CoreError", code });
  });
});

describe("contents", () => {
  const v = load("content") as {
    groupId: string;
    signatureKey: string;
    memberId: string;
    valid: { kind: string; signed: string; digest: string }[];
    malformed: { why: string; signed: string }[];
    unsigned: { why: string; signed: string }[];
  };

  test.each(v.valid)("of kind $kind are their author's", async ({ kind, signed, digest }) => {
    const content = decodeContent(hex(signed));
    expect(content.body.kind).toBe(kind);
    expect(toHex(content.memberId)).toBe(v.memberId);
    expect(toHex(memberIdOf(hex(v.signatureKey)))).toBe(v.memberId);
    expect(toHex(contentDigest(content))).toBe(digest);
    expect(await isContentSigned(hex(signed), hex(v.groupId), hex(v.signatureKey))).toBe(true);
  });

  test.each(v.malformed)("with $why are malformed", ({ signed }) => {
    expect(() => decodeContent(hex(signed))).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test.each(v.unsigned)("with $why are nobody's", async ({ signed }) => {
    expect(await isContentSigned(hex(signed), hex(v.groupId), hex(v.signatureKey))).toBe(false);
  });
});

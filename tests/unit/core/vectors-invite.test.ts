// The code against tests/vectors/invite.json.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { concat, fromHex, toHex } from "../../../codec/bytes.ts";
import { decode, encode } from "../../../codec/codec.ts";
import { keyPairFromSeed } from "../../../core/crypto/signature.ts";
import { deriveKey } from "../../../core/crypto/hash.ts";
import { sealingKeysFromSeed } from "../../../core/crypto/hpke.ts";
import { decodeLeafData, encodeLeafData } from "../../../core/mls/profile.ts";
import {
  deriveInvite,
  invite,
  isInviteProven,
  isInviteSigned,
  openInvitePacket,
  proveInvite,
} from "../../../core/room/invite.ts";
import { openKnock } from "../../../core/room/knock.ts";
import { signedPolicy } from "../../../core/room/policy.ts";

const hex = (text: string) => fromHex(text) ?? new Uint8Array();
const none = new Uint8Array();

interface Vectors {
  readonly [name: string]: string;
}

const file: unknown = JSON.parse(readFileSync(new URL("../../vectors/invite.json", import.meta.url), "utf8"));
const v = file as Record<
  | "secret"
  | "inviteId"
  | "authPublicKey"
  | "packetKey"
  | "macKey"
  | "groupId"
  | "issuer"
  | "invite"
  | "memberSeed"
  | "signatureKey"
  | "returnKey"
  | "relayKey"
  | "leaf"
  | "approvedLeaf"
  | "creatorsLeaf"
  | "outerKey"
  | "signedPolicy"
  | "openPacket"
  | "askFirstPacket"
  | "knockKey"
  | "name"
  | "knock",
  string
> & { maxUses: number; flags: number } & Record<
    "refusedLeaves" | "refusedInvites" | "malformedPackets" | "malformedKnocks",
    Vectors[]
  >;
const signed = decode(invite, hex(v.invite));
const keys = await deriveInvite(hex(v.secret));

describe("an invite", () => {
  test("has keys that follow from the secret", () => {
    expect(toHex(keys.inviteId)).toBe(v.inviteId);
    expect(toHex(keys.auth.publicKey)).toBe(v.authPublicKey);
    expect(toHex(keys.packetKey)).toBe(v.packetKey);
    expect(toHex(keys.macKey)).toBe(v.macKey);
  });

  test("has terms that its issuer signed", async () => {
    expect(await isInviteSigned(hex(v.groupId), signed)).toBe(true);
    expect([signed.inviteId, signed.issuer].map(toHex)).toEqual([v.inviteId, v.issuer]);
    expect([signed.maxUses, signed.flags]).toEqual([v.maxUses, v.flags]);
    expect(toHex(encode(invite, signed))).toBe(v.invite);
  });

  test.each(v.refusedInvites)("with $why is nobody's", async ({ invite: bytes = "" }) => {
    expect(await isInviteSigned(hex(v.groupId), decode(invite, hex(bytes)))).toBe(false);
  });
});

describe("a leaf", () => {
  test("has keys that follow from the member's seed", async () => {
    const seed = hex(v.memberSeed);
    expect(toHex((await keyPairFromSeed(seed)).publicKey)).toBe(v.signatureKey);
    expect(toHex((await sealingKeysFromSeed(deriveKey(seed, none, "return", 32))).publicKey)).toBe(v.returnKey);
    expect(toHex((await keyPairFromSeed(deriveKey(seed, none, "relay-owner", 32))).publicKey)).toBe(v.relayKey);
    for (const leaf of [v.leaf, v.approvedLeaf, v.creatorsLeaf]) {
      const data = decodeLeafData(hex(leaf));
      expect([data.returnKey, data.relayKey].map(toHex)).toEqual([v.returnKey, v.relayKey]);
      expect(toHex(encodeLeafData(data))).toBe(leaf);
    }
  });

  test("admits by its proof", () => {
    const { proof } = decodeLeafData(hex(v.leaf));
    expect(proof).toEqual(proveInvite(keys, hex(v.groupId), hex(v.signatureKey)));
    expect(proof && isInviteProven(signed, hex(v.groupId), hex(v.signatureKey), proof)).toBe(true);
    expect(decodeLeafData(hex(v.creatorsLeaf)).proof).toBeUndefined();
  });

  test("names who approved", () => {
    const approval = decodeLeafData(hex(v.approvedLeaf)).proof?.approval;
    expect(toHex(approval?.approver ?? none)).toBe(v.issuer);
    expect(approval?.signature).toHaveLength(64);
  });

  test.each(v.refusedLeaves)("does not admit by a proof $why", ({ leaf = "" }) => {
    const { proof } = decodeLeafData(hex(leaf));
    expect(proof && isInviteProven(signed, hex(v.groupId), hex(v.signatureKey), proof)).toBe(false);
  });
});

describe("a packet", () => {
  test("opens to the room, or to nothing where the invite asks first", async () => {
    const policy = decode(signedPolicy, hex(v.signedPolicy));
    const opened = await openInvitePacket(keys, hex(v.openPacket));
    expect(opened).toEqual({ kind: "open", outerKey: hex(v.outerKey), policy });
    expect(await openInvitePacket(keys, hex(v.askFirstPacket))).toEqual({ kind: "ask-first" });
  });

  test.each(v.malformedPackets)("$why is malformed", async ({ packet = "" }) => {
    await expect(openInvitePacket(keys, hex(packet))).rejects.toMatchObject({ code: "malformed" });
  });
});

describe("a knock", () => {
  test("says who asks", async () => {
    expect(toHex(deriveKey(keys.macKey, none, "knock", 32))).toBe(v.knockKey);
    const body = { signatureKey: hex(v.signatureKey), replyKey: hex(v.returnKey), name: v.name };
    expect(await openKnock(keys, hex(v.knock))).toEqual(body);
  });

  test.each(v.malformedKnocks)("with $why is $code", async ({ knock = "", code }) => {
    await expect(openKnock(keys, hex(knock))).rejects.toMatchObject({ name: "CoreError", code });
  });

  test("of another size is malformed", async () => {
    const longer = concat(hex(v.knock), new Uint8Array(1));
    await expect(openKnock(keys, longer)).rejects.toMatchObject({ code: "malformed" });
  });
});

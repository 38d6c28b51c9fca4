import { describe, expect, test } from "vitest";
import { concat, toHex } from "../../../codec/bytes.ts";
import { encode } from "../../../codec/codec.ts";
import { seal } from "../../../core/crypto/aead.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { utf8 } from "../../../codec/bytes.ts";
import {
  deriveInvite,
  invite,
  isInviteProven,
  isInviteSigned,
  openInvitePacket,
  proveInvite,
  sealInvitePacket,
  signInvite,
} from "../../../core/room/invite.ts";
import { signPolicy } from "../../../core/room/policy.ts";
import { freshKeys } from "../../support/mls-room.ts";

const groupId = randomBytes(16);
const owner = await freshKeys();
const keys = await deriveInvite(randomBytes(32));
const policy = await signPolicy(
  {
    version: 1,
    groupId,
    name: "Lantern 42",
    lifeS: 60,
    maxMembers: 5,
    ownerKey: owner.publicKey,
    relayOwnerKey: randomBytes(32),
    salt: randomBytes(16),
  },
  owner.seed,
);
const contents = { kind: "open", outerKey: randomBytes(32), policy } as const;
const flipped = (bytes: Uint8Array, bit: number) => bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)));

describe("an invite's keys", () => {
  test("follow from its secret alone, and none of them is another", async () => {
    const secret = randomBytes(32);
    const [one, two] = [await deriveInvite(secret), await deriveInvite(secret)];
    expect(one).toEqual(two);
    const { inviteId, auth, packetKey, macKey } = one;
    const all = [secret, auth.seed, auth.publicKey, packetKey, macKey].map(toHex);
    expect(new Set(all).size).toBe(5);
    expect(all.some((key) => key.startsWith(toHex(inviteId)))).toBe(false);
  });

  test("of two secrets that differ in one bit have nothing in common", async () => {
    const secret = randomBytes(32);
    const [one, two] = [await deriveInvite(secret), await deriveInvite(flipped(secret, 7))];
    expect(one.inviteId).not.toEqual(two.inviteId);
    expect(one.auth.publicKey).not.toEqual(two.auth.publicKey);
    expect(one.packetKey).not.toEqual(two.packetKey);
    expect(one.macKey).not.toEqual(two.macKey);
  });

  test("need the stretched password too, except for the id by which the relay finds it", async () => {
    const [secret, stretched] = [randomBytes(32), randomBytes(32)];
    const open = await deriveInvite(secret);
    const guarded = await deriveInvite(secret, stretched);
    const mistyped = await deriveInvite(secret, flipped(stretched, 7));
    expect([guarded.inviteId, mistyped.inviteId]).toEqual([open.inviteId, open.inviteId]);
    const all = [open, guarded, mistyped].flatMap(({ auth, packetKey, macKey }) => [auth.seed, packetKey, macKey]);
    expect(new Set(all.map(toHex)).size).toBe(9);
    // The keys are those of a secret that is as long as both together; the id is not.
    const joined = await deriveInvite(concat(secret, Uint8Array.of(1), stretched));
    expect([joined.auth.seed, joined.packetKey, joined.macKey]).toEqual([
      guarded.auth.seed,
      guarded.packetKey,
      guarded.macKey,
    ]);
    expect(joined.inviteId).not.toEqual(guarded.inviteId);
  });
});

describe("an invite packet", () => {
  test("opens with its invite's key and for its invite's id only", async () => {
    const sealed = await sealInvitePacket(keys, contents);
    expect(await openInvitePacket(keys, sealed)).toEqual(contents);
    const other = await deriveInvite(randomBytes(32));
    for (const wrong of [other, { ...keys, packetKey: other.packetKey }, { ...keys, inviteId: other.inviteId }]) {
      await expect(openInvitePacket(wrong, sealed)).rejects.toMatchObject({ code: "decrypt_failed" });
    }
  });

  test("of an invite that asks first opens to nothing but that", async () => {
    const sealed = await sealInvitePacket(keys, { kind: "ask-first" });
    expect(await openInvitePacket(keys, sealed)).toEqual({ kind: "ask-first" });
    // nonce, one byte, tag: neither key nor policy is in it
    expect(sealed).toHaveLength(12 + 1 + 16);
  });

  test("with any bit changed does not open", async () => {
    const sealed = await sealInvitePacket(keys, contents);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      await expect(openInvitePacket(keys, flipped(sealed, bit))).rejects.toMatchObject({ code: "decrypt_failed" });
    }
  });

  test("that is cut short does not open", async () => {
    const sealed = await sealInvitePacket(keys, contents);
    for (let end = 0; end < sealed.length; end++) {
      const code = end < 12 ? "malformed" : "decrypt_failed";
      await expect(openInvitePacket(keys, sealed.slice(0, end))).rejects.toMatchObject({ code });
    }
  });

  test("that is sealed right and holds something else is malformed", async () => {
    const nonce = randomBytes(12);
    for (const plain of [
      new Uint8Array(),
      new Uint8Array(48),
      Uint8Array.of(3),
      Uint8Array.of(2, 0),
      randomBytes(300),
    ]) {
      const sealed = await seal(keys.packetKey, nonce, concat(utf8("SR1 packet"), keys.inviteId), plain);
      await expect(openInvitePacket(keys, concat(nonce, sealed))).rejects.toMatchObject({ code: "malformed" });
    }
  });
});

describe("an invite as room state", () => {
  const terms = { inviteId: keys.inviteId, macKey: keys.macKey, maxUses: 3, flags: 0, issuer: owner.publicKey };

  test("is its issuer's for one group and with its terms only", async () => {
    const signed = await signInvite(groupId, terms, owner.seed);
    const isSigned = (change: Partial<typeof signed>, group = groupId) =>
      isInviteSigned(group, { ...signed, ...change });
    expect(await isSigned({})).toBe(true);
    expect(await isSigned({ used: 2 })).toBe(true);
    expect(await isSigned({ inviteId: randomBytes(16) })).toBe(false);
    expect(await isSigned({ macKey: randomBytes(32) })).toBe(false);
    expect(await isSigned({ maxUses: 4 })).toBe(false);
    expect(await isSigned({ maxUses: 0 })).toBe(false);
    expect(await isSigned({ flags: 1 })).toBe(false);
    expect(await isSigned({}, randomBytes(16))).toBe(false);
    expect(await isSigned({ issuer: (await freshKeys()).publicKey })).toBe(false);
    expect(await isSigned({ signature: flipped(signed.signature, 3) })).toBe(false);
  });

  test("signed for somebody else as issuer is nobody's", async () => {
    const forged = await signInvite(groupId, terms, (await freshKeys()).seed);
    expect(await isInviteSigned(groupId, forged)).toBe(false);
  });

  test("has a fixed size, so that a list of them tells nothing", async () => {
    expect(encode(invite, await signInvite(groupId, terms, owner.seed))).toHaveLength(16 + 32 + 2 + 1 + 32 + 64 + 2);
  });
});

test("a leaf proof is bound to group, signature key and invite", async () => {
  const { publicKey } = await freshKeys();
  const signed = await signInvite(groupId, { ...keys, maxUses: 0, flags: 0, issuer: owner.publicKey }, owner.seed);
  const proof = proveInvite(keys, groupId, publicKey);
  expect(proof.inviteId).toEqual(keys.inviteId);
  expect(isInviteProven(signed, groupId, publicKey, proof)).toBe(true);
  expect(isInviteProven(signed, randomBytes(16), publicKey, proof)).toBe(false);
  expect(isInviteProven(signed, groupId, (await freshKeys()).publicKey, proof)).toBe(false);
  expect(isInviteProven({ ...signed, macKey: randomBytes(32) }, groupId, publicKey, proof)).toBe(false);
  for (let bit = 0; bit < 256; bit++) {
    expect(isInviteProven(signed, groupId, publicKey, { ...proof, tag: flipped(proof.tag, bit) })).toBe(false);
  }
  expect(isInviteProven(signed, groupId, publicKey, { ...proof, tag: new Uint8Array() })).toBe(false);
});

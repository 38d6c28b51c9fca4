// invite.json: what follows from an invite's secret, its signed terms, what a newcomer's leaf says, the packet, and a knock.
import { concat, toHex, utf8 } from "../../codec/bytes.ts";
import { encode, text } from "../../codec/codec.ts";
import { seal } from "../../core/crypto/aead.ts";
import { deriveKey } from "../../core/crypto/hash.ts";
import { stretchPassword } from "../../core/crypto/password.ts";
import { keyPairFromSeed } from "../../core/crypto/signature.ts";
import { encodeLeafData } from "../../core/mls/profile.ts";
import type { LeafProof } from "../../core/mls/profile.ts";
import { deriveInvite, invite, proveInvite, signInvite } from "../../core/room/invite.ts";
import type { Invite, InviteKeys } from "../../core/room/invite.ts";
import { memberKeysFrom } from "../../engine/workers/room-keys.ts";
import { count, flip, write } from "./write.ts";

const owner = await keyPairFromSeed(count(32, 0));
const member = await keyPairFromSeed(count(32, 64));
const groupId = count(16, 96);
const otherGroup = count(16, 112);
const outerKey = count(32, 128);
const secret = count(32, 160);
/** As bytes, because an invite packet does not look into it. */
const policy = concat(Uint8Array.of(0, 0, 0, 5), count(5, 60), count(64, 70));

export async function inviteVectors(): Promise<void> {
  const keys = await deriveInvite(secret);
  const { inviteId, macKey } = keys;
  const terms = { inviteId, macKey, maxUses: 3, flags: 4, issuer: owner.publicKey };
  const { returnKey, relayKey } = await memberKeysFrom(member.seed);
  const reach = { returnKey: returnKey.publicKey, relayKey: relayKey.publicKey };
  const approval = { approver: owner.publicKey, signature: count(64, 11) };
  const proof = proveInvite(keys, groupId, member.publicKey);
  const leaf = (change: LeafProof | undefined) => toHex(encodeLeafData({ ...reach, proof: change }));
  const signed = await signInvite(groupId, terms, owner.seed);
  const print = (change: Partial<Invite>) => toHex(encode(invite, { ...signed, ...change }));
  write("invite", "What follows from an invite's secret, its signed terms, and an admission by it", {
    secret: toHex(secret),
    inviteId: toHex(inviteId),
    authPublicKey: toHex(keys.auth.publicKey),
    packetKey: toHex(keys.packetKey),
    macKey: toHex(macKey),
    withPassword: await passwordVector(),
    groupId: toHex(groupId),
    issuer: toHex(owner.publicKey),
    maxUses: 3,
    flags: 4,
    invite: print({}),
    memberSeed: toHex(member.seed),
    signatureKey: toHex(member.publicKey),
    returnKey: toHex(reach.returnKey),
    relayKey: toHex(reach.relayKey),
    leaf: leaf(proof),
    approvedLeaf: leaf({ ...proof, approval }),
    creatorsLeaf: leaf(undefined),
    refusedLeaves: [
      { why: "for another key", leaf: leaf(proveInvite(keys, groupId, owner.publicKey)) },
      { why: "for another group", leaf: leaf(proveInvite(keys, otherGroup, member.publicKey)) },
      { why: "a changed bit", leaf: leaf({ ...proof, tag: flip(proof.tag, 31) }) },
    ],
    refusedInvites: [
      { why: "another limit", invite: print({ maxUses: 4 }) },
      { why: "another issuer", invite: print({ issuer: member.publicKey }) },
      { why: "for another group", invite: print(await signInvite(otherGroup, terms, owner.seed)) },
    ],
    ...(await packetVectors(keys)),
    ...(await knockVectors(keys, reach.returnKey)),
  });
}

async function packetVectors(keys: InviteKeys) {
  const nonce = count(12, 200);
  const sealed = async (plain: Uint8Array) => {
    return toHex(concat(nonce, await seal(keys.packetKey, nonce, concat(utf8("SR1 packet"), keys.inviteId), plain)));
  };
  const open = concat(Uint8Array.of(1), outerKey, policy);
  return {
    outerKey: toHex(outerKey),
    signedPolicy: toHex(policy),
    openPacket: await sealed(open),
    askFirstPacket: await sealed(Uint8Array.of(2)),
    malformedPackets: [
      { why: "of another kind", packet: await sealed(Uint8Array.of(3)) },
      { why: "cut short", packet: await sealed(open.slice(0, -1)) },
      { why: "with a byte too many", packet: await sealed(Uint8Array.of(2, 0)) },
    ],
  };
}

async function knockVectors({ inviteId, macKey }: InviteKeys, replyKey: Uint8Array) {
  const nonce = count(12, 210);
  const key = deriveKey(macKey, new Uint8Array(), "knock", 32);
  const body = concat(Uint8Array.of(1), member.publicKey, replyKey, encode(text(160), "Ada"));
  const sealed = async (plain: Uint8Array, change: Uint8Array = plain) => {
    const padded = new Uint8Array(512 - 28);
    new DataView(padded.buffer).setUint32(0, plain.length);
    padded.set(change, 4);
    return toHex(concat(nonce, await seal(key, nonce, concat(utf8("SR1 knock"), inviteId), padded)));
  };
  return {
    knockKey: toHex(key),
    name: "Ada",
    knock: await sealed(body),
    malformedKnocks: [
      { why: "padding that is not zero", knock: await sealed(body, concat(body, count(1, 1))), code: "malformed" },
      { why: "a byte too many", knock: await sealed(concat(body, count(1, 0))), code: "malformed" },
      { why: "newer version", knock: await sealed(body.with(0, 2)), code: "unsupported_version" },
    ],
  };
}

// Decomposed accent and ligature: not in the form in which it is stretched.
async function passwordVector(): Promise<object> {
  const password = "Cafe\u0301 \ufb01sh";
  const stretched = await stretchPassword(password, secret);
  const keys = await deriveInvite(secret, stretched);
  return {
    password,
    stretched: toHex(stretched),
    inviteId: toHex(keys.inviteId),
    authPublicKey: toHex(keys.auth.publicKey),
    packetKey: toHex(keys.packetKey),
    macKey: toHex(keys.macKey),
  };
}

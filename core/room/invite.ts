// Invites: what follows from the secret in a link, the packet the relay hands to whoever proves it, and the invite as room
// state, with which every member can check an admission without the relay. An invite is not the key of any message.
import { concat, equalBytes, utf8 } from "../../codec/bytes.ts";
import { decode, encode, fixed, struct, u16, u8, variant } from "../../codec/codec.ts";
import { DecodeError } from "../../codec/reader.ts";
import { NONCE_BYTES, open, seal } from "../crypto/aead.ts";
import { deriveKey, mac } from "../crypto/hash.ts";
import { randomBytes } from "../crypto/random.ts";
import { keyPairFromSeed, sign, verify } from "../crypto/signature.ts";
import type { KeyPair } from "../crypto/signature.ts";
import { CoreError } from "../errors.ts";
import type { Approval, LeafProof } from "../mls/profile.ts";
import { signedPolicy } from "./policy.ts";
import type { SignedPolicy } from "./policy.ts";

export interface InviteKeys {
  readonly inviteId: Uint8Array;
  /** Proves the invite to the relay. */
  readonly auth: KeyPair;
  /** Opens the invite packet. */
  readonly packetKey: Uint8Array;
  /** Proves the invite to the members. */
  readonly macKey: Uint8Array;
}

/**
 * All keys of an invite from the 32-byte secret of its link and, where it has a password, the stretched password
 * (core/crypto/password.ts). The id follows from the secret alone: the relay finds the invite, then asks for the proof.
 */
export async function deriveInvite(secret: Uint8Array, stretched?: Uint8Array): Promise<InviteKeys> {
  const none = new Uint8Array();
  const ikm = stretched === undefined ? secret : concat(secret, Uint8Array.of(1), stretched);
  return {
    inviteId: deriveKey(secret, none, "invite-id", 16),
    auth: await keyPairFromSeed(deriveKey(ikm, none, "invite-auth", 32)),
    packetKey: deriveKey(ikm, none, "invite-key", 32),
    macKey: deriveKey(ikm, none, "invite-mac", 32),
  };
}

/** What an invite allows, signed by whoever issued it. */
export interface InviteTerms {
  readonly inviteId: Uint8Array;
  readonly macKey: Uint8Array;
  /** 0 means open. */
  readonly maxUses: number;
  readonly flags: number;
  /** Member key of the owner or delegate who made it. */
  readonly issuer: Uint8Array;
}

/** An invite as all members know it; `used` is counted in commit order. */
export interface Invite extends InviteTerms {
  readonly signature: Uint8Array;
  readonly used: number;
}

const termsFields = { inviteId: fixed(16), macKey: fixed(32), maxUses: u16, flags: u8, issuer: fixed(32) } as const;
export const inviteTerms = struct<InviteTerms>(termsFields);
export const invite = struct<Invite>({ ...termsFields, signature: fixed(64), used: u16 });

function inviteText(groupId: Uint8Array, value: InviteTerms): Uint8Array {
  return concat(utf8("SR1 invite"), groupId, encode(inviteTerms, value));
}

export async function signInvite(groupId: Uint8Array, value: InviteTerms, issuerSeed: Uint8Array): Promise<Invite> {
  const { inviteId, macKey, maxUses, flags, issuer } = value;
  const signature = await sign(issuerSeed, inviteText(groupId, value));
  return { inviteId, macKey, maxUses, flags, issuer, signature, used: 0 };
}

/** True when its issuer signed it; whether the issuer may make invites is for core/room/room-state.ts. */
export function isInviteSigned(groupId: Uint8Array, value: Omit<Invite, "used">): Promise<boolean> {
  return verify(value.issuer, inviteText(groupId, value), value.signature);
}

const leafTag = (macKey: Uint8Array, groupId: Uint8Array, signatureKey: Uint8Array) =>
  mac(macKey, concat(utf8("SR1 leaf"), groupId, signatureKey));

/** HMAC(inviteMac, "SR1 leaf" ‖ group id ‖ signature key), with the approval where the invite asks first. */
export function proveInvite(
  keys: Pick<InviteKeys, "inviteId" | "macKey">,
  groupId: Uint8Array,
  signatureKey: Uint8Array,
  approval?: Approval,
): LeafProof {
  return { inviteId: keys.inviteId, tag: leafTag(keys.macKey, groupId, signatureKey), approval };
}

export function isInviteProven(
  value: Pick<InviteTerms, "macKey">,
  groupId: Uint8Array,
  key: Uint8Array,
  proof: Pick<LeafProof, "tag">,
): boolean {
  return equalBytes(leafTag(value.macKey, groupId, key), proof.tag);
}

/** The way into a room: the outer key that holds now, and the creator's word for what the room is. */
export interface RoomEntry {
  readonly outerKey: Uint8Array;
  readonly policy: SignedPolicy;
}
export const roomEntry = struct<RoomEntry>({ outerKey: fixed(32), policy: signedPolicy });

/** What an invite opens: the room, or the word that somebody has to be asked first. */
export type InvitePacket = ({ readonly kind: "open" } & RoomEntry) | { readonly kind: "ask-first" };

const packet = variant<InvitePacket>({ open: [0x01, roomEntry], "ask-first": [0x02, struct<object>({})] });

const packetAad = (inviteId: Uint8Array) => concat(utf8("SR1 packet"), inviteId);

export async function sealInvitePacket(keys: InviteKeys, value: InvitePacket): Promise<Uint8Array> {
  const nonce = randomBytes(NONCE_BYTES);
  return concat(nonce, await seal(keys.packetKey, nonce, packetAad(keys.inviteId), encode(packet, value)));
}

/** Throws `decrypt_failed` or `malformed`. */
export async function openInvitePacket(keys: InviteKeys, sealed: Uint8Array): Promise<InvitePacket> {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  if (nonce.length < NONCE_BYTES) throw new CoreError("malformed", "invite packet");
  const plain = await open(keys.packetKey, nonce, packetAad(keys.inviteId), sealed.subarray(NONCE_BYTES));
  try {
    return decode(packet, plain);
  } catch (cause) {
    if (cause instanceof DecodeError) throw new CoreError("malformed", "invite packet", { cause });
    throw cause;
  }
}

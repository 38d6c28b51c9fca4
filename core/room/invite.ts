// Invites: what follows from the secret in a link, the packet the relay hands to whoever proves it, and the invite as room
// state, with which every member can check an admission without the relay. An invite is not the key of any message.
import { concat, equalBytes, utf8 } from "../../codec/bytes.ts";
import { decode, encode, fixed, struct, u16, u8 } from "../../codec/codec.ts";
import { DecodeError } from "../../codec/reader.ts";
import { NONCE_BYTES, open, seal } from "../crypto/aead.ts";
import { deriveKey, mac } from "../crypto/hash.ts";
import { randomBytes } from "../crypto/random.ts";
import { keyPairFromSeed, sign, verify } from "../crypto/signature.ts";
import type { KeyPair } from "../crypto/signature.ts";
import { CoreError } from "../errors.ts";
import type { LeafProof } from "../mls/profile.ts";
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

/** An invite as all members know it. `maxUses` 0 means open; `used` is counted in commit order. */
export interface Invite {
  readonly inviteId: Uint8Array;
  readonly macKey: Uint8Array;
  readonly maxUses: number;
  readonly flags: number;
  /** Owner's signature over everything above. */
  readonly signature: Uint8Array;
  readonly used: number;
}

export const invite = struct<Invite>({
  inviteId: fixed(16),
  macKey: fixed(32),
  maxUses: u16,
  flags: u8,
  signature: fixed(64),
  used: u16,
});

type Terms = Pick<Invite, "inviteId" | "macKey" | "maxUses" | "flags">;
const terms = struct<Terms>({ inviteId: fixed(16), macKey: fixed(32), maxUses: u16, flags: u8 });

function inviteText(groupId: Uint8Array, value: Terms): Uint8Array {
  return concat(utf8("SR1 invite"), groupId, encode(terms, value));
}

export async function signInvite(groupId: Uint8Array, value: Terms, ownerSeed: Uint8Array): Promise<Invite> {
  return { ...value, signature: await sign(ownerSeed, inviteText(groupId, value)), used: 0 };
}

export function isInviteSigned(groupId: Uint8Array, value: Invite, ownerKey: Uint8Array): Promise<boolean> {
  return verify(ownerKey, inviteText(groupId, value), value.signature);
}

/** HMAC(inviteMac, "SR1 leaf" ‖ group id ‖ signature key). */
export function proveInvite(
  keys: Pick<InviteKeys, "inviteId" | "macKey">,
  groupId: Uint8Array,
  signatureKey: Uint8Array,
): LeafProof {
  return { inviteId: keys.inviteId, tag: mac(keys.macKey, concat(utf8("SR1 leaf"), groupId, signatureKey)) };
}

export function isInviteProven(value: Invite, groupId: Uint8Array, key: Uint8Array, proof: LeafProof): boolean {
  return equalBytes(proveInvite(value, groupId, key).tag, proof.tag);
}

/** What an invite opens: the way to the room's envelope, and the owner's word for what the room is. */
export interface InvitePacket {
  readonly handle: Uint8Array;
  readonly outerKey: Uint8Array;
  readonly policy: SignedPolicy;
}

const packet = struct<InvitePacket>({ handle: fixed(16), outerKey: fixed(32), policy: signedPolicy });

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

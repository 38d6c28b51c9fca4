// The room's policy: what its creator decided for good, signed by the creator's key and bound to the group by its digest in the group
// context, so that nobody can hand a newcomer another one.
import { concat, equalBytes, utf8 } from "../../codec/bytes.ts";
import { blob, decode, encode, fixed, struct, text, u16, u32, u8 } from "../../codec/codec.ts";
import { DecodeError } from "../../codec/reader.ts";
import { handleText } from "../../codec/signing.ts";
import type { RoomRecord } from "../../codec/signing.ts";
import { sha256 } from "../crypto/hash.ts";
import { sign, verify } from "../crypto/signature.ts";
import { CoreError } from "../errors.ts";
import type { RoomContext } from "../mls/profile.ts";

export const MAX_ROOM_NAME_BYTES = 256;
export const MAX_ROOM_MEMBERS = 200;

export interface Policy {
  readonly version: number;
  readonly groupId: Uint8Array;
  readonly name: string;
  /** Seconds from creation to the end; no relay answer lengthens it. */
  readonly lifeS: number;
  readonly maxMembers: number;
  readonly ownerKey: Uint8Array;
  /** Signs the owner's requests to the relay, and with them the end of the room. */
  readonly relayOwnerKey: Uint8Array;
  /** Tells apart rooms that are alike in all that the relay knows. */
  readonly salt: Uint8Array;
}

const policy = struct<Policy>({
  version: u8,
  groupId: fixed(16),
  name: text(MAX_ROOM_NAME_BYTES),
  lifeS: u32,
  maxMembers: u16,
  ownerKey: fixed(32),
  relayOwnerKey: fixed(32),
  salt: fixed(16),
});

/** The policy as it travels: its exact bytes and the owner's signature over them. */
export interface SignedPolicy {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

export const signedPolicy = struct<SignedPolicy>({ bytes: blob(1024), signature: fixed(64) });

const label = utf8("SR1 policy");

export async function signPolicy(value: Policy, ownerSeed: Uint8Array): Promise<SignedPolicy> {
  const bytes = encode(policy, value);
  return { bytes, signature: await sign(ownerSeed, concat(label, bytes)) };
}

export function policyDigest(signed: SignedPolicy): Uint8Array {
  return sha256(label, signed.bytes);
}

/** What the relay is told of a room. */
export function recordOf(value: Policy): RoomRecord {
  return { ownerKey: value.relayOwnerKey, lifeS: value.lifeS, maxMembers: value.maxMembers, salt: value.salt };
}

/** How the relay calls the room. Follows from the policy, so that nobody can be led into another room under its name. */
export function handleOf(value: Policy): Uint8Array {
  return sha256(handleText(recordOf(value))).slice(0, 16);
}

/** Checks signature and, where the group is known, that its context binds this policy. Throws a {@link CoreError}. */
export async function openPolicy(signed: SignedPolicy, context?: RoomContext): Promise<Policy> {
  let value: Policy;
  try {
    value = decode(policy, signed.bytes);
  } catch (cause) {
    if (cause instanceof DecodeError) throw new CoreError("malformed", "policy", { cause });
    throw cause;
  }
  if (value.version !== 1) throw new CoreError("unsupported_version", "policy");
  if (value.maxMembers < 1 || value.maxMembers > MAX_ROOM_MEMBERS) throw new CoreError("malformed", "policy");
  if (!(await verify(value.ownerKey, concat(label, signed.bytes), signed.signature))) {
    throw new CoreError("bad_signature", "policy");
  }
  if (context && !equalBytes(context.ownerKey, value.ownerKey)) throw new CoreError("bad_signature", "another owner");
  if (context && !equalBytes(context.policyDigest, policyDigest(signed))) {
    throw new CoreError("bad_signature", "another policy");
  }
  return value;
}

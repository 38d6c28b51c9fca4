// The keys that make somebody a member of a room, apart from the MLS group. All of them follow from one seed and what the
// room is, so this and the outer key are all that survives a restart of the engine.
import { toHex, utf8, zeroize } from "../../codec/bytes.ts";
import { deriveKey, sha256 } from "../../core/crypto/hash.ts";
import { sealingKeysFromSeed } from "../../core/crypto/hpke.ts";
import { stretchPassword } from "../../core/crypto/password.ts";
import { randomBytes } from "../../core/crypto/random.ts";
import { keyPairFromSeed, SEED_BYTES } from "../../core/crypto/signature.ts";
import type { KeyPair } from "../../core/crypto/signature.ts";
import { CoreError } from "../../core/errors.ts";
import { memberIdOf } from "../../core/mls/profile.ts";
import type { Approval, LeafData, LeafProof } from "../../core/mls/profile.ts";
import { deriveOuterKeys } from "../../core/room/envelope.ts";
import type { OuterKeys } from "../../core/room/envelope.ts";
import { deriveInvite, proveInvite } from "../../core/room/invite.ts";
import type { InviteKeys, RoomEntry } from "../../core/room/invite.ts";
import { decodeLink } from "../../core/room/link.ts";
import { handleOf, openPolicy, recordOf, signPolicy } from "../../core/room/policy.ts";
import type { Policy, SignedPolicy } from "../../core/room/policy.ts";
import type { RoomFacts } from "./group-contract.ts";

/** The key pairs of one member. */
export interface MemberKeys {
  /** Signs contents and leaves. */
  readonly member: KeyPair;
  /** X25519: reaches the member when it holds no MLS state. */
  readonly returnKey: KeyPair;
  /** What the relay knows an owner or delegate by. */
  readonly relayKey: KeyPair;
}

export interface RoomKeys extends MemberKeys {
  readonly handle: Uint8Array;
  readonly signedPolicy: SignedPolicy;
  readonly policy: Policy;
  /** How this member came in; the creator did not. */
  readonly proof: LeafProof | undefined;
}

/** The outer key of one generation, with what follows from it. */
export interface Outer {
  readonly key: Uint8Array;
  readonly keys: OuterKeys;
}

/** Somebody who has opened a link and is not in the room yet. */
export interface Applicant {
  readonly invite: InviteKeys;
  readonly keys: MemberKeys;
}

export function outerOf(key: Uint8Array, handle: Uint8Array): Outer {
  return { key, keys: deriveOuterKeys(key, handle) };
}

/** The id of the epoch a room begins with; later ones are the hash of their commit's envelope. */
export function genesisCid(groupId: Uint8Array): Uint8Array {
  return sha256(utf8("SR1 genesis"), groupId);
}

export async function memberKeysFrom(seed: Uint8Array): Promise<MemberKeys> {
  const none = new Uint8Array();
  return {
    member: await keyPairFromSeed(seed),
    returnKey: await sealingKeysFromSeed(deriveKey(seed, none, "return", 32)),
    relayKey: await keyPairFromSeed(deriveKey(seed, none, "relay-owner", 32)),
  };
}

export async function createRoomKeys(options: {
  name: string;
  lifeS: number;
  maxMembers: number;
}): Promise<{ keys: RoomKeys; outer: Outer }> {
  const own = await memberKeysFrom(randomBytes(SEED_BYTES));
  const policy: Policy = {
    version: 1,
    groupId: randomBytes(16),
    name: options.name,
    lifeS: options.lifeS,
    maxMembers: options.maxMembers,
    ownerKey: own.member.publicKey,
    relayOwnerKey: own.relayKey.publicKey,
    salt: randomBytes(16),
  };
  const signedPolicy = await signPolicy(policy, own.member.seed);
  const handle = handleOf(policy);
  return {
    keys: { ...own, handle, signedPolicy, policy, proof: undefined },
    outer: outerOf(randomBytes(32), handle),
  };
}

/** Throws `malformed` or `unsupported_version` for the link, `not_allowed` when its password is missing. */
export async function applicantFromLink(link: string, password: string | undefined): Promise<Applicant> {
  const { secret, flags } = decodeLink(link);
  if (flags.hasPassword && password === undefined) throw new CoreError("not_allowed", "a password is needed");
  const stretched = flags.hasPassword ? await stretchPassword(password ?? "", secret) : undefined;
  return { invite: await deriveInvite(secret, stretched), keys: await memberKeysFrom(randomBytes(SEED_BYTES)) };
}

/** Turns an applicant who was told the way in into somebody who can join. */
export async function keysFromEntry(
  { invite, keys }: Applicant,
  entry: RoomEntry,
  approval?: Approval,
): Promise<{ keys: RoomKeys; outer: Outer }> {
  const policy = await openPolicy(entry.policy);
  const handle = handleOf(policy);
  const proof = proveInvite(invite, policy.groupId, keys.member.publicKey, approval);
  return {
    keys: { ...keys, handle, signedPolicy: entry.policy, policy, proof },
    outer: outerOf(entry.outerKey, handle),
  };
}

export function leafOf({ returnKey, relayKey, proof }: RoomKeys): LeafData {
  return { returnKey: returnKey.publicKey, relayKey: relayKey.publicKey, proof };
}

export function factsOf({ handle, policy, member }: RoomKeys): RoomFacts {
  const { name, lifeS, maxMembers } = policy;
  return { handle, record: recordOf(policy), name, lifeS, maxMembers, selfId: toHex(memberIdOf(member.publicKey)) };
}

export function wipeInvite(invite: InviteKeys): void {
  zeroize(invite.packetKey, invite.macKey, invite.auth.seed);
}

export function wipeMember({ member, returnKey, relayKey }: MemberKeys): void {
  zeroize(member.seed, returnKey.seed, relayKey.seed);
}

export function wipeOuter({ key, keys }: Outer): void {
  zeroize(key, keys.envelope, keys.groupInfo);
}

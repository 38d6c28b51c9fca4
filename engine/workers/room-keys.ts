// The keys that make somebody a member of a room, apart from the MLS group: own signature key, outer key, policy, and for
// the creator the key that signs requests to the relay. This is what survives a restart of the engine.
import { toHex, utf8, zeroize } from "../../codec/bytes.ts";
import { decode, encode, fixed, optional, struct, text, u8 } from "../../codec/codec.ts";
import { sha256 } from "../../core/crypto/hash.ts";
import { randomBytes } from "../../core/crypto/random.ts";
import { keyPairFromSeed, SEED_BYTES } from "../../core/crypto/signature.ts";
import type { KeyPair } from "../../core/crypto/signature.ts";
import { CoreError } from "../../core/errors.ts";
import { memberIdOf } from "../../core/mls/profile.ts";
import { deriveOuterKeys } from "../../core/room/envelope.ts";
import type { OuterKeys } from "../../core/room/envelope.ts";
import { deriveInvite, openInvitePacket, sealInvitePacket, signInvite } from "../../core/room/invite.ts";
import type { Invite, InviteKeys } from "../../core/room/invite.ts";
import { decodeLink, encodeLink, flagsToByte } from "../../core/room/link.ts";
import { openPolicy, signedPolicy, signPolicy } from "../../core/room/policy.ts";
import type { Policy, SignedPolicy } from "../../core/room/policy.ts";
import type { InviteRecord } from "../../wire/events.ts";
import type { RoomFacts } from "./group-contract.ts";

export interface RoomKeys {
  readonly member: KeyPair;
  readonly handle: Uint8Array;
  readonly outerKey: Uint8Array;
  readonly outer: OuterKeys;
  readonly signedPolicy: SignedPolicy;
  readonly policy: Policy;
  readonly relayOwner: KeyPair | undefined;
  /** The invite this member came in by or made, with its link. */
  readonly link: string | undefined;
  readonly invite: InviteKeys | undefined;
}

export interface Applicant {
  readonly link: string;
  readonly invite: InviteKeys;
}

const fresh = () => keyPairFromSeed(randomBytes(SEED_BYTES));

/** The id of the epoch a room begins with; later ones are the hash of their commit's envelope. */
export function genesisCid(groupId: Uint8Array): Uint8Array {
  return sha256(utf8("SR1 genesis"), groupId);
}

export async function createRoomKeys(options: {
  relay: string;
  name: string;
  lifeS: number;
  maxMembers: number;
}): Promise<{ keys: RoomKeys; invite: Invite; record: InviteRecord }> {
  const [member, relayOwner] = [await fresh(), await fresh()];
  const [handle, outerKey, groupId, secret] = [randomBytes(16), randomBytes(32), randomBytes(16), randomBytes(32)];
  const policy: Policy = {
    version: 1,
    groupId,
    name: options.name,
    lifeS: options.lifeS,
    maxMembers: options.maxMembers,
    ownerKey: member.publicKey,
    relayOwnerKey: relayOwner.publicKey,
  };
  const signed = await signPolicy(policy, member.seed);
  const flags = { hasPassword: false, askFirst: false, readOnly: false };
  const inviteKeys = await deriveInvite(secret);
  const { inviteId, macKey } = inviteKeys;
  const invite = await signInvite(groupId, { inviteId, macKey, maxUses: 0, flags: flagsToByte(flags) }, member.seed);
  const packet = await sealInvitePacket(inviteKeys, { handle, outerKey, policy: signed });
  const record = {
    inviteId,
    authKey: inviteKeys.auth.publicKey,
    packet,
    uses: 0,
    lifeS: options.lifeS,
    flags: flagsToByte(flags),
  };
  const keys: RoomKeys = {
    member,
    handle,
    outerKey,
    outer: deriveOuterKeys(outerKey, handle),
    signedPolicy: signed,
    policy,
    relayOwner,
    link: encodeLink({ relay: options.relay, flags, secret }),
    invite: inviteKeys,
  };
  return { keys, invite, record };
}

/** Throws `unsupported_version` for links of kinds that this version cannot join by. */
export async function applicantFromLink(link: string): Promise<Applicant> {
  const { secret, flags } = decodeLink(link);
  if (flags.hasPassword || flags.askFirst) throw new CoreError("unsupported_version", "kind of invite");
  return { link, invite: await deriveInvite(secret) };
}

/** Turns an applicant who was handed the invite packet into somebody who can join. */
export async function keysFromPacket(applicant: Applicant, packet: Uint8Array): Promise<RoomKeys> {
  const { handle, outerKey, policy: signed } = await openInvitePacket(applicant.invite, packet);
  const policy = await openPolicy(signed);
  return {
    member: await fresh(),
    handle,
    outerKey,
    outer: deriveOuterKeys(outerKey, handle),
    signedPolicy: signed,
    policy,
    relayOwner: undefined,
    link: applicant.link,
    invite: applicant.invite,
  };
}

interface Credential {
  readonly version: number;
  readonly handle: Uint8Array;
  readonly outerKey: Uint8Array;
  readonly memberSeed: Uint8Array;
  readonly ownerSeed: Uint8Array | undefined;
  readonly policy: SignedPolicy;
  readonly link: string | undefined;
}

const credential = struct<Credential>({
  version: u8,
  handle: fixed(16),
  outerKey: fixed(32),
  memberSeed: fixed(32),
  ownerSeed: optional(fixed(32)),
  policy: signedPolicy,
  link: optional(text(1024)),
});

export function encodeCredential(keys: RoomKeys): Uint8Array {
  return encode(credential, {
    version: 1,
    handle: keys.handle,
    outerKey: keys.outerKey,
    memberSeed: keys.member.seed,
    ownerSeed: keys.relayOwner?.seed,
    policy: keys.signedPolicy,
    link: keys.link,
  });
}

export async function decodeCredential(bytes: Uint8Array): Promise<RoomKeys> {
  const value = decode(credential, bytes);
  if (value.version !== 1) throw new CoreError("unsupported_version", "credential");
  return {
    member: await keyPairFromSeed(value.memberSeed),
    handle: value.handle,
    outerKey: value.outerKey,
    outer: deriveOuterKeys(value.outerKey, value.handle),
    signedPolicy: value.policy,
    policy: await openPolicy(value.policy),
    relayOwner: value.ownerSeed && (await keyPairFromSeed(value.ownerSeed)),
    link: value.link,
    invite: value.link === undefined ? undefined : (await applicantFromLink(value.link)).invite,
  };
}

export function factsOf(keys: RoomKeys): RoomFacts {
  const { policy } = keys;
  return {
    handle: keys.handle,
    name: policy.name,
    lifeS: policy.lifeS,
    maxMembers: policy.maxMembers,
    selfId: toHex(memberIdOf(keys.member.publicKey)),
    ownerId: toHex(memberIdOf(policy.ownerKey)),
    relayOwnerKey: policy.relayOwnerKey,
  };
}

export function wipeInvite(invite: InviteKeys): void {
  zeroize(invite.packetKey, invite.macKey, invite.auth.seed);
}

export function wipeKeys(keys: RoomKeys): void {
  zeroize(keys.member.seed, keys.outerKey, keys.outer.envelope, keys.outer.groupInfo);
  if (keys.relayOwner) zeroize(keys.relayOwner.seed);
  if (keys.invite) wipeInvite(keys.invite);
}

// The narrow profile of RFC 9420 we speak (docs/PROTOCOL.md, "MLS profile"): what a leaf may say it can do, which two
// extensions are ours, and what a credential must hold. This is our Authentication Service role (RFC 9750 section 4).
import type { Capabilities, ClientConfig, Credential } from "ts-mls";
import { defaultKeyPackageEqualityConfig } from "ts-mls/keyPackageEqualityConfig.js";
import { equalBytes } from "../../codec/bytes.ts";
import { decode, encode, fixed, optional, struct, u8 } from "../../codec/codec.ts";
import { sha256 } from "../crypto/hash.ts";
import { CoreError } from "../errors.ts";
import { suiteName } from "./suite.ts";

/** Private-use extension types (RFC 9420 section 17.3): one in the group context, one in each leaf. */
export const GROUP_EXTENSION = 0xf0a1;
export const LEAF_EXTENSION = 0xf0a2;

/** Members keep the secrets of so many past epochs, for at most so long. */
export const PAST_EPOCHS = 8;
export const PAST_EPOCH_LIFE_MS = 60_000;

/** What the group context binds for good: who owns the room, under which policy it was made. */
export interface RoomContext {
  readonly version: number;
  readonly ownerKey: Uint8Array;
  readonly policyDigest: Uint8Array;
}

const roomContext = struct<RoomContext>({ version: u8, ownerKey: fixed(32), policyDigest: fixed(32) });

export function encodeRoomContext(value: RoomContext): Uint8Array {
  return encode(roomContext, value);
}

export function decodeRoomContext(bytes: Uint8Array): RoomContext {
  const value = decode(roomContext, bytes);
  if (value.version !== 1) throw new CoreError("unsupported_version", "room context");
  return value;
}

/** The owner's or a delegate's word that a key may come in by an invite that asks first. */
export interface Approval {
  /** Member key of whoever approved. */
  readonly approver: Uint8Array;
  readonly signature: Uint8Array;
}

/** The proof in a leaf that its key came in by an invite: HMAC under the invite's key over group id and signature key. */
export interface LeafProof {
  readonly inviteId: Uint8Array;
  readonly tag: Uint8Array;
  readonly approval: Approval | undefined;
}

/** What every leaf says beside MLS. The keys follow from the member's seed and never change. */
export interface LeafData {
  /** X25519: reaches the member when it holds no MLS state. */
  readonly returnKey: Uint8Array;
  /** Ed25519: the key that the relay learns if the member becomes owner or delegate. */
  readonly relayKey: Uint8Array;
  /** Absent in the creator's leaf. */
  readonly proof: LeafProof | undefined;
}

const leafData = struct<LeafData & { version: number }>({
  version: u8,
  returnKey: fixed(32),
  relayKey: fixed(32),
  proof: optional(
    struct<LeafProof>({
      inviteId: fixed(16),
      tag: fixed(32),
      approval: optional(struct<Approval>({ approver: fixed(32), signature: fixed(64) })),
    }),
  ),
});

export function encodeLeafData(value: LeafData): Uint8Array {
  return encode(leafData, { ...value, version: 1 });
}

/** Throws a {@link DecodeError}, or `unsupported_version`. */
export function decodeLeafData(bytes: Uint8Array): LeafData {
  const { version, ...value } = decode(leafData, bytes);
  if (version !== 1) throw new CoreError("unsupported_version", "leaf");
  return value;
}

/** Member id = SHA-256(signature public key)[0:16]. */
export function memberIdOf(signatureKey: Uint8Array): Uint8Array {
  return sha256(signatureKey).slice(0, 16);
}

export const capabilities: Capabilities = {
  versions: ["mls10"],
  ciphersuites: [suiteName],
  extensions: [GROUP_EXTENSION, LEAF_EXTENSION],
  proposals: [],
  credentials: ["basic"],
};

/** A credential is the member id that belongs to the signature key, and nothing else. */
export function isValidCredential(credential: Credential, signatureKey: Uint8Array): boolean {
  return credential.credentialType === "basic" && equalBytes(credential.identity, memberIdOf(signatureKey));
}

export const clientConfig: ClientConfig = {
  keyRetentionConfig: {
    retainKeysForEpochs: PAST_EPOCHS,
    retainKeysForGenerations: 100,
    maximumForwardRatchetSteps: 1000,
  },
  // Leaves never expire: the room does. Whether a commit is valid must not depend on anybody's clock.
  lifetimeConfig: { maximumTotalLifetime: 0n, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  // Padding is the envelope's.
  paddingConfig: { kind: "alwaysPad", paddingLength: 0 },
  authService: {
    validateCredential: async (credential, signatureKey) => isValidCredential(credential, signatureKey),
  },
};

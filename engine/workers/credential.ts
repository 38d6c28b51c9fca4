// What a restarted engine needs to re-enter a room: member seed, outer key, policy, own invites. Never MLS state, never a
// message. What is read back is decoded as if a stranger had written it.
import { equalBytes } from "../../codec/bytes.ts";
import { decode, encode, fixed, list, optional, struct, text, u16, u53, u8 } from "../../codec/codec.ts";
import { DecodeError } from "../../codec/reader.ts";
import { CoreError } from "../../core/errors.ts";
import type { Group } from "../../core/mls/group.ts";
import type { Approval, LeafProof } from "../../core/mls/profile.ts";
import { parseRelayOrigin } from "../../core/room/link.ts";
import { handleOf, openPolicy, signedPolicy } from "../../core/room/policy.ts";
import type { SignedPolicy } from "../../core/room/policy.ts";
import { MAX_INVITES } from "../../wire/limits.ts";
import { groupRoom, outerIn } from "./group-room.ts";
import type { GroupRoom } from "./group-room.ts";
import { openInviteSecret } from "./own-invites.ts";
import type { InviteSecret } from "./own-invites.ts";
import { memberKeysFrom, outerOf } from "./room-keys.ts";

const VERSION = 2;

interface Credential {
  readonly version: number;
  readonly memberSeed: Uint8Array;
  readonly outerKey: Uint8Array;
  readonly policy: SignedPolicy;
  readonly proof: LeafProof | undefined;
  readonly invites: InviteSecret[];
}

const credential = struct<Credential>({
  version: u8,
  memberSeed: fixed(32),
  outerKey: fixed(32),
  policy: signedPolicy,
  proof: optional(
    struct<LeafProof>({
      inviteId: fixed(16),
      tag: fixed(32),
      approval: optional(struct<Approval>({ approver: fixed(32), signature: fixed(64) })),
    }),
  ),
  invites: list(
    struct<InviteSecret>({
      relay: text(512),
      secret: fixed(32),
      password: optional(text(1024)),
      stretched: optional(fixed(32)),
      flags: u8,
      maxUses: u16,
      expiresAtMs: u53,
    }),
    MAX_INVITES,
  ),
});

export function encodeCredential(room: GroupRoom): Uint8Array {
  const { member, signedPolicy: policy, proof } = room.keys;
  const live = room.current?.state.invites;
  const invites = room.invites.filter(
    ({ keys }) => !live || live.some(({ inviteId }) => equalBytes(inviteId, keys.inviteId)),
  );
  return encode(credential, {
    version: VERSION,
    memberSeed: member.seed,
    outerKey: outerIn(room).key,
    policy,
    proof,
    invites: invites.slice(-MAX_INVITES),
  });
}

function checkInvite({ relay, flags, password, stretched }: InviteSecret): void {
  const hasPassword = (flags & 1) === 1;
  const isConsistent = (password !== undefined) === hasPassword && (stretched !== undefined) === hasPassword;
  if (flags > 7 || !isConsistent || parseRelayOrigin(relay) !== relay) throw new CoreError("malformed", "own invite");
}

function read(bytes: Uint8Array): Credential {
  try {
    return decode(credential, bytes);
  } catch (cause) {
    if (cause instanceof DecodeError) throw new CoreError("malformed", "credential", { cause });
    throw cause;
  }
}

/** Throws `malformed`, `unsupported_version` or `bad_signature`. */
export async function roomFromCredential(suite: Group["suite"], bytes: Uint8Array): Promise<GroupRoom> {
  if (bytes.length > 0 && bytes[0] !== VERSION) throw new CoreError("unsupported_version", "credential");
  const value = read(bytes);
  for (const invite of value.invites) checkInvite(invite);
  const policy = await openPolicy(value.policy);
  const handle = handleOf(policy);
  const own = await memberKeysFrom(value.memberSeed);
  const invites = [];
  for (const invite of value.invites) invites.push(await openInviteSecret(invite));
  const keys = { ...own, handle, signedPolicy: value.policy, policy, proof: value.proof };
  return groupRoom(suite, keys, outerOf(value.outerKey, handle), invites);
}

// Invites of this member's own making: their secrets, from which the link can be shown again and the packet sealed anew.
import { zeroize } from "../../codec/bytes.ts";
import { stretchPassword } from "../../core/crypto/password.ts";
import { randomBytes } from "../../core/crypto/random.ts";
import { deriveInvite, sealInvitePacket, signInvite } from "../../core/room/invite.ts";
import type { Invite, InviteKeys } from "../../core/room/invite.ts";
import { encodeLink, flagsFromByte, flagsToByte } from "../../core/room/link.ts";
import type { InviteRecord } from "../../wire/events.ts";
import type { InviteRequest, OwnInvite } from "./group-contract.ts";
import { wipeInvite } from "./room-keys.ts";
import type { Outer, RoomKeys } from "./room-keys.ts";

/** What its maker keeps of an invite. */
export interface InviteSecret {
  readonly relay: string;
  readonly secret: Uint8Array;
  /** Kept because an invite that takes the place of this one is to have the same. */
  readonly password: string | undefined;
  readonly stretched: Uint8Array | undefined;
  readonly flags: number;
  readonly maxUses: number;
  /** Wall clock in ms. */
  readonly expiresAtMs: number;
}

export interface OwnInviteKeys extends InviteSecret {
  readonly keys: InviteKeys;
}

/** Derives the keys; the password has been stretched before. */
export async function openInviteSecret(value: InviteSecret): Promise<OwnInviteKeys> {
  return { ...value, keys: await deriveInvite(value.secret, value.stretched) };
}

async function freshInvite(like: Omit<InviteSecret, "secret" | "stretched">): Promise<OwnInviteKeys> {
  const secret = randomBytes(32);
  const stretched = like.password === undefined ? undefined : await stretchPassword(like.password, secret);
  return openInviteSecret({ ...like, secret, stretched });
}

export function makeOwnInvite(
  request: InviteRequest,
  { relay, nowMs }: { relay: string; nowMs: number },
): Promise<OwnInviteKeys> {
  const { password, askFirst, readOnly, maxUses, lifeS } = request;
  const flags = flagsToByte({ hasPassword: password !== undefined, askFirst, readOnly });
  return freshInvite({ relay, password, flags, maxUses, expiresAtMs: nowMs + 1000 * lifeS });
}

/** One with another link in place of `old`, for as long as that would have lived. */
export function remakeOwnInvite(old: OwnInviteKeys): Promise<OwnInviteKeys> {
  const { relay, password, flags, maxUses, expiresAtMs } = old;
  return freshInvite({ relay, password, flags, maxUses, expiresAtMs });
}

export function signOwnInvite(own: OwnInviteKeys, { policy, member }: RoomKeys): Promise<Invite> {
  const { inviteId, macKey } = own.keys;
  const terms = { inviteId, macKey, maxUses: own.maxUses, flags: own.flags, issuer: member.publicKey };
  return signInvite(policy.groupId, terms, member.seed);
}

/** The invite as the relay keeps it, with a packet for the outer key that holds now. */
export async function inviteRecordOf(
  own: OwnInviteKeys,
  room: { keys: RoomKeys; outer: Outer; used: number; nowMs: number },
): Promise<InviteRecord> {
  const { keys, flags } = own;
  const entry = { kind: "open", outerKey: room.outer.key, policy: room.keys.signedPolicy } as const;
  return {
    inviteId: keys.inviteId,
    authKey: keys.auth.publicKey,
    packet: await sealInvitePacket(keys, flagsFromByte(flags).askFirst ? { kind: "ask-first" } : entry),
    uses: own.maxUses === 0 ? 0 : own.maxUses - room.used,
    lifeS: Math.max(1, Math.ceil((own.expiresAtMs - room.nowMs) / 1000)),
    flags,
  };
}

export function ownInviteOf({ keys, relay, flags, secret, expiresAtMs }: OwnInviteKeys): OwnInvite {
  return { inviteId: keys.inviteId, link: encodeLink({ relay, flags: flagsFromByte(flags), secret }), expiresAtMs };
}

export function wipeOwnInvite({ secret, stretched, keys }: OwnInviteKeys): void {
  zeroize(secret, ...(stretched ? [stretched] : []));
  wipeInvite(keys);
}

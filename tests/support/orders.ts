// What an owner signs, for rooms below the engine (tests/support/mls-room.ts).
import { randomBytes } from "../../core/crypto/random.ts";
import { sign } from "../../core/crypto/signature.ts";
import type { KeyPair } from "../../core/crypto/signature.ts";
import { delegateText, handoverText, rulesText } from "../../core/room/commit-notes.ts";
import type { Delegate, Handover, Order, Rules } from "../../core/room/commit-notes.ts";
import { signInvite } from "../../core/room/invite.ts";
import type { InviteTerms } from "../../core/room/invite.ts";
import { leafOf } from "./mls-room.ts";
import type { MlsRoom } from "./mls-room.ts";

export async function handoverOf(
  { groupId }: MlsRoom,
  from: KeyPair,
  to: KeyPair,
  relayKey = leafOf(to).relayKey,
): Promise<Handover> {
  const keys = { memberKey: to.publicKey, relayKey };
  const signature = await sign(from.seed, handoverText(groupId, keys));
  return { ...keys, counter: 7, relaySignature: randomBytes(64), signature };
}

export async function delegateOf(
  { groupId }: MlsRoom,
  from: KeyPair,
  to: KeyPair,
  relayKey = leafOf(to).relayKey,
): Promise<Delegate> {
  const value = { memberKey: to.publicKey, relayKey, issued: 7, token: randomBytes(64) };
  return { ...value, signature: await sign(from.seed, delegateText(groupId, value)) };
}

export async function inviteOf(
  { groupId }: MlsRoom,
  by: KeyPair,
  change: Partial<InviteTerms> = {},
): Promise<{ terms: InviteTerms; signature: Uint8Array }> {
  const base = { inviteId: randomBytes(16), macKey: randomBytes(32), maxUses: 0, flags: 0, issuer: by.publicKey };
  const terms = { ...base, ...change };
  const { signature } = await signInvite(groupId, terms, by.seed);
  return { terms, signature };
}

export async function rulesBy({ groupId }: MlsRoom, by: KeyPair, rules: Rules): Promise<Order> {
  return { kind: "rules", rules, signature: await sign(by.seed, rulesText(groupId, rules)) };
}

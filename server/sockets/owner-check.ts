// Checks the signatures under an owner's request: the owner's own, or a delegate's with the owner's word for it.
import { encode } from "../../codec/codec.ts";
import { delegationText, ownerText } from "../../codec/signing.ts";
import { moderatorRequests, ownerBodies } from "../../wire/events.ts";
import type { Ask, OwnerRequestName } from "../../wire/events.ts";
import { verifySignature } from "./signature.ts";

interface KnownOwner {
  readonly handle: Uint8Array;
  readonly ownerKey: Uint8Array;
}

export function isProved<N extends OwnerRequestName>(
  { handle, ownerKey }: KnownOwner,
  name: N,
  { body, proof }: Ask<N>,
): boolean {
  const { counter, signature, delegation } = proof;
  const text = ownerText(handle, counter, name, encode(ownerBodies[name] as never, body));
  if (delegation === undefined) return verifySignature(ownerKey, text, signature);
  if (!moderatorRequests.includes(name)) return false;
  return (
    verifySignature(ownerKey, delegationText(handle, delegation.key, delegation.issued), delegation.token) &&
    verifySignature(delegation.key, text, signature)
  );
}

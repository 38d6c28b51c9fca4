// Knocking: somebody with an invite that asks first says who they are, sealed for the members, and is answered under a key of
// their own. The relay carries both and reads neither; sizes are always the same.
import { concat, utf8 } from "../../codec/bytes.ts";
import { blob, decode, encode, fixed, optional, struct, text, u8 } from "../../codec/codec.ts";
import type { Codec } from "../../codec/codec.ts";
import { ByteReader, DecodeError } from "../../codec/reader.ts";
import { NONCE_BYTES, open, seal, TAG_BYTES } from "../crypto/aead.ts";
import { deriveKey } from "../crypto/hash.ts";
import { HPKE_OVERHEAD, openerFrom, sealTo } from "../crypto/hpke.ts";
import { randomBytes } from "../crypto/random.ts";
import { CoreError } from "../errors.ts";
import type { Approval } from "../mls/profile.ts";
import { MAX_NAME_BYTES } from "./content.ts";
import { roomEntry } from "./invite.ts";
import type { InviteTerms, RoomEntry } from "./invite.ts";

const KNOCK_BYTES = 512;
const ANSWER_BYTES = 1024;

export interface KnockBody {
  /** The key under which the applicant wants to be a member. */
  readonly signatureKey: Uint8Array;
  /** Takes the answer. */
  readonly replyKey: Uint8Array;
  readonly name: string;
}

/** What lets an applicant in: the room's entry, and the word of whoever let it in. */
export interface Admission extends RoomEntry {
  readonly approval: Approval;
}

type KeysOf = Pick<InviteTerms, "inviteId" | "macKey">;

const knockBody = struct<KnockBody & { version: number }>({
  version: u8,
  signatureKey: fixed(32),
  replyKey: fixed(32),
  name: text(MAX_NAME_BYTES),
});
const answerBody = optional(
  struct<{ entry: RoomEntry; approval: Approval }>({
    entry: roomEntry,
    approval: struct<Approval>({ approver: fixed(32), signature: fixed(64) }),
  }),
);

/** Length ‖ value ‖ zeros, of exactly `bytes` bytes. */
function pad(value: Uint8Array, bytes: number): Uint8Array {
  const out = new Uint8Array(bytes);
  out.set(encode(blob(bytes - 4), value));
  return out;
}

function unpad<T>(codec: Codec<T>, padded: Uint8Array): T {
  try {
    const from = new ByteReader(padded);
    const value = blob(padded.length).read(from);
    if (padded.subarray(4 + value.length).some((byte) => byte !== 0)) throw new DecodeError("padding");
    return decode(codec, value);
  } catch (cause) {
    if (cause instanceof DecodeError) throw new CoreError("malformed", "knock", { cause });
    throw cause;
  }
}

// Whoever holds the invite can make it, and so can every member: a knock proves nothing but that.
const knockKey = ({ macKey }: KeysOf) => deriveKey(macKey, new Uint8Array(), "knock", 32);
const knockAad = ({ inviteId }: KeysOf) => concat(utf8("SR1 knock"), inviteId);
const answerInfo = (inviteId: Uint8Array) => concat(utf8("SR1 admit"), inviteId);

/** nonce ‖ AES-256-GCM, 512 bytes. */
export async function sealKnock(invite: KeysOf, value: KnockBody): Promise<Uint8Array> {
  const plain = pad(encode(knockBody, { ...value, version: 1 }), KNOCK_BYTES - NONCE_BYTES - TAG_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  return concat(nonce, await seal(knockKey(invite), nonce, knockAad(invite), plain));
}

/** Throws `decrypt_failed`, `malformed` or `unsupported_version`. */
export async function openKnock(invite: KeysOf, sealed: Uint8Array): Promise<KnockBody> {
  if (sealed.length !== KNOCK_BYTES) throw new CoreError("malformed", "knock");
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const plain = await open(knockKey(invite), nonce, knockAad(invite), sealed.subarray(NONCE_BYTES));
  const { version, ...value } = unpad(knockBody, plain);
  if (version !== 1) throw new CoreError("unsupported_version", "knock");
  return value;
}

/** Sealed to the applicant alone, 1 KiB, whether it is let in or not. Throws `malformed` for a key that takes no answer. */
export function sealKnockAnswer(
  inviteId: Uint8Array,
  replyKey: Uint8Array,
  admission: Admission | undefined,
): Promise<Uint8Array> {
  const value = admission && {
    entry: { outerKey: admission.outerKey, policy: admission.policy },
    approval: admission.approval,
  };
  return sealTo(replyKey, answerInfo(inviteId), pad(encode(answerBody, value), ANSWER_BYTES - HPKE_OVERHEAD));
}

/** `undefined` when it was denied. Throws `decrypt_failed` or `malformed`. */
export async function openKnockAnswer(
  inviteId: Uint8Array,
  replySeed: Uint8Array,
  sealed: Uint8Array,
): Promise<Admission | undefined> {
  if (sealed.length !== ANSWER_BYTES) throw new CoreError("malformed", "knock answer");
  const openSealed = await openerFrom(replySeed);
  const value = unpad(answerBody, await openSealed(answerInfo(inviteId), sealed));
  return value && { ...value.entry, approval: value.approval };
}

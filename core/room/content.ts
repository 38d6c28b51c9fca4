// One MLS application message holds one content: numbered and signed by its author, because the MLS library does not say
// who sent a message and because leaves are reused. Contents stay verifiable when somebody else hands them on.
import { concat, utf8 } from "../../codec/bytes.ts";
import {
  blob,
  bool,
  decode,
  encode,
  fixed,
  list,
  struct,
  text,
  u16,
  u32,
  u53,
  u8,
  variant,
} from "../../codec/codec.ts";
import { DecodeError } from "../../codec/reader.ts";
import { sha256 } from "../crypto/hash.ts";
import { sign, verify } from "../crypto/signature.ts";
import { CoreError } from "../errors.ts";

export const MAX_TEXT_BYTES = 24 * 1024;
export const MAX_NAME_BYTES = 160;
/** One signed content, of those that can be handed on. */
export const MAX_CONTENT_BYTES = MAX_TEXT_BYTES + 1024;
/** Profiles in one state sync; more go into further ones. */
export const MAX_SYNC_PROFILES = 50;

export type ContentBody =
  // numbered: each takes the next number of its author, and a missing one shows as a gap
  | { readonly kind: "text"; readonly text: string }
  /** The author leaves for good. `statement` is what the commit that removes its leaf must carry. */
  | { readonly kind: "leave"; readonly statement: Uint8Array }
  // volatile: carries the author's last number and takes none
  | { readonly kind: "profile"; readonly name: string }
  /** Sent on entering: asks one member for a state sync. */
  | { readonly kind: "hello" }
  /** Answers `hello`: signed profiles of everybody, and how long the room still lives by the author's clock. */
  | {
      readonly kind: "sync";
      readonly hello: Uint8Array;
      readonly remainingMs: number;
      readonly profiles: readonly Uint8Array[];
    }
  /** Where the author stands; sealed outside the group, so that members on another branch can open it too. */
  | {
      readonly kind: "beat";
      readonly epoch: number;
      readonly authenticator: Uint8Array;
      /** Digest of everything numbered that the author holds without a gap. */
      readonly seen: Uint8Array;
    }
  /** What has arrived, for the authors: the highest number held without a gap. */
  | { readonly kind: "receipt"; readonly heads: readonly AuthorHead[] }
  | { readonly kind: "typing"; readonly isTyping: boolean }
  /** What the author holds; whoever holds more answers with `again`. */
  | { readonly kind: "have"; readonly heads: readonly ChainHead[] }
  /** Signed contents handed on as they are. */
  | { readonly kind: "again"; readonly contents: readonly Uint8Array[] }
  /** Short emoji: everybody commits to a nonce before anybody shows one. */
  | { readonly kind: "sas-commit"; readonly round: Uint8Array; readonly commitment: Uint8Array }
  | { readonly kind: "sas-reveal"; readonly round: Uint8Array; readonly nonce: Uint8Array };

/** The last number of an author, of all that are there without a gap. */
export interface AuthorHead {
  readonly memberId: Uint8Array;
  readonly run: number;
  readonly sequence: number;
}

export interface ChainHead extends AuthorHead {
  /** First bytes of that content's digest. */
  readonly digest: Uint8Array;
}

const authorHead = struct<AuthorHead>({ memberId: fixed(16), run: u16, sequence: u32 });
export const chainHead = struct<ChainHead>({ memberId: fixed(16), run: u16, sequence: u32, digest: fixed(16) });
/** Authors in one receipt or list of what is held: members, and some that have left. */
export const MAX_HEADS = 400;
/** Contents in one repair; they have to fit into one envelope. */
export const MAX_AGAIN = 32;

const body = variant<ContentBody>({
  text: [0x01, struct<{ text: string }>({ text: text(MAX_TEXT_BYTES) })],
  leave: [0x02, struct<{ statement: Uint8Array }>({ statement: fixed(64) })],
  profile: [0x40, struct<{ name: string }>({ name: text(MAX_NAME_BYTES) })],
  hello: [0x41, struct<object>({})],
  sync: [
    0x42,
    struct<{ hello: Uint8Array; remainingMs: number; profiles: Uint8Array[] }>({
      hello: fixed(16),
      remainingMs: u53,
      profiles: list(blob(1024), MAX_SYNC_PROFILES),
    }),
  ],
  beat: [
    0x43,
    struct<{ epoch: number; authenticator: Uint8Array; seen: Uint8Array }>({
      epoch: u53,
      authenticator: fixed(16),
      seen: fixed(16),
    }),
  ],
  receipt: [0x44, struct<{ heads: AuthorHead[] }>({ heads: list(authorHead, MAX_HEADS) })],
  typing: [0x45, struct<{ isTyping: boolean }>({ isTyping: bool })],
  have: [0x46, struct<{ heads: ChainHead[] }>({ heads: list(chainHead, MAX_HEADS) })],
  again: [0x47, struct<{ contents: Uint8Array[] }>({ contents: list(blob(MAX_CONTENT_BYTES), MAX_AGAIN) })],
  "sas-commit": [
    0x48,
    struct<{ round: Uint8Array; commitment: Uint8Array }>({ round: fixed(16), commitment: fixed(32) }),
  ],
  "sas-reveal": [0x49, struct<{ round: Uint8Array; nonce: Uint8Array }>({ round: fixed(16), nonce: fixed(32) })],
});

export interface Content {
  readonly messageId: Uint8Array;
  readonly memberId: Uint8Array;
  /** Grows by one with each restart of the author's engine, whose numbers then begin anew. */
  readonly run: number;
  /** For numbered contents their own number, from 1; for volatile ones the last number used. */
  readonly sequence: number;
  /** Digest of the author's previous numbered content; zeros at the beginning of a run. */
  readonly previous: Uint8Array;
  readonly lamport: number;
  /** The epoch in which it was sent, by the commit that opened it. */
  readonly cid: Uint8Array;
  readonly body: ContentBody;
}

const fields = struct<Content & { version: number }>({
  version: u8,
  messageId: fixed(16),
  memberId: fixed(16),
  run: u16,
  sequence: u32,
  previous: fixed(32),
  lamport: u53,
  cid: fixed(32),
  body,
});

const signedFields = struct<{ bytes: Uint8Array; signature: Uint8Array }>({
  bytes: blob(56 * 1024),
  signature: fixed(64),
});

export function isNumbered(value: ContentBody): boolean {
  return value.kind === "text" || value.kind === "leave";
}

const contentText = (groupId: Uint8Array, bytes: Uint8Array) => concat(utf8("SR1 content"), groupId, bytes);

export async function signContent(value: Content, groupId: Uint8Array, seed: Uint8Array): Promise<Uint8Array> {
  const bytes = encode(fields, { ...value, version: 1 });
  return encode(signedFields, { bytes, signature: await sign(seed, contentText(groupId, bytes)) });
}

/** Decodes without believing: the author is proven by {@link isContentSigned}. Throws `malformed`. */
export function decodeContent(bytes: Uint8Array): Content {
  try {
    const { version, ...value } = decode(fields, decode(signedFields, bytes).bytes);
    if (version !== 1) throw new CoreError("unsupported_version", "content");
    return value;
  } catch (cause) {
    if (cause instanceof DecodeError) throw new CoreError("malformed", "content", { cause });
    throw cause;
  }
}

export function isContentSigned(bytes: Uint8Array, groupId: Uint8Array, signatureKey: Uint8Array): Promise<boolean> {
  const value = decode(signedFields, bytes);
  return verify(signatureKey, contentText(groupId, value.bytes), value.signature);
}

/** Identifies a content whatever epoch it is sent in: a message that waits offline keeps its place in the chain. */
export function contentDigest(value: Content): Uint8Array {
  return sha256(encode(fields, { ...value, version: 1, cid: new Uint8Array(32) }));
}

/** What a leaver signs; whoever removes its leaf puts the signature into the commit. */
export function leaveText(groupId: Uint8Array, memberId: Uint8Array): Uint8Array {
  return concat(utf8("SR1 leave"), groupId, memberId);
}

// Writes our own test vectors from fixed inputs: node tests/vectors/make-vectors.ts. Running it again changes nothing, as long as
// the protocol is the same. What must be refused is listed beside what must be accepted. tests/unit/core/vectors*.test.ts
// checks the code against the files; another implementation of docs/PROTOCOL.md can do the same.
import { concat, toBase64Url, toHex, utf8 } from "../../codec/bytes.ts";
import { encode } from "../../codec/codec.ts";
import { roomRecord } from "../../codec/signing.ts";
import { seal } from "../../core/crypto/aead.ts";
import { sha256 } from "../../core/crypto/hash.ts";
import { keyPairFromSeed } from "../../core/crypto/signature.ts";
import { memberIdOf } from "../../core/mls/profile.ts";
import { contentDigest, signContent } from "../../core/room/content.ts";
import type { ContentBody } from "../../core/room/content.ts";
import { deriveOuterKeys } from "../../core/room/envelope.ts";
import { encodeLink } from "../../core/room/link.ts";
import { handleOf, policyDigest, recordOf, signedPolicy, signPolicy } from "../../core/room/policy.ts";
import { codeVectors } from "./code-vectors.ts";
import { fileChunkVectors } from "./file-chunk-vectors.ts";
import { inviteVectors } from "./invite-vectors.ts";
import { roomStateVectors } from "./room-state-vectors.ts";
import { count, flip, write } from "./write.ts";

const owner = await keyPairFromSeed(count(32, 0));
const relayOwner = await keyPairFromSeed(count(32, 32));
const member = await keyPairFromSeed(count(32, 64));
const groupId = count(16, 96);
const handle = count(16, 112);
const outerKey = count(32, 128);
const secret = count(32, 160);

function linkVectors(): void {
  const off = { hasPassword: false, askFirst: false, readOnly: false };
  const valid = [
    { relay: "https://relay.example.org", flags: off, secret },
    { relay: "https://relay.example.org:8443", flags: { ...off, hasPassword: true }, secret: count(32, 7) },
    { relay: "http://localhost:8787", flags: { hasPassword: true, askFirst: true, readOnly: true }, secret },
  ].map((link) => ({ link: encodeLink(link), relay: link.relay, flags: link.flags, secret: toHex(link.secret) }));
  const payload = (head: Uint8Array) => toBase64Url(concat(head, sha256(utf8("SR1 link"), head).slice(0, 2)));
  const origin = "https://relay.example.org/sr#";
  const [good] = valid;
  const link = good?.link ?? "";
  const refused = [
    { why: "a changed character", link: `${link.slice(0, -5)}A${link.slice(-4)}`, code: "malformed" },
    { why: "cut short", link: link.slice(0, -1), code: "malformed" },
    { why: "secret too short", link: origin + payload(concat(Uint8Array.of(1, 0), count(31, 0))), code: "malformed" },
    { why: "newer version", link: origin + payload(concat(Uint8Array.of(2, 0), secret)), code: "unsupported_version" },
    { why: "unknown flag", link: origin + payload(concat(Uint8Array.of(1, 8), secret)), code: "unsupported_version" },
    { why: "plain http", link: link.replace("https", "http"), code: "malformed" },
    { why: "another path", link: link.replace("/sr#", "/#"), code: "malformed" },
  ];
  write("link", "Invite links", { valid, refused });
}

const value = {
  version: 1,
  groupId,
  name: "Lantern 42 \u{1f3ee}",
  lifeS: 7200,
  maxMembers: 50,
  ownerKey: owner.publicKey,
  relayOwnerKey: relayOwner.publicKey,
  salt: count(16, 224),
};

async function policyVectors(): Promise<void> {
  const signed = await signPolicy(value, owner.seed);
  const print = (policy: typeof signed) => toHex(encode(signedPolicy, policy));
  const future = await signPolicy({ ...value, version: 2 }, owner.seed);
  const crowd = await signPolicy({ ...value, maxMembers: 201 }, owner.seed);
  write("policy", "A room's policy with the owner's signature, and the digest that the group context holds", {
    name: value.name,
    lifeS: value.lifeS,
    maxMembers: value.maxMembers,
    groupId: toHex(groupId),
    ownerKey: toHex(owner.publicKey),
    relayOwnerKey: toHex(relayOwner.publicKey),
    salt: toHex(value.salt),
    record: toHex(encode(roomRecord, recordOf(value))),
    handle: toHex(handleOf(value)),
    signedPolicy: print(signed),
    digest: toHex(policyDigest(signed)),
    refused: [
      { why: "signed by a member", signedPolicy: print(await signPolicy(value, member.seed)), code: "bad_signature" },
      { why: "a changed bit", signedPolicy: print({ ...signed, bytes: flip(signed.bytes, 5) }), code: "bad_signature" },
      { why: "a byte too many", signedPolicy: print({ ...signed, bytes: concat(signed.bytes, count(1, 0)) }), code: "malformed" },
      { why: "newer version", signedPolicy: print(future), code: "unsupported_version" },
      { why: "too many members", signedPolicy: print(crowd), code: "malformed" },
    ],
  });
}

async function envelopeVectors(): Promise<void> {
  const keys = deriveOuterKeys(outerKey, handle);
  const cid = sha256(utf8("SR1 genesis"), groupId);
  const nonce = count(12, 200);
  const raw = async (kind: string, key: Uint8Array, plain: Uint8Array) => {
    const aad = concat(utf8("SR1"), handle, Uint8Array.of(kind.length), utf8(kind), cid);
    return concat(nonce, await seal(key, nonce, aad, plain));
  };
  const padded = (bucket: number, length: number, body: Uint8Array) => {
    const plain = new Uint8Array(bucket - 28);
    new DataView(plain.buffer).setUint32(0, length);
    plain.set(body, 4);
    return plain;
  };
  const hello = utf8("hello");
  const long = count(300, 0);
  const commit = await raw("commit", keys.envelope, padded(512, 300, long));
  const message = await raw("message", keys.envelope, padded(256, 5, hello));
  const groupInfo = await raw("groupinfo", keys.groupInfo, padded(256, 5, hello));
  write("envelope", "Sealed envelopes in the epoch a room begins with, and the id of a commit", {
    outerKey: toHex(outerKey),
    handle: toHex(handle),
    envelopeKey: toHex(keys.envelope),
    groupInfoKey: toHex(keys.groupInfo),
    groupId: toHex(groupId),
    cid: toHex(cid),
    valid: [
      { kind: "message", body: toHex(hello), envelope: toHex(message) },
      { kind: "commit", body: toHex(long), envelope: toHex(commit), commitId: toHex(sha256(commit)) },
      { kind: "groupinfo", body: toHex(hello), envelope: toHex(groupInfo) },
    ],
    refused: [
      { why: "another kind", kind: "signal", envelope: toHex(message), code: "decrypt_failed" },
      { why: "a changed bit", kind: "message", envelope: toHex(flip(message, 100)), code: "decrypt_failed" },
      { why: "no bucket", kind: "message", envelope: toHex(message.slice(0, 255)), code: "malformed" },
      {
        why: "a bucket too large",
        kind: "message",
        envelope: toHex(await raw("message", keys.envelope, padded(512, 5, hello))),
        code: "malformed",
      },
      {
        why: "padding that is not zero",
        kind: "message",
        envelope: toHex(await raw("message", keys.envelope, padded(256, 4, hello))),
        code: "malformed",
      },
      {
        why: "a length past the end",
        kind: "message",
        envelope: toHex(await raw("message", keys.envelope, padded(256, 300, hello))),
        code: "malformed",
      },
    ],
  });
}

async function contentVectors(): Promise<void> {
  const content = (body: ContentBody) => ({
    messageId: count(16, 1),
    memberId: memberIdOf(member.publicKey),
    run: 2,
    sequence: 3,
    previous: count(32, 50),
    lamport: 2 ** 40 + 5,
    cid: sha256(utf8("SR1 genesis"), groupId),
    body,
  });
  const head = { memberId: memberIdOf(owner.publicKey), run: 1, sequence: 9 };
  const bodies: ContentBody[] = [
    { kind: "text", text: "Hello, \u4e16\u754c" },
    { kind: "leave", statement: count(64, 9) },
    { kind: "profile", name: "Ada" },
    { kind: "hello" },
    { kind: "sync", hello: count(16, 3), remainingMs: 3_600_000, profiles: [count(5, 0), count(0, 0)] },
    { kind: "beat", epoch: 7, authenticator: count(16, 77), seen: count(16, 78) },
    { kind: "receipt", heads: [head] },
    { kind: "typing", isTyping: true },
    { kind: "have", heads: [{ ...head, digest: count(16, 79) }] },
    { kind: "again", contents: [count(5, 0), count(0, 0)] },
    { kind: "sas-commit", round: count(16, 80), commitment: count(32, 81) },
    { kind: "sas-reveal", round: count(16, 80), nonce: count(32, 82) },
  ];
  const valid = [];
  for (const body of bodies) {
    const signed = await signContent(content(body), groupId, member.seed);
    valid.push({ kind: body.kind, signed: toHex(signed), digest: toHex(contentDigest(content(body))) });
  }
  const signed = await signContent(content({ kind: "hello" }), groupId, member.seed);
  write("content", "Signed contents of one member, one of each kind, equal but for the body", {
    groupId: toHex(groupId),
    signatureKey: toHex(member.publicKey),
    memberId: toHex(memberIdOf(member.publicKey)),
    valid,
    malformed: [
      { why: "an unknown kind", signed: toHex(signed.with(signed.length - 65, 0x7f)) },
      { why: "cut short", signed: toHex(signed.slice(0, -1)) },
      { why: "a byte too many", signed: toHex(concat(signed, count(1, 0))) },
    ],
    unsigned: [
      { why: "a changed signature", signed: toHex(flip(signed, signed.length - 1)) },
      { why: "another number", signed: toHex(flip(signed, 4 + 1 + 16 + 16 + 2 + 3)) },
      {
        why: "signed for another group",
        signed: toHex(await signContent(content({ kind: "hello" }), handle, member.seed)),
      },
      { why: "signed by another member", signed: toHex(await signContent(content({ kind: "hello" }), groupId, owner.seed)) },
    ],
  });
}

linkVectors();
await inviteVectors();
await policyVectors();
await envelopeVectors();
await contentVectors();
await codeVectors();
await fileChunkVectors();
await roomStateVectors();

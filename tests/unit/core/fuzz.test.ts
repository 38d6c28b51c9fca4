// Spoilt input to everything of the core that reads what comes from outside, also from whoever holds the keys: an answer or
// one of our errors, and soon. A failure names the seed; SEED=n makes the same inputs again.
import { describe, expect, test } from "vitest";
import { concat, utf8 } from "../../../codec/bytes.ts";
import { seal as sealAead } from "../../../core/crypto/aead.ts";
import { sealingKeysFromSeed, sealTo } from "../../../core/crypto/hpke.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { deriveKey } from "../../../core/crypto/hash.ts";
import { commitRemovals, exportGroupInfo, joinGroup, membersOf, readGroupInfo } from "../../../core/mls/group.ts";
import { inspectCommit } from "../../../core/mls/inspect.ts";
import { decodeLeafData, decodeRoomContext, encodeLeafData } from "../../../core/mls/profile.ts";
import { admitCommit } from "../../../core/room/admission.ts";
import { decodeNotes, encodeNotes } from "../../../core/room/commit-notes.ts";
import { decodeContent, isContentSigned, signContent } from "../../../core/room/content.ts";
import type { ContentBody } from "../../../core/room/content.ts";
import { deriveOuterKeys, openEnvelope, sealEnvelope } from "../../../core/room/envelope.ts";
import { fileKeys, openChunk, sealChunk } from "../../../core/room/file-chunk.ts";
import { deriveInvite, openInvitePacket, proveInvite } from "../../../core/room/invite.ts";
import { openKnock, openKnockAnswer } from "../../../core/room/knock.ts";
import { decodeLink, encodeLink } from "../../../core/room/link.ts";
import { openPolicy } from "../../../core/room/policy.ts";
import { decodeShared, encodeShared, openRoomState } from "../../../core/room/room-state.ts";
import { openRotation, sealRotation } from "../../../core/room/rotation.ts";
import { fuzz, LIMIT_MS } from "../../support/fuzz.ts";
import type { Target } from "../../support/fuzz.ts";
import { FUZZ_TIMEOUT_MS, fuzzRuns, fuzzSeed } from "../../support/fuzz-runs.ts";
import { freshKeys, infoOf, leafOf, memberAt, mlsRoomOf, notesOf } from "../../support/mls-room.ts";
import { delegateOf, handoverOf, inviteOf, rulesBy } from "../../support/orders.ts";
import { Spoiler } from "../../support/spoil.ts";

const room = await mlsRoomOf(5);
const { group, keys: owner } = memberAt(room, 0);
const { keys: other } = memberAt(room, 1);
const info = await infoOf(room);
const groupInfo = await exportGroupInfo(group);
const joiner = await freshKeys();
const proof = proveInvite(room.invite, room.groupId, joiner.publicKey);
const orders = [
  await rulesBy(room, owner, { serial: 1, maxMembers: 9, isLocked: true }),
  { kind: "invite", ...(await inviteOf(room, owner)) },
  { kind: "revoke", inviteId: room.invite.inviteId },
  { kind: "handover", ...(await handoverOf(room, owner, other)) },
  { kind: "delegate", ...(await delegateOf(room, owner, other)) },
  { kind: "undelegate", memberKey: other.publicKey },
  { kind: "relay", key: randomBytes(32) },
  { kind: "forget", memberKey: randomBytes(32) },
] as const;
const reasons = [
  { kind: "kick" },
  { kind: "left", statement: randomBytes(64) },
  { kind: "gone", receipt: randomBytes(64) },
] as const;
const commits = [
  (await commitRemovals(group, [], notesOf(room))).commit,
  (await commitRemovals(group, [2], notesOf(room, [{ kind: "kick" }]))).commit,
  (await commitRemovals(group, [], notesOf(room, [], orders))).commit,
  (await joinGroup(room.suite, info, joiner, { leaf: leafOf(joiner, proof), notes: notesOf(room) })).commit,
];

const handle = randomBytes(16);
const outer = deriveOuterKeys(randomBytes(32), handle);
const cid = randomBytes(32);
const seed = randomBytes(32);
const { publicKey } = await sealingKeysFromSeed(seed);
const invite = await deriveInvite(randomBytes(32));
const file = fileKeys(randomBytes(32), randomBytes(7), randomBytes(90));
const place = { index: 0, last: true };
const head = { memberId: randomBytes(16), run: 1, sequence: 2 };

const bodies: ContentBody[] = [
  { kind: "text", text: "hello, wörld" },
  { kind: "leave", statement: randomBytes(64) },
  { kind: "profile", name: "Heron" },
  { kind: "hello" },
  { kind: "sync", hello: randomBytes(16), remainingMs: 1, profiles: [randomBytes(300), randomBytes(300)] },
  { kind: "beat", epoch: 3, authenticator: randomBytes(16), seen: randomBytes(16) },
  { kind: "receipt", heads: [head, head] },
  { kind: "typing", isTyping: true },
  { kind: "have", heads: [{ ...head, digest: randomBytes(16) }] },
  { kind: "again", contents: [randomBytes(200)] },
  { kind: "sas-commit", round: randomBytes(16), commitment: randomBytes(32) },
  { kind: "sas-reveal", round: randomBytes(16), nonce: randomBytes(32) },
];
const position = { run: 1, sequence: 1, previous: randomBytes(32), lamport: 1, cid };
const contents = await Promise.all(
  bodies.map((body) =>
    signContent({ ...position, messageId: randomBytes(16), memberId: randomBytes(16), body }, room.groupId, owner.seed),
  ),
);

const flags = { hasPassword: false, askFirst: false, readOnly: false };
const link = encodeLink({ relay: "https://relay.example.org", flags, secret: randomBytes(32) });
const latin1 = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);
const padded = (value: Uint8Array, size: number) => {
  const out = new Uint8Array(size);
  new DataView(out.buffer).setUint32(0, value.length);
  out.set(value, 4);
  return out;
};

/** What somebody who has the key can put inside. */
async function sealedWith(key: Uint8Array, aad: Uint8Array, plain: Uint8Array): Promise<Uint8Array> {
  const nonce = randomBytes(12);
  return concat(nonce, await sealAead(key, nonce, aad, plain));
}

const entry = concat(randomBytes(32), encodedPolicy());
function encodedPolicy(): Uint8Array {
  const { bytes, signature } = room.state.signedPolicy;
  return concat(padded(bytes, bytes.length + 4), signature);
}
const knock = concat(Uint8Array.of(1), randomBytes(32), publicKey, padded(utf8("Heron"), 9));
const answer = concat(Uint8Array.of(1), entry, randomBytes(32), randomBytes(64));
const rotations = [await sealRotation(handle, 1, randomBytes(32), [publicKey])];

/** `share`: of a hundred inputs so many go here; the ones with public-key operations in them are slow. */
const targets: (Target & { share: number })[] = [
  { name: "a link", share: 10, samples: [utf8(link)], read: (bytes) => decodeLink(latin1(bytes)) },
  { name: "a content", share: 24, samples: contents, read: decodeContent },
  {
    name: "a content's signature",
    share: 2,
    samples: contents,
    read: (bytes) => isContentSigned(bytes, room.groupId, owner.publicKey),
  },
  {
    name: "the notes of a commit",
    share: 10,
    samples: [encodeNotes({ base: randomBytes(32), reasons, orders })],
    read: decodeNotes,
  },
  { name: "a leaf", share: 6, samples: [encodeLeafData(leafOf(joiner, proof))], read: decodeLeafData },
  { name: "a room's context", share: 4, samples: [concat(Uint8Array.of(1), randomBytes(64))], read: decodeRoomContext },
  { name: "a shared state", share: 8, samples: [encodeShared(groupInfo, room.state)], read: decodeShared },
  {
    name: "a shared state's signatures",
    share: 1,
    samples: [encodeShared(groupInfo, room.state)],
    read: (bytes) => openRoomState(decodeShared(bytes), info.context),
  },
  {
    name: "a policy",
    share: 2,
    samples: [room.state.signedPolicy.bytes],
    read: (bytes) => openPolicy({ bytes, signature: room.state.signedPolicy.signature }),
  },
  { name: "a GroupInfo", share: 10, samples: [groupInfo], read: readGroupInfo },
  { name: "a commit", share: 10, samples: commits, read: (bytes) => inspectCommit(group.state, bytes) },
  {
    name: "a commit's admission",
    share: 2,
    samples: commits.filter((_, at) => at !== 2),
    read: (bytes) =>
      admitCommit(room.state, membersOf(group), inspectCommit(group.state, bytes).facts, randomBytes(32)),
  },
  {
    name: "an envelope",
    share: 3,
    samples: [await sealEnvelope(outer, "message", cid, utf8("hello"))],
    read: (bytes) => openEnvelope(outer, "message", cid, bytes),
  },
  {
    name: "an envelope's inside",
    share: 3,
    samples: [padded(utf8("hello"), 256 - 28)],
    read: async (bytes) => {
      const aad = concat(utf8("SR1"), handle, Uint8Array.of(7), utf8("message"), cid);
      return openEnvelope(outer, "message", cid, await sealedWith(outer.envelope, aad, bytes));
    },
  },
  {
    name: "an invite packet's inside",
    share: 2,
    samples: [concat(Uint8Array.of(1), entry), Uint8Array.of(2)],
    read: async (bytes) => {
      const aad = concat(utf8("SR1 packet"), invite.inviteId);
      return openInvitePacket(invite, await sealedWith(invite.packetKey, aad, bytes));
    },
  },
  {
    name: "a knock's inside",
    share: 2,
    samples: [padded(knock, 512 - 28)],
    read: async (bytes) => {
      const aad = concat(utf8("SR1 knock"), invite.inviteId);
      const key = deriveKey(invite.macKey, new Uint8Array(), "knock", 32);
      return openKnock(invite, await sealedWith(key, aad, bytes));
    },
  },
  {
    name: "a knock answer's inside",
    share: 0.4,
    samples: [padded(answer, 1024 - 48)],
    read: async (bytes) => {
      const sealed = await sealTo(publicKey, concat(utf8("SR1 admit"), invite.inviteId), bytes);
      return openKnockAnswer(invite.inviteId, seed, sealed);
    },
  },
  { name: "a rotation", share: 0.4, samples: rotations, read: (bytes) => openRotation(handle, seed, bytes) },
  {
    name: "a file's chunk",
    share: 2,
    samples: [await sealChunk(file, place, randomBytes(100))],
    read: (bytes) => openChunk(file, place, bytes),
  },
];

describe(`spoilt input, SEED=${fuzzSeed}`, () => {
  test.each(targets)(
    "$name is taken or refused, and soon",
    async (target) => {
      const count = Math.ceil((fuzzRuns.decoderInputs * 0.5 * target.share) / 100);
      const { faults, worstMs } = await fuzz(target, count, new Spoiler(fuzzSeed));
      expect(faults.slice(0, 3)).toEqual([]);
      expect(worstMs).toBeLessThan(LIMIT_MS);
    },
    FUZZ_TIMEOUT_MS,
  );

  test("all shares together are half of all inputs", () => {
    expect(targets.reduce((sum, { share }) => sum + share, 0)).toBeGreaterThanOrEqual(100);
  });
});

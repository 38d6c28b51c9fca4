// Every single bit of everything that is sealed or signed, turned round once: none is taken. What is unspoilt is taken after
// it all, so nothing else was in the way and no state was lost.
import { describe, expect, test } from "vitest";
import { concat, utf8 } from "../../../codec/bytes.ts";
import { DecodeError } from "../../../codec/reader.ts";
import { randomBytes } from "../../../core/crypto/random.ts";
import { openerFrom, sealingKeysFromSeed } from "../../../core/crypto/hpke.ts";
import { CoreError } from "../../../core/errors.ts";
import { commitRemovals, decryptApplication, encryptApplication, joinGroup } from "../../../core/mls/group.ts";
import { isContentSigned } from "../../../core/room/content.ts";
import type { ContentBody } from "../../../core/room/content.ts";
import { fileKeys, openChunk, sealChunk } from "../../../core/room/file-chunk.ts";
import { deriveInvite, openInvitePacket, proveInvite, sealInvitePacket } from "../../../core/room/invite.ts";
import { openKnock, sealKnock, sealKnockAnswer } from "../../../core/room/knock.ts";
import { openPolicy } from "../../../core/room/policy.ts";
import { openRotation, sealRotation } from "../../../core/room/rotation.ts";
import type { CommitPurpose } from "../../../engine/workers/group-contract.ts";
import { applicant, memberAt, open, prepare, ROOM, roomOf, savedBy, seal } from "../../support/group-of.ts";
import type { TestMember } from "../../support/group-of.ts";
import {
  freshKeys,
  infoOf,
  leafOf,
  memberAt as mlsMemberAt,
  mlsRoomOf,
  notesOf,
  receive,
} from "../../support/mls-room.ts";

/** At once, so that the crypto threads have something to do. */
const AT_ONCE = 256;

interface Unit {
  readonly bytes: Uint8Array;
  /** Resolves with something true when it is taken; rejects with one of our errors, or says no. */
  readonly take: (bytes: Uint8Array) => Promise<unknown>;
}

async function isTaken({ take }: Unit, bytes: Uint8Array): Promise<boolean> {
  try {
    return Boolean(await take(bytes));
  } catch (error) {
    if (error instanceof CoreError || error instanceof DecodeError) return false;
    throw error;
  }
}

/** Which bits can be turned round without anybody noticing. */
async function blindBits(unit: Unit): Promise<number[]> {
  const blind: number[] = [];
  const bits = unit.bytes.length * 8;
  for (let from = 0; from < bits; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, bits - from) }, (_, i) => from + i);
    const taken = await Promise.all(
      some.map((bit) => isTaken(unit, unit.bytes.with(bit >> 3, (unit.bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))))),
    );
    blind.push(...some.filter((_, i) => taken[i]));
  }
  return blind;
}

const room = await roomOf(2);
const [owner, second] = [memberAt(room, 0), memberAt(room, 1)];
const newcomer = await applicant(room);
const mls = await mlsRoomOf(2);
const [mlsOwner, mlsSecond] = [mlsMemberAt(mls, 0), mlsMemberAt(mls, 1)];

async function content(body: ContentBody, kind: "message" | "signal" | "beat" = "message"): Promise<Unit> {
  const sealed = await seal(owner, body, { kind });
  return { bytes: sealed.envelope, take: (envelope) => open(second, { ...sealed, envelope }) };
}

/** Of a room of its own, which moves on when it is taken in the end. */
async function commit(purpose: (others: TestMember) => CommitPurpose): Promise<Unit> {
  const members = (await roomOf(3)).members;
  const [author, other, receiver] = members;
  if (!author || !other || !receiver) throw new Error("members");
  const prepared = await prepare(author, purpose(other));
  if (!prepared) throw new Error("nothing to commit");
  const { baseCid } = prepared;
  const take = async (envelope: Uint8Array) =>
    (await receiver.host.apply(ROOM, { baseCid, envelope })).kind === "applied";
  return { bytes: prepared.envelope, take };
}

async function mlsCommit(bytes: Uint8Array): Promise<Unit> {
  return { bytes, take: (flipped) => receive(mlsSecond.group, mls.state, flipped) };
}

const seed = randomBytes(32);
const invite = await deriveInvite(randomBytes(32));
const handle = randomBytes(16);
const entry = { outerKey: randomBytes(32), policy: mls.state.signedPolicy };
const approval = { approver: randomBytes(32), signature: randomBytes(64) };
const file = fileKeys(randomBytes(32), randomBytes(7), randomBytes(60));
const place = { index: 3, last: false };
const { publicKey } = await sealingKeysFromSeed(seed);
const openSealed = await openerFrom(seed);

const units: [string, () => Promise<Unit>][] = [
  ["a text", () => content({ kind: "text", text: "hello" })],
  ["a name", () => content({ kind: "profile", name: "Heron" })],
  ["a state sync", () => content({ kind: "sync", hello: randomBytes(16), remainingMs: 5, profiles: [] })],
  ["a receipt", () => content({ kind: "receipt", heads: [] }, "signal")],
  ["a sign of typing", () => content({ kind: "typing", isTyping: true }, "signal")],
  ["a beat", () => content({ kind: "beat", epoch: 2, authenticator: randomBytes(16), seen: randomBytes(16) }, "beat")],
  ["a goodbye", () => content({ kind: "leave", statement: randomBytes(64) })],
  [
    "a content's signature",
    async () => {
      const { signed } = await seal(owner, { kind: "text", text: "handed on" });
      const { policy, member } = (await savedBy(owner)).keys;
      return { bytes: signed, take: (bytes) => isContentSigned(bytes, policy.groupId, member.publicKey) };
    },
  ],
  ["a key update", () => commit(() => ({ kind: "update" }))],
  ["a kick", () => commit(({ id }) => ({ kind: "kick", memberIds: [id], keepInvites: true }))],
  ["an order", () => commit(() => ({ kind: "orders", orders: [{ kind: "rules", isLocked: true }] }))],
  [
    "the state for joiners",
    async () => {
      const { head } = room;
      return { bytes: head.groupInfo, take: (groupInfo) => newcomer.host.prepareJoin(ROOM, { ...head, groupInfo }) };
    },
  ],
  [
    "a message of the group, in a good envelope",
    async () => {
      const { commit: bytes } = await encryptApplication(mlsOwner.group, randomBytes(40));
      return { bytes, take: (flipped) => decryptApplication(mlsSecond.group, flipped) };
    },
  ],
  [
    "a commit of the group, in a good envelope",
    async () => mlsCommit((await commitRemovals(mlsOwner.group, [], notesOf(mls))).commit),
  ],
  [
    "a joining commit, in a good envelope",
    async () => {
      const keys = await freshKeys();
      const proof = proveInvite(mls.invite, mls.groupId, keys.publicKey);
      const joined = await joinGroup(mls.suite, await infoOf(mls), keys, {
        leaf: leafOf(keys, proof),
        notes: notesOf(mls),
      });
      return mlsCommit(joined.commit);
    },
  ],
  [
    "a policy",
    async () => {
      const { bytes, signature } = mls.state.signedPolicy;
      return { bytes, take: (flipped) => openPolicy({ bytes: flipped, signature }) };
    },
  ],
  [
    "a policy's signature",
    async () => {
      const { bytes, signature } = mls.state.signedPolicy;
      return { bytes: signature, take: (flipped) => openPolicy({ bytes, signature: flipped }) };
    },
  ],
  [
    "an invite's packet",
    async () => ({
      bytes: await sealInvitePacket(invite, { kind: "open", ...entry }),
      take: (bytes) => openInvitePacket(invite, bytes),
    }),
  ],
  [
    "a knock",
    async () => ({
      bytes: await sealKnock(invite, { signatureKey: randomBytes(32), replyKey: publicKey, name: "Heron" }),
      take: (bytes) => openKnock(invite, bytes),
    }),
  ],
  [
    "the answer to a knock",
    async () => ({
      bytes: await sealKnockAnswer(invite.inviteId, publicKey, { ...entry, approval }),
      take: (bytes) => openSealed(concat(utf8("SR1 admit"), invite.inviteId), bytes),
    }),
  ],
  [
    "a key for those who come back",
    async () => ({
      bytes: await sealRotation(handle, 2, randomBytes(32), [publicKey]),
      take: (bytes) => openRotation(handle, seed, bytes),
    }),
  ],
  [
    "a chunk of a file",
    async () => ({
      bytes: await sealChunk(file, place, randomBytes(300)),
      take: (bytes) => openChunk(file, place, bytes),
    }),
  ],
];

describe("C1 every bit turned round", () => {
  test.each(units)("of %s: nothing is taken", { timeout: 120_000 }, async (_name, make) => {
    const unit = await make();
    expect(await blindBits(unit)).toEqual([]);
    expect(await isTaken(unit, unit.bytes)).toBe(true);
  });
});

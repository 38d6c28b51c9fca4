// Contents in both directions: sealed in the epoch we stand in, opened in one that we know, believed by their author's own
// signature. Beats pass outside the group, so that members on two branches can still hear each other.
import { equalBytes, toHex, zeroize } from "../../codec/bytes.ts";
import { sign, verify } from "../../core/crypto/signature.ts";
import { CoreError } from "../../core/errors.ts";
import { decryptApplication, encryptApplication, membersOf } from "../../core/mls/group.ts";
import { contentDigest, decodeContent, isContentSigned, isNumbered, leaveText } from "../../core/room/content.ts";
import { signContent } from "../../core/room/content.ts";
import type { Content, ContentBody } from "../../core/room/content.ts";
import { openEnvelope, sealEnvelope } from "../../core/room/envelope.ts";
import { isReadOnly, seatFor } from "../../core/room/room-state.ts";
import { goneText } from "../../codec/signing.ts";
import type { Opened, Profile, Sealed, SealRequest } from "./group-contract.ts";
import { dropPending, epochIn, expireEpochs, ownLeaf } from "./group-room.ts";
import type { EpochRecord, GroupRoom } from "./group-room.ts";

/** Beats belong to no epoch's envelope. */
const noCid = new Uint8Array(32);

interface SealedBytes {
  readonly cid: Uint8Array;
  readonly envelope: Uint8Array;
}

export async function sealContent(room: GroupRoom, { kind, ...request }: SealRequest): Promise<Sealed> {
  const { cid, state } = epochIn(room);
  const { member, policy } = room.keys;
  const { memberId } = ownLeaf(room);
  if ((kind === "beat") !== (request.body.kind === "beat")) throw new CoreError("malformed", "beats are envelopes");
  if (request.body.kind === "text" && isReadOnly(state, memberId)) throw new CoreError("not_allowed", "read-only");
  const body = await completeBody(room, request.body, memberId);
  const content = { ...request, body, memberId, cid };
  const signed = await signContent(content, policy.groupId, member.seed);
  const envelopes = kind === "beat" ? await sealBeat(room, signed) : [await sealInGroup(room, kind, signed)];
  const [envelope = new Uint8Array(), ...before] = envelopes;
  return { cid, envelope, before, digest: contentDigest(content), signed };
}

/** Under the outer key that holds, and under those before it. */
function sealBeat(room: GroupRoom, signed: Uint8Array): Promise<Uint8Array[]> {
  return Promise.all(room.outers.map(({ keys }) => sealEnvelope(keys, "beat", noCid, signed)));
}

async function sealInGroup(room: GroupRoom, kind: "message" | "signal", signed: Uint8Array): Promise<Uint8Array> {
  dropPending(room);
  const current = epochIn(room);
  const encrypted = await encryptApplication(current.group, signed);
  zeroize(...encrypted.consumed);
  room.current = { ...current, group: encrypted.group };
  return sealEnvelope(current.outer.keys, kind, current.cid, encrypted.commit);
}

async function completeBody(room: GroupRoom, body: ContentBody, memberId: Uint8Array): Promise<ContentBody> {
  if (body.kind !== "leave") return body;
  const { member, policy } = room.keys;
  return { kind: "leave", statement: await sign(member.seed, leaveText(policy.groupId, memberId)) };
}

export async function openContent(
  room: GroupRoom,
  { kind, nowMs, ...sealed }: SealedBytes & { kind: SealRequest["kind"]; nowMs: number },
): Promise<Opened> {
  expireEpochs(room, nowMs);
  return kind === "beat" ? openBeat(room, sealed.envelope) : openInGroup(room, kind, sealed);
}

async function openInGroup(
  room: GroupRoom,
  kind: "message" | "signal",
  { cid, envelope }: SealedBytes,
): Promise<Opened> {
  const record = room.epochs.get(toHex(cid));
  if (!record) throw new CoreError("wrong_epoch", "unknown or past epoch");
  const bytes = await openEnvelope(record.outer.keys, kind, cid, envelope);
  const current = epochIn(room);
  const { group, plain, epoch, consumed } = await decryptApplication(current.group, bytes);
  zeroize(...consumed);
  room.current = { ...current, group };
  if (epoch !== BigInt(record.number)) throw new CoreError("wrong_epoch", "epoch and commit differ");
  const content = decodeContent(plain);
  if (!equalBytes(content.cid, cid)) throw new CoreError("replayed", "sent in another epoch");
  if (content.body.kind === "beat") throw new CoreError("malformed", "beat inside the group");
  const key = record.members.get(toHex(content.memberId));
  await checkAuthor(room, content, { plain, key });
  const { body } = content;
  if (body.kind === "leave") await noteLeave(room, content, body.statement);
  return {
    ...openedOf(room, content, plain),
    profiles: body.kind === "sync" ? await openProfiles(room, body.profiles) : [],
    contents: body.kind === "again" ? await openAgain(room, body.contents) : [],
  };
}

/** Of the generation that holds, or of one before: whoever is on another branch may not have followed a kick. */
async function openBeat(room: GroupRoom, envelope: Uint8Array): Promise<Opened> {
  for (const { keys } of room.outers) {
    const plain = await openEnvelope(keys, "beat", noCid, envelope).catch(() => undefined);
    if (!plain) continue;
    const content = decodeContent(plain);
    if (content.body.kind !== "beat") throw new CoreError("malformed", "not a beat");
    await checkAuthor(room, content, { plain, key: recentKey(room, toHex(content.memberId)) });
    return openedOf(room, content, plain);
  }
  throw new CoreError("decrypt_failed", "beat of another generation");
}

function recentKey(room: GroupRoom, id: string): Uint8Array | undefined {
  for (const { members } of room.epochs.values()) {
    const key = members.get(id);
    if (key) return key;
  }
  return undefined;
}

/** `key` is the author's, if it may speak at all. */
async function checkAuthor(
  room: GroupRoom,
  content: Content,
  { plain, key }: { plain: Uint8Array; key: Uint8Array | undefined },
): Promise<void> {
  const id = toHex(content.memberId);
  if (!key || room.kicked.has(id)) throw new CoreError("not_a_member", "author");
  if (!(await isContentSigned(plain, room.keys.policy.groupId, key))) throw new CoreError("bad_signature", "author");
  const isQuiet = room.authors.get(id)?.isReadOnly ?? false;
  if (isQuiet && content.body.kind === "text") throw new CoreError("not_allowed", "read-only author");
  // Whoever speaks is not silent, whatever the relay says.
  room.silent.delete(id);
}

function openedOf(room: GroupRoom, content: Content, signed: Uint8Array): Opened {
  const { memberId, cid, messageId, run, sequence, previous, lamport, body } = content;
  const record: EpochRecord | undefined = room.epochs.get(toHex(cid));
  return {
    memberId: toHex(memberId),
    messageId,
    run,
    sequence,
    previous,
    digest: contentDigest(content),
    lamport,
    cid,
    epoch: record?.number,
    isLate: !equalBytes(cid, epochIn(room).cid),
    body,
    signed,
    profiles: [],
    contents: [],
  };
}

async function noteLeave(room: GroupRoom, { memberId }: Content, statement: Uint8Array): Promise<void> {
  const id = toHex(memberId);
  const key = room.authors.get(id)?.key;
  const text = leaveText(room.keys.policy.groupId, memberId);
  if (!key || !(await verify(key, text, statement))) throw new CoreError("bad_signature", "leave statement");
  const isMember = membersOf(epochIn(room).group).some((leaf) => equalBytes(leaf.memberId, memberId));
  if (isMember) room.leaving.set(id, statement);
}

async function openProfiles(room: GroupRoom, all: readonly Uint8Array[]): Promise<Profile[]> {
  const keys = new Map(membersOf(epochIn(room).group).map((leaf) => [toHex(leaf.memberId), leaf.signatureKey]));
  const profiles: Profile[] = [];
  for (const signed of all) {
    const { memberId, body, lamport } = decodeContent(signed);
    const id = toHex(memberId);
    const key = keys.get(id);
    if (body.kind !== "profile" || !key) continue;
    if (!(await isContentSigned(signed, room.keys.policy.groupId, key))) continue;
    profiles.push({ memberId: id, name: body.name, lamport, signed });
  }
  return profiles;
}

/** What somebody hands on: each content stands for itself, so one that proves nothing does not spoil the others. */
async function openAgain(room: GroupRoom, all: readonly Uint8Array[]): Promise<Opened[]> {
  const contents: Opened[] = [];
  for (const signed of all) {
    try {
      contents.push(await openHandedOn(room, signed));
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
    }
  }
  return contents;
}

async function openHandedOn(room: GroupRoom, signed: Uint8Array): Promise<Opened> {
  const content = decodeContent(signed);
  if (!isNumbered(content.body)) throw new CoreError("malformed", "nothing to hand on");
  const silence = room.silent.get(toHex(content.memberId));
  await checkAuthor(room, content, { plain: signed, key: room.authors.get(toHex(content.memberId))?.key });
  // Somebody else spoke.
  if (silence) room.silent.set(toHex(content.memberId), silence);
  if (content.body.kind === "leave") await noteLeave(room, content, content.body.statement);
  return openedOf(room, content, signed);
}

/** Takes the relay's word that a seat is silent; false when it proves nothing. */
export async function noteSilent(
  room: GroupRoom,
  { seat, receipt }: { seat: Uint8Array; receipt: Uint8Array },
): Promise<boolean> {
  const { state, group } = epochIn(room);
  const holder = membersOf(group).find(({ memberId }) => {
    const own = seatFor(state, memberId);
    return own !== undefined && equalBytes(own, seat);
  });
  if (!holder || !state.relayKey || equalBytes(holder.signatureKey, room.keys.member.publicKey)) return false;
  if (!(await verify(state.relayKey, goneText(state.handle, seat), receipt))) return false;
  room.silent.set(toHex(holder.memberId), { seat, receipt });
  return true;
}

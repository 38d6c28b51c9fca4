// One room's group, epoch by epoch: prepares, applies, settles and undoes commits, and keeps who was in which epoch.
// Callers run one operation at a time. What comes in is from the relay and hostile.
import { concat, equalBytes, toHex, zeroize } from "../../codec/bytes.ts";
import { sha256 } from "../../core/crypto/hash.ts";
import { sign, verify } from "../../core/crypto/signature.ts";
import { CoreError } from "../../core/errors.ts";
import { forgetEpochs, undoCommit, wipeGroup } from "../../core/mls/epoch.ts";
import {
  applyCommit,
  commitRemovals,
  createGroup,
  decryptApplication,
  encryptApplication,
  epochAuthenticator,
  epochOf,
  exportGroupInfo,
  joinGroup,
  membersOf,
  readGroupInfo,
  refoundGroup,
} from "../../core/mls/group.ts";
import type { Committed, Group, Leaf } from "../../core/mls/group.ts";
import { inspectCommit } from "../../core/mls/inspect.ts";
import type { CommitFacts, EpochBase } from "../../core/mls/inspect.ts";
import { memberIdOf, PAST_EPOCH_LIFE_MS } from "../../core/mls/profile.ts";
import type { RoomContext } from "../../core/mls/profile.ts";
import { decodeContent, isContentSigned, leaveText, signContent } from "../../core/room/content.ts";
import type { Content, ContentBody } from "../../core/room/content.ts";
import { openEnvelope, sealEnvelope } from "../../core/room/envelope.ts";
import { proveInvite } from "../../core/room/invite.ts";
import type { Invite } from "../../core/room/invite.ts";
import { policyDigest } from "../../core/room/policy.ts";
import { admitCommit, decodeShared, encodeShared, openRoomState, seatFor } from "../../core/room/room-state.ts";
import type { RoomState } from "../../core/room/room-state.ts";
import type { Head } from "../../wire/events.ts";
import type { Applied, Change, Opened, PreparedCommit, Profile, RolledBack, Standing } from "./group-contract.ts";
import { genesisCid } from "./room-keys.ts";
import type { RoomKeys } from "./room-keys.ts";

/** An epoch as the room stands in it. */
interface Epoch {
  readonly group: Group;
  readonly cid: Uint8Array;
  readonly state: RoomState;
}

/** Where a commit leads, with what becomes of the members. `consumed` is wiped when there is no way back. */
interface Step {
  readonly epoch: Epoch;
  readonly facts: CommitFacts;
  readonly consumed: readonly Uint8Array[];
}

/** Who was in an epoch, for contents that name it. */
interface EpochRecord {
  readonly number: number;
  readonly members: ReadonlyMap<string, Uint8Array>;
  endedAtMs: number | undefined;
}

const RECENT_EPOCHS = 8;

export class GroupSession {
  readonly #keys: RoomKeys;
  #current: Epoch | undefined;
  #undo: { before: Epoch; consumed: readonly Uint8Array[] } | undefined;
  #pending: Step | undefined;
  /** By hexadecimal commit id, oldest first. */
  readonly #epochs = new Map<string, EpochRecord>();
  readonly #leaving = new Map<string, Uint8Array>();
  readonly #kicked = new Set<string>();

  constructor(keys: RoomKeys) {
    this.#keys = keys;
  }

  get keys(): RoomKeys {
    return this.#keys;
  }

  async create(
    suite: Group["suite"],
    invites: readonly Invite[],
  ): Promise<{ standing: Standing; groupInfo: Uint8Array }> {
    const { policy, signedPolicy, member } = this.#keys;
    const context = { version: 1, ownerKey: policy.ownerKey, policyDigest: policyDigest(signedPolicy) };
    const group = await createGroup(suite, policy.groupId, member, context);
    const cid = genesisCid(policy.groupId);
    const seats = membersOf(group).map(({ memberId }) => ({ memberId, seat: cid.slice(0, 16) }));
    this.#enter({ group, cid, state: { signedPolicy, policy, invites, seats } });
    return { standing: this.standing(), groupInfo: await this.#sealShared(this.#epoch()) };
  }

  standing(): Standing {
    const { group, cid } = this.#epoch();
    return {
      cid,
      epoch: Number(epochOf(group)),
      members: membersOf(group).map(({ memberId }) => toHex(memberId)),
      authenticator: epochAuthenticator(group).slice(0, 16),
      leaving: [...this.#leaving.keys()],
    };
  }

  /** Throws `malformed`, `bad_signature` or `decrypt_failed` when the head is not the one of this room. */
  async prepareJoin(suite: Group["suite"], head: Head): Promise<PreparedCommit> {
    this.#dropPending();
    const { outer, policy, signedPolicy, member, invite } = this.#keys;
    const shared = decodeShared(await openEnvelope(outer, "groupinfo", head.cid, head.groupInfo));
    const info = readGroupInfo(shared.groupInfo);
    const { groupId, epoch } = info.base.groupContext;
    if (!equalBytes(groupId, policy.groupId) || epoch !== BigInt(head.epoch)) throw new CoreError("malformed", "head");
    if (!equalBytes(shared.policy.bytes, signedPolicy.bytes)) throw new CoreError("bad_signature", "another policy");
    const state = await openRoomState(shared, info.context);
    const [only, ...others] = info.leaves;
    if (only && others.length === 0 && equalBytes(only.signatureKey, member.publicKey)) {
      return this.#prepareAlone(suite, { state, baseCid: head.cid, context: info.context, epoch: epoch + 1n });
    }
    const proof = invite && proveInvite(invite, policy.groupId, member.publicKey);
    const committed = await joinGroup(suite, info, member, proof);
    return this.#prepare({ base: info.base, members: info.leaves, state, baseCid: head.cid, committed });
  }

  /** Nobody else is left: the group begins anew, and the commit says nothing because nobody reads it. */
  async #prepareAlone(
    suite: Group["suite"],
    step: { state: RoomState; baseCid: Uint8Array; context: RoomContext; epoch: bigint },
  ): Promise<PreparedCommit> {
    const { outer, policy, member } = this.#keys;
    const group = await refoundGroup(suite, policy.groupId, member, step);
    const envelope = await sealEnvelope(outer, "commit", step.baseCid, new Uint8Array());
    const cid = sha256(envelope);
    const leaves = membersOf(group);
    const facts = { kind: "join", signatureKey: member.publicKey, memberId: memberIdOf(member.publicKey) } as const;
    const joined = { ...facts, proof: undefined, isRejoin: true };
    const epoch = { group, cid, state: await admitCommit(step.state, leaves, joined, cid) };
    this.#pending = { epoch, facts: joined, consumed: [] };
    return { baseCid: step.baseCid, cid, envelope, groupInfo: await this.#sealShared(epoch) };
  }

  async prepareCommit(
    purpose: { kind: "update" } | { kind: "remove-leavers" } | { kind: "kick"; memberId: string },
  ): Promise<PreparedCommit | undefined> {
    this.#dropPending();
    const { group, cid, state } = this.#epoch();
    const members = membersOf(group);
    const targets = this.#targetsOf(purpose, members);
    if (targets.length === 0 && purpose.kind !== "update") return undefined;
    const statements = purpose.kind === "remove-leavers" ? targets.map(({ statement }) => statement) : [];
    const indices = targets.map(({ index }) => index);
    const committed = await commitRemovals(group, indices, concat(...statements));
    return this.#prepare({ base: group.state, members, state, baseCid: cid, committed });
  }

  #targetsOf(
    purpose: { kind: "update" } | { kind: "remove-leavers" } | { kind: "kick"; memberId: string },
    members: readonly Leaf[],
  ): { index: number; statement: Uint8Array }[] {
    switch (purpose.kind) {
      case "update":
        return [];
      case "kick":
        return members
          .filter(({ memberId }) => toHex(memberId) === purpose.memberId)
          .map(({ index }) => ({ index, statement: new Uint8Array() }));
      case "remove-leavers":
        return members.flatMap(({ memberId, index }) => {
          const statement = this.#leaving.get(toHex(memberId));
          return statement ? [{ index, statement }] : [];
        });
      default:
        return purpose satisfies never;
    }
  }

  async #prepare(step: {
    base: EpochBase;
    members: readonly Leaf[];
    state: RoomState;
    baseCid: Uint8Array;
    committed: Committed;
  }): Promise<PreparedCommit> {
    const { committed, baseCid } = step;
    const envelope = await sealEnvelope(this.#keys.outer, "commit", baseCid, committed.commit);
    const cid = sha256(envelope);
    // Our own commits pass the checks of everybody else, or are not sent.
    const { facts } = inspectCommit(step.base, committed.commit);
    const state = await admitCommit(step.state, step.members, facts, cid);
    const epoch = { group: committed.group, cid, state };
    this.#pending = { epoch, facts, consumed: committed.consumed };
    return { baseCid, cid, envelope, groupInfo: await this.#sealShared(epoch) };
  }

  settle(accepted: boolean): Change | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    if (!pending) return undefined;
    if (accepted) return this.#advance(pending);
    zeroize(pending.epoch.group.state.keySchedule.initSecret);
    return undefined;
  }

  async apply(baseCid: Uint8Array, envelope: Uint8Array): Promise<Applied> {
    this.#dropPending();
    const { group, cid, state } = this.#epoch();
    if (!equalBytes(baseCid, cid)) throw new CoreError("wrong_epoch", "the commit builds on another one");
    try {
      const commit = await openEnvelope(this.#keys.outer, "commit", baseCid, envelope);
      const { facts, message } = inspectCommit(group.state, commit);
      const nextCid = sha256(envelope);
      const nextState = await admitCommit(state, membersOf(group), facts, nextCid);
      const applied = await applyCommit(group, message);
      if (applied.isRemoved && facts.kind === "member") {
        return { kind: "removed", by: toHex(facts.committer.memberId), isLeave: facts.reasons.length > 0 };
      }
      const epoch = { group: applied.group, cid: nextCid, state: nextState };
      return { kind: "applied", change: this.#advance({ epoch, facts, consumed: applied.consumed }) };
    } catch (cause) {
      if (cause instanceof CoreError) return { kind: "refused" };
      throw cause;
    }
  }

  rollBack(cid: Uint8Array, head: Head): RolledBack {
    this.#dropPending();
    const undo = this.#undo;
    const { group, cid: currentCid } = this.#epoch();
    // A commit we refused was never applied: the room stands where the relay says.
    if (equalBytes(currentCid, head.cid)) return { kind: "restored", standing: this.standing() };
    if (!undo || !equalBytes(currentCid, cid) || !equalBytes(undo.before.cid, head.cid)) return { kind: "lost" };
    this.#undo = undefined;
    this.#epochs.delete(toHex(currentCid));
    this.#current = { ...undo.before, group: undoCommit(undo.before.group, group) };
    const record = this.#epochs.get(toHex(head.cid));
    if (record) record.endedAtMs = undefined;
    return { kind: "restored", standing: this.standing() };
  }

  async seal(
    kind: "message" | "signal",
    request: Omit<Content, "memberId" | "cid">,
  ): Promise<{ cid: Uint8Array; envelope: Uint8Array; content: Content; signed: Uint8Array }> {
    this.#dropPending();
    const { group, cid, state } = this.#epoch();
    const { member, policy } = this.#keys;
    const memberId = this.#ownId();
    const body = await this.#completeBody(request.body);
    const content = { ...request, body, memberId, cid };
    const signed = await signContent(content, policy.groupId, member.seed);
    const encrypted = await encryptApplication(group, signed);
    zeroize(...encrypted.consumed);
    this.#current = { group: encrypted.group, cid, state };
    const envelope = await sealEnvelope(this.#keys.outer, kind, cid, encrypted.commit);
    return { cid, envelope, content, signed };
  }

  async #completeBody(body: ContentBody): Promise<ContentBody> {
    if (body.kind !== "leave") return body;
    const statement = await sign(this.#keys.member.seed, leaveText(this.#keys.policy.groupId, this.#ownId()));
    return { kind: "leave", statement };
  }

  async open(kind: "message" | "signal", cid: Uint8Array, envelope: Uint8Array, nowMs: number): Promise<Opened> {
    this.#expireEpochs(nowMs);
    const current = this.#epoch();
    const record = this.#epochs.get(toHex(cid));
    if (!record) throw new CoreError("wrong_epoch", "unknown or past epoch");
    const bytes = await openEnvelope(this.#keys.outer, kind, cid, envelope);
    const { group, plain, epoch, consumed } = await decryptApplication(current.group, bytes);
    zeroize(...consumed);
    this.#current = { ...current, group };
    if (epoch !== BigInt(record.number)) throw new CoreError("wrong_epoch", "epoch and commit differ");
    const content = decodeContent(plain);
    if (!equalBytes(content.cid, cid)) throw new CoreError("replayed", "sent in another epoch");
    const author = toHex(content.memberId);
    const key = record.members.get(author);
    if (!key || this.#kicked.has(author)) throw new CoreError("not_a_member", "author");
    if (!(await isContentSigned(plain, this.#keys.policy.groupId, key))) throw new CoreError("bad_signature", "author");
    const { body } = content;
    if (body.kind === "leave") await this.#noteLeave(author, key, body.statement);
    const profiles = body.kind === "sync" ? await this.#openProfiles(body.profiles) : [];
    const { messageId, run, sequence, lamport } = content;
    const isLate = record.endedAtMs !== undefined;
    return {
      memberId: author,
      messageId,
      run,
      sequence,
      lamport,
      epoch: record.number,
      isLate,
      body,
      signed: plain,
      profiles,
    };
  }

  async groupInfo(): Promise<{ cid: Uint8Array; groupInfo: Uint8Array }> {
    const epoch = this.#epoch();
    return { cid: epoch.cid, groupInfo: await this.#sealShared(epoch) };
  }

  seatOf(memberId: string): Uint8Array | undefined {
    const leaf = membersOf(this.#epoch().group).find((member) => toHex(member.memberId) === memberId);
    return leaf && seatFor(this.#epoch().state, leaf.memberId);
  }

  wipe(): void {
    this.#dropPending();
    if (this.#undo) zeroize(...this.#undo.consumed);
    if (this.#current) wipeGroup(this.#current.group);
    this.#undo = undefined;
    this.#current = undefined;
    this.#epochs.clear();
    this.#leaving.clear();
  }

  #epoch(): Epoch {
    if (!this.#current) throw new CoreError("not_a_member", "not in the group");
    return this.#current;
  }

  #ownId(): Uint8Array {
    const own = membersOf(this.#epoch().group).find((leaf) =>
      equalBytes(leaf.signatureKey, this.#keys.member.publicKey),
    );
    if (!own) throw new CoreError("not_a_member", "no own leaf");
    return own.memberId;
  }

  #enter(epoch: Epoch): void {
    this.#current = epoch;
    const members = new Map(membersOf(epoch.group).map((leaf) => [toHex(leaf.memberId), leaf.signatureKey]));
    this.#epochs.set(toHex(epoch.cid), { number: Number(epochOf(epoch.group)), members, endedAtMs: undefined });
    for (const id of this.#leaving.keys()) if (!members.has(id)) this.#leaving.delete(id);
    for (const id of members.keys()) this.#kicked.delete(id);
  }

  #advance(step: Step): Change {
    const { epoch, facts, consumed } = step;
    if (this.#undo) zeroize(...this.#undo.consumed);
    this.#undo = this.#current && { before: this.#current, consumed };
    const removed = facts.kind === "member" ? facts.removed.map((leaf) => toHex(leaf.memberId)) : [];
    const isLeave = facts.kind === "member" && facts.reasons.length > 0;
    if (!isLeave) for (const id of removed) this.#kicked.add(id);
    this.#enter(epoch);
    return {
      standing: this.standing(),
      joined: facts.kind === "join" ? toHex(facts.memberId) : undefined,
      isRejoin: facts.kind === "join" && facts.isRejoin,
      removed,
      removedBy: facts.kind === "member" ? toHex(facts.committer.memberId) : undefined,
      isLeave,
    };
  }

  #dropPending(): void {
    this.settle(false);
  }

  /** Past epochs go after a minute, and all but the last few at once. */
  #expireEpochs(nowMs: number): void {
    const current = this.#epoch();
    const currentKey = toHex(current.cid);
    const doomed = [...this.#epochs.keys()].slice(0, -RECENT_EPOCHS);
    for (const [key, record] of this.#epochs) {
      if (key === currentKey) continue;
      record.endedAtMs ??= nowMs;
      if (nowMs - record.endedAtMs > PAST_EPOCH_LIFE_MS) doomed.push(key);
    }
    if (doomed.length === 0) return;
    for (const key of doomed) this.#epochs.delete(key);
    const kept = new Set([...this.#epochs.values()].map(({ number }) => BigInt(number)));
    this.#current = { ...current, group: forgetEpochs(current.group, (epoch) => kept.has(epoch)) };
  }

  async #noteLeave(author: string, key: Uint8Array, statement: Uint8Array): Promise<void> {
    const text = leaveText(this.#keys.policy.groupId, sha256(key).slice(0, 16));
    if (!(await verify(key, text, statement))) throw new CoreError("bad_signature", "leave statement");
    const isMember = membersOf(this.#epoch().group).some((leaf) => toHex(leaf.memberId) === author);
    if (isMember) this.#leaving.set(author, statement);
  }

  async #openProfiles(all: readonly Uint8Array[]): Promise<Profile[]> {
    const keys = new Map(membersOf(this.#epoch().group).map((leaf) => [toHex(leaf.memberId), leaf.signatureKey]));
    const profiles: Profile[] = [];
    for (const signed of all) {
      const { memberId, body, lamport } = decodeContent(signed);
      const id = toHex(memberId);
      const key = keys.get(id);
      if (body.kind !== "profile" || !key) continue;
      if (!(await isContentSigned(signed, this.#keys.policy.groupId, key))) continue;
      profiles.push({ memberId: id, name: body.name, lamport, signed });
    }
    return profiles;
  }

  async #sealShared(epoch: Epoch): Promise<Uint8Array> {
    const bytes = encodeShared(await exportGroupInfo(epoch.group), epoch.state);
    return sealEnvelope(this.#keys.outer, "groupinfo", epoch.cid, bytes);
  }
}

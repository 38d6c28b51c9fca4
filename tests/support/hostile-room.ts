// A room with one hostile member, what it and an outsider can send, and what happens to that: in the library alone and behind
// our checks.
import { acceptAll, decodeMlsMessage, encodeGroupState, encodeMlsMessage, processPublicMessage } from "ts-mls";
import type { MLSMessage, Proposal, ProposalOrRef } from "ts-mls";
import { toHex } from "../../codec/bytes.ts";
import { CoreError } from "../../core/errors.ts";
import { commitRemovals, membersOf } from "../../core/mls/group.ts";
import type { Group } from "../../core/mls/group.ts";
import { inspectCommit } from "../../core/mls/inspect.ts";
import { capabilities } from "../../core/mls/profile.ts";
import { proveInvite } from "../../core/room/invite.ts";
import { admitCommit } from "../../core/room/admission.ts";
import type { Reason } from "../../core/room/commit-notes.ts";
import { libraryProcesses } from "./library.ts";
import type { Verdict } from "./library.ts";
import { freshKeys, infoOf, memberAt, mlsRoomOf, notesOf, receive } from "./mls-room.ts";
import type { MlsRoom } from "./mls-room.ts";
import { knownPsk, proposalOf, pskId, rogueCommit, rogueJoin, rogueKeyPackage, withPathKeys } from "./rogue-member.ts";
import type { RogueCommitOptions, RogueJoinOptions } from "./rogue-member.ts";

export type Stage = "inspect" | "admit" | "apply";
export type HostileCase = [name: string, library: Verdict, stage: Stage, craft: () => Promise<Uint8Array> | Uint8Array];

export const room = await mlsRoomOf(5);
/** Leaf 1 receives, leaf 3 is hostile, leaf 2 is whom it is after; the owner is leaf 0. */
export const honest = memberAt(room, 1).group;
export const rogue = memberAt(room, 3).group;

async function libraryTakes(group: Group, bytes: Uint8Array): Promise<Verdict> {
  try {
    const message = decodeMlsMessage(bytes, 0)?.[0];
    if (message?.wireformat !== "mls_public_message") return "refused";
    await processPublicMessage(group.state, message.publicMessage, knownPsk, group.suite, acceptAll);
    return "accepted";
  } catch {
    return "refused";
  }
}

async function attempt(from: MlsRoom, group: Group, bytes: Uint8Array) {
  let stage: Stage | "nowhere" = "inspect";
  const startedMs = performance.now();
  try {
    const { facts } = inspectCommit(group.state, bytes);
    stage = "admit";
    await admitCommit(from.state, membersOf(group), facts, new Uint8Array(32));
    stage = "apply";
    await receive(group, from.state, bytes);
    stage = "nowhere";
    return { stage, code: "none", tookMs: 0 };
  } catch (error) {
    const code = error instanceof CoreError ? error.code : String(error);
    return { stage, code, tookMs: performance.now() - startedMs };
  }
}

/** How a commit ends with us, and whether the group neither notices nor minds. The best of three times counts. */
export async function fateOf(from: MlsRoom, group: Group, bytes: Uint8Array) {
  const before = toHex(encodeGroupState(group.state));
  const attempts = [];
  for (let i = 0; i < 3; i++) attempts.push(await attempt(from, group, bytes));
  const committed = await commitRemovals(memberAt(from, 0).group, [], notesOf(from));
  const { isRemoved } = await receive(group, from.state, committed.commit);
  return {
    stages: [...new Set(attempts.map(({ stage }) => stage))],
    codes: [...new Set(attempts.map(({ code }) => code))],
    isQuick: Math.min(...attempts.map(({ tookMs }) => tookMs)) < 50,
    isUntouched: toHex(encodeGroupState(group.state)) === before && !isRemoved,
  };
}

export const refusedAt = (stage: Stage) => ({
  stages: [stage],
  codes: ["commit_refused"],
  isQuick: true,
  isUntouched: true,
});

/** A join that is proper but for `options`. */
export async function join(
  options: Omit<RogueJoinOptions, "keyPackage"> & { leaf?: Parameters<typeof rogueKeyPackage>[2] } = {},
): Promise<Uint8Array> {
  const keys = await freshKeys();
  const { leaf, ...rest } = options;
  const proof = proveInvite(room.invite, room.groupId, keys.publicKey);
  const keyPackage = await rogueKeyPackage(room.suite, keys, { proof, ...leaf });
  return rogueJoin(room.suite, await infoOf(room), keys, { keyPackage, authenticatedData: notesOf(room), ...rest });
}

/** A commit of the hostile member that is proper but for `options`; its removals claim to be kicks. */
export function commit({ reasons, ...options }: RogueCommitOptions & { reasons?: Reason[] } = {}): Promise<Uint8Array> {
  const why = reasons ?? (options.proposals ?? []).map((): Reason => ({ kind: "kick" }));
  return rogueCommit(rogue, { authenticatedData: notesOf(room, why), ...options });
}

export const withExtra =
  (...proposals: Proposal[]) =>
  (externalInit: ProposalOrRef) => [externalInit, ...proposals.map(proposalOf)];

export const psk: Proposal = { proposalType: "psk", psk: { preSharedKeyId: pskId } };
export const custom: Proposal = { proposalType: 0xf0b0, proposalData: new Uint8Array(4) };
export const reinit = (): Proposal => ({
  proposalType: "reinit",
  reinit: { groupId: new Uint8Array(16), version: "mls10", cipherSuite: room.suite.name, extensions: [] },
});
export const contextExtensions = (): Proposal => ({
  proposalType: "group_context_extensions",
  groupContextExtensions: { extensions: honest.state.groupContext.extensions },
});
export const add = async (): Promise<Proposal> => {
  const { publicPackage } = await rogueKeyPackage(room.suite, await freshKeys());
  return { proposalType: "add", add: { keyPackage: publicPackage } };
};
export const update = (): Proposal => {
  const node = rogue.state.ratchetTree[6];
  if (node?.nodeType !== "leaf") throw new Error("no leaf");
  const { hpkePublicKey, signaturePublicKey, credential, extensions, signature } = node.leaf;
  const leaf = { hpkePublicKey, signaturePublicKey, credential, capabilities, extensions, signature };
  return { proposalType: "update", update: { leafNode: { ...leaf, leafNodeSource: "update" } } };
};

/** Decodes a message, changes it and encodes it again. */
type PublicMessage = Extract<MLSMessage, { wireformat: "mls_public_message" }>["publicMessage"];
export function edit(bytes: Uint8Array, change: (message: PublicMessage) => object): Uint8Array {
  const message = decodeMlsMessage(bytes, 0)?.[0];
  if (message?.wireformat !== "mls_public_message") throw new Error("not a public message");
  const publicMessage: PublicMessage = { ...message.publicMessage, ...change(message.publicMessage) };
  return encodeMlsMessage({ ...message, publicMessage });
}

export const flipped = (bytes: Uint8Array) => bytes.with(0, (bytes[0] ?? 0) ^ 1);

export function hpkeKeyOf(node: number): Uint8Array {
  const entry = honest.state.ratchetTree[node];
  return (entry?.nodeType === "leaf" ? entry.leaf.hpkePublicKey : entry?.parent.hpkePublicKey) ?? new Uint8Array();
}

/** The path's key number `call` from below replaced; the leaf's own is the last. */
export const pathKey = (call: number, key: () => Uint8Array) =>
  withPathKeys(room.suite, (own, current) => (current === call ? key() : own));
export const smallOrder = () => Uint8Array.of(1, ...new Uint8Array(31));

/** What becomes of a hostile commit in the library alone and behind our checks. */
export async function outcomeOf([, library, , craft]: HostileCase) {
  const bytes = await craft();
  const verdict = library === "hangs" ? await libraryProcesses(honest, bytes) : await libraryTakes(honest, bytes);
  return { library: verdict, ...(await fateOf(room, honest, bytes)) };
}

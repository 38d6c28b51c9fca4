// The allow-list: looks at a commit before the library does and refuses everything outside our profile. What it answers
// depends only on state all members share and on the bytes, never on a clock, or members would fork.
// The input comes from the relay or from a hostile member.
import { decodeMlsMessage } from "ts-mls";
import type { ClientState } from "ts-mls";
import { equalBytes, toHex } from "../../codec/bytes.ts";
import { CoreError } from "../errors.ts";
import { leafDataOf, leavesOf } from "./group.ts";
import type { CommitMessage, Leaf } from "./group.ts";
import { capabilities, encodeLeafData, isValidCredential, memberIdOf } from "./profile.ts";
import type { LeafData } from "./profile.ts";
import { isUsableKey } from "./suite.ts";

type CommitContent = Extract<CommitMessage["content"], { contentType: "commit" }>["commit"];
type UpdatePath = NonNullable<CommitContent["path"]>;
type LeafNode = UpdatePath["leafNode"];
type Tree = ClientState["ratchetTree"];

/** The epoch a commit builds on: of a group, or of a GroupInfo about to be joined. */
export type EpochBase = Pick<ClientState, "ratchetTree" | "groupContext">;

/** What a commit inside the profile does, as far as the bytes say. Whether it may is decided by core/room/room-state.ts. */
export type CommitFacts =
  | {
      /** Somebody comes in by external commit, or comes back under the same key. */
      readonly kind: "join";
      readonly signatureKey: Uint8Array;
      readonly memberId: Uint8Array;
      readonly leaf: LeafData;
      readonly isRejoin: boolean;
      /** Authenticated data; decoded by core/room/commit-notes.ts. */
      readonly notes: Uint8Array;
    }
  | {
      /** A member removes others, or renews its keys when `removed` is empty. */
      readonly kind: "member";
      readonly committer: Leaf;
      readonly removed: readonly Leaf[];
      readonly notes: Uint8Array;
    };

export interface Inspected {
  readonly facts: CommitFacts;
  readonly message: CommitMessage;
}

function refuse(why: string): never {
  throw new CoreError("commit_refused", why);
}

function decodeCommit(bytes: Uint8Array): CommitMessage {
  let decoded: ReturnType<typeof decodeMlsMessage>;
  try {
    decoded = decodeMlsMessage(bytes, 0);
  } catch (cause) {
    throw new CoreError("commit_refused", "not an MLS message", { cause });
  }
  if (!decoded || decoded[1] !== bytes.length) return refuse("not an MLS message");
  const message = decoded[0];
  return message.wireformat === "mls_public_message" ? message.publicMessage : refuse("not a public message");
}

function proposalsOf(commit: CommitContent): { removed: number[]; externalInits: number } {
  const removed: number[] = [];
  let externalInits = 0;
  for (const entry of commit.proposals) {
    if (entry.proposalOrRefType !== "proposal") return refuse("proposal by reference");
    const { proposal } = entry;
    if (proposal.proposalType === "remove" && "remove" in proposal) removed.push(proposal.remove.removed);
    else if (proposal.proposalType === "external_init") externalInits++;
    else return refuse("proposal outside the profile");
  }
  return { removed, externalInits };
}

function leafAt(tree: Tree, index: number): Leaf {
  // An index outside the tree sends the library into an endless loop.
  const node = index < 2 ** 20 ? tree[2 * index] : undefined;
  if (node?.nodeType !== "leaf") return refuse("no such leaf");
  const signatureKey = node.leaf.signaturePublicKey;
  return { index, signatureKey, memberId: memberIdOf(signatureKey), data: checkLeafData(node.leaf) };
}

function sameList(a: readonly (string | number)[], b: readonly (string | number)[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function checkLeafData(leaf: Pick<LeafNode, "extensions">): LeafData {
  try {
    return leafDataOf(leaf);
  } catch (cause) {
    if (cause instanceof CoreError) throw new CoreError("commit_refused", "leaf outside the profile", { cause });
    throw cause;
  }
}

function checkLeafNode(leaf: LeafNode): LeafData {
  const { versions, ciphersuites, extensions, proposals, credentials } = leaf.capabilities;
  const isOurs =
    sameList(versions, capabilities.versions) &&
    sameList(ciphersuites, capabilities.ciphersuites) &&
    sameList(extensions, capabilities.extensions) &&
    sameList(proposals, capabilities.proposals) &&
    sameList(credentials, capabilities.credentials);
  if (!isOurs) return refuse("capabilities outside the profile");
  if (!isValidCredential(leaf.credential, leaf.signaturePublicKey)) return refuse("credential and key differ");
  return checkLeafData(leaf);
}

/** What a leaf says beside MLS stays as it was when its key came in, or two members could know different keys of it. */
function checkSameLeaf(before: LeafData, after: LeafData): void {
  if (!equalBytes(encodeLeafData(before), encodeLeafData(after))) refuse("leaf data changed");
}

/**
 * RFC 9420 sections 7.3 and 12.4.2: every key of the path is new to the tree. The library compares only parent nodes with
 * parent nodes, and a key that occurs twice, or that nothing can be sealed to, keeps newcomers out for as long as it stands.
 */
function checkPathKeys(tree: Tree, path: UpdatePath): void {
  const taken = new Set<string>();
  for (const node of tree) {
    if (node) taken.add(toHex(node.nodeType === "leaf" ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey));
  }
  for (const { hpkePublicKey } of [path.leafNode, ...path.nodes]) {
    const name = toHex(hpkePublicKey);
    if (taken.has(name)) return refuse("key in the tree already");
    if (!isUsableKey(hpkePublicKey)) return refuse("unusable key");
    taken.add(name);
  }
}

/** Whoever comes back may come by another invite, but stays reachable under the same keys. */
function checkSameKeys(before: LeafData, after: LeafData): void {
  checkSameLeaf({ ...before, proof: undefined }, { ...after, proof: undefined });
}

function inspectJoin(tree: Tree, message: CommitMessage, commit: CommitContent): CommitFacts {
  const { removed, externalInits } = proposalsOf(commit);
  if (!commit.path) return refuse("external commit without a path");
  if (externalInits !== 1) return refuse("external commit without exactly one external_init");
  if (removed.length > 1) return refuse("external commit with more than one Remove");
  const { leafNode } = commit.path;
  const signatureKey = leafNode.signaturePublicKey;
  const leaf = checkLeafNode(leafNode);
  checkPathKeys(tree, commit.path);
  const own = leavesOf(tree).find((other) => equalBytes(other.signatureKey, signatureKey));
  const [target] = removed;
  // RFC 9420 section 12.2: only a prior appearance of the joiner may be removed; the library lets anybody be removed.
  if (target !== undefined && leafAt(tree, target).index !== own?.index) return refuse("Remove of another member");
  if (target === undefined && own !== undefined) return refuse("key is in the tree already");
  if (own) checkSameKeys(own.data, leaf);
  return {
    kind: "join",
    signatureKey,
    memberId: memberIdOf(signatureKey),
    leaf,
    isRejoin: own !== undefined,
    notes: message.content.authenticatedData,
  };
}

function inspectMember(tree: Tree, message: CommitMessage, commit: CommitContent, index: number): CommitFacts {
  const committer = leafAt(tree, index);
  const { removed, externalInits } = proposalsOf(commit);
  if (externalInits > 0) return refuse("external_init by a member");
  if (!commit.path) return refuse("commit without a path");
  if (new Set(removed).size !== removed.length) return refuse("Remove twice");
  if (removed.includes(index)) return refuse("Remove of the committer");
  checkSameLeaf(committer.data, checkLeafNode(commit.path.leafNode));
  checkPathKeys(tree, commit.path);
  if (!equalBytes(commit.path.leafNode.signaturePublicKey, committer.signatureKey))
    return refuse("signature key changed");
  const leaves = removed.map((target) => leafAt(tree, target));
  return { kind: "member", committer, removed: leaves, notes: message.content.authenticatedData };
}

/** Decodes a commit for the epoch of `base`. Throws `commit_refused` for anything outside the profile. */
export function inspectCommit(base: EpochBase, bytes: Uint8Array): Inspected {
  const message = decodeCommit(bytes);
  const { content } = message;
  if (!equalBytes(content.groupId, base.groupContext.groupId)) return refuse("another group");
  if (content.epoch !== base.groupContext.epoch) return refuse("another epoch");
  if (content.contentType !== "commit") return refuse("not a commit");
  switch (content.sender.senderType) {
    case "new_member_commit":
      return { message, facts: inspectJoin(base.ratchetTree, message, content.commit) };
    case "member":
      return { message, facts: inspectMember(base.ratchetTree, message, content.commit, content.sender.leafIndex) };
    case "external":
    case "new_member_proposal":
      return refuse("sender outside the profile");
    default:
      return refuse("unknown sender");
  }
}

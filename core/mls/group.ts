// An MLS group in our profile: create, join by external commit, commit, apply, encrypt, decrypt. Functions take a group and
// return a new one with the secrets that the caller wipes once it lets go of the old one; inputs are never changed.
// Commits from others are checked by inspect.ts before the library sees a byte.
import {
  createApplicationMessage,
  createCommit,
  createGroup as createMlsGroup,
  createGroupInfoWithExternalPubAndRatchetTree,
  decodeMlsMessage,
  defaultLifetime,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  joinGroupExternal,
  mlsExporter,
  processPrivateMessage,
  processPublicMessage,
} from "ts-mls";
import type { CiphersuiteImpl, ClientState, Extension, GroupInfo, MLSMessage } from "ts-mls";
import { ratchetTreeFromExtension } from "ts-mls/groupInfo.js";
import { equalBytes } from "../../codec/bytes.ts";
import { DecodeError } from "../../codec/reader.ts";
import type { KeyPair } from "../crypto/signature.ts";
import { CoreError } from "../errors.ts";
import { capabilities, clientConfig, decodeLeafData, decodeRoomContext } from "./profile.ts";
import { encodeLeafData, encodeRoomContext, GROUP_EXTENSION, LEAF_EXTENSION, memberIdOf } from "./profile.ts";
import type { LeafData, RoomContext } from "./profile.ts";
import { publicKeyOf } from "./suite.ts";

export interface Group {
  readonly suite: CiphersuiteImpl;
  readonly state: ClientState;
}

/** A leaf as everybody sees it. */
export interface Leaf {
  readonly index: number;
  readonly signatureKey: Uint8Array;
  readonly memberId: Uint8Array;
  readonly data: LeafData;
}

export interface Committed {
  readonly group: Group;
  readonly commit: Uint8Array;
  readonly consumed: readonly Uint8Array[];
}

/** A commit as the library takes it; inspect.ts is where one comes from. */
export type CommitMessage = Extract<MLSMessage, { wireformat: "mls_public_message" }>["publicMessage"];

type Tree = ClientState["ratchetTree"];

type LeafNode = Extract<NonNullable<Tree[number]>, { nodeType: "leaf" }>["leaf"];

/** What a leaf says beside MLS. Throws `malformed` for a leaf outside the profile. */
export function leafDataOf({ extensions }: Pick<LeafNode, "extensions">): LeafData {
  const [extension, ...more] = extensions;
  if (extension?.extensionType !== LEAF_EXTENSION || more.length > 0)
    throw new CoreError("malformed", "leaf extensions");
  try {
    return decodeLeafData(extension.extensionData);
  } catch (cause) {
    if (cause instanceof DecodeError) throw new CoreError("malformed", "leaf extensions", { cause });
    throw cause;
  }
}

/** Decoding a leaf costs more than looking it up, and a tree's nodes are never changed in place. */
const known = new WeakMap<LeafNode, Omit<Leaf, "index">>();

function readLeaf(leaf: LeafNode): Omit<Leaf, "index"> {
  const found = known.get(leaf);
  if (found) return found;
  const { signaturePublicKey } = leaf;
  const read = { signatureKey: signaturePublicKey, memberId: memberIdOf(signaturePublicKey), data: leafDataOf(leaf) };
  known.set(leaf, read);
  return read;
}

export function leavesOf(tree: Tree): Leaf[] {
  const leaves: Leaf[] = [];
  for (let node = 0; node < tree.length; node += 2) {
    const entry = tree[node];
    if (entry?.nodeType === "leaf") leaves.push({ index: node / 2, ...readLeaf(entry.leaf) });
  }
  return leaves;
}

export function membersOf(group: Group): Leaf[] {
  return leavesOf(group.state.ratchetTree);
}

export function epochOf(group: Group): bigint {
  return group.state.groupContext.epoch;
}

export function groupIdOf(group: Group): Uint8Array {
  return group.state.groupContext.groupId;
}

/** Equal for two members exactly when they agree on everything that ever happened in the group (RFC 9420 section 8.7). */
export function epochAuthenticator(group: Group): Uint8Array {
  return group.state.keySchedule.epochAuthenticator;
}

function roomExtension(extensions: readonly Extension[]): RoomContext {
  const [only, ...more] = extensions;
  if (only?.extensionType !== GROUP_EXTENSION || more.length > 0) throw new CoreError("malformed", "group extensions");
  try {
    return decodeRoomContext(only.extensionData);
  } catch (cause) {
    if (cause instanceof DecodeError) throw new CoreError("malformed", "group extensions", { cause });
    throw cause;
  }
}

export function contextOf(group: Group): RoomContext {
  return roomExtension(group.state.groupContext.extensions);
}

/** MLS-Exporter of the group's epoch (RFC 9420 section 8.5). */
export function exportSecret(group: Group, label: string, context: Uint8Array, bytes: number): Promise<Uint8Array> {
  return mlsExporter(group.state.keySchedule.exporterSecret, label, context, bytes, group.suite);
}

async function keyPackage(suite: CiphersuiteImpl, keys: KeyPair, leaf: LeafData) {
  return generateKeyPackageWithKey(
    { credentialType: "basic", identity: memberIdOf(keys.publicKey) },
    capabilities,
    defaultLifetime,
    [],
    { publicKey: keys.publicKey, signKey: keys.seed },
    suite,
    [{ extensionType: LEAF_EXTENSION, extensionData: encodeLeafData(leaf) }],
  );
}

/** A group of one: epoch 0, the creator at leaf 0. */
export async function createGroup(
  suite: CiphersuiteImpl,
  groupId: Uint8Array,
  keys: KeyPair,
  options: { context: RoomContext; leaf: LeafData },
): Promise<Group> {
  const { publicPackage, privatePackage } = await keyPackage(suite, keys, options.leaf);
  const extensions = [{ extensionType: GROUP_EXTENSION, extensionData: encodeRoomContext(options.context) }];
  const state = await createMlsGroup(groupId, publicPackage, privatePackage, extensions, suite, clientConfig);
  return { suite, state };
}

/**
 * Begins a group anew under its old id, in the epoch `epoch`, for the only member left in it: the library cannot replace
 * the last leaf of a tree. Nobody else holds a state that this could contradict.
 */
export async function refoundGroup(
  suite: CiphersuiteImpl,
  groupId: Uint8Array,
  keys: KeyPair,
  options: { context: RoomContext; epoch: bigint; leaf: LeafData },
): Promise<Group> {
  const { state } = await createGroup(suite, groupId, keys, options);
  return { suite, state: { ...state, groupContext: { ...state.groupContext, epoch: options.epoch } } };
}

/** A GroupInfo (RFC 9420 section 12.4.3) with ratchet tree and external key, encoded as an MLSMessage. */
export async function exportGroupInfo(group: Group): Promise<Uint8Array> {
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(group.state, [], group.suite);
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo });
}

export interface GroupInfoFacts {
  readonly groupInfo: GroupInfo;
  /** The epoch that a joining commit builds on, as inspect.ts wants it. */
  readonly base: Pick<ClientState, "ratchetTree" | "groupContext">;
  readonly context: RoomContext;
  readonly leaves: readonly Leaf[];
}

/** The tree of 256 leaves, which a full room fits into. */
const MAX_TREE_NODES = 511;

function readTree(groupInfo: GroupInfo): Tree {
  let tree: Tree | undefined;
  try {
    tree = ratchetTreeFromExtension(groupInfo);
  } catch (cause) {
    throw new CoreError("malformed", "tree", { cause });
  }
  if (!tree || tree.length > MAX_TREE_NODES) throw new CoreError("malformed", "tree");
  for (const node of tree) {
    // Only Adds leave leaves unmerged; the library follows one that lies outside the tree for ever.
    if (node?.nodeType === "parent" && node.parent.unmergedLeaves.length > 0) throw new CoreError("malformed", "tree");
  }
  return tree;
}

/** Reads a GroupInfo that came from the relay; its signature and tree are checked by {@link joinGroup}. */
export function readGroupInfo(bytes: Uint8Array): GroupInfoFacts {
  let decoded: ReturnType<typeof decodeMlsMessage>;
  try {
    decoded = decodeMlsMessage(bytes, 0);
  } catch (cause) {
    throw new CoreError("malformed", "GroupInfo", { cause });
  }
  if (!decoded || decoded[1] !== bytes.length || decoded[0].wireformat !== "mls_group_info") {
    throw new CoreError("malformed", "GroupInfo");
  }
  const { groupInfo } = decoded[0];
  const { groupContext } = groupInfo;
  const tree = readTree(groupInfo);
  const base = { ratchetTree: tree, groupContext };
  return { groupInfo, base, context: roomExtension(groupContext.extensions), leaves: leavesOf(tree) };
}

/**
 * Joins by external commit (RFC 9420 section 12.4.3.2). A leaf that already holds our key is replaced. `notes` are the
 * authenticated data of the commit.
 */
export async function joinGroup(
  suite: CiphersuiteImpl,
  info: GroupInfoFacts,
  keys: KeyPair,
  options: { leaf: LeafData; notes: Uint8Array },
): Promise<Committed> {
  const { publicPackage, privatePackage } = await keyPackage(suite, keys, options.leaf);
  // The library searches the old leaf for ever when told to resync without one.
  const isResync = info.leaves.some((leaf) => equalBytes(leaf.signatureKey, keys.publicKey));
  try {
    const { publicMessage, newState } = await joinGroupExternal(
      info.groupInfo,
      publicPackage,
      privatePackage,
      isResync,
      suite,
      undefined,
      clientConfig,
      options.notes,
    );
    const commit = encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
    return { group: { suite, state: newState }, commit, consumed: [] };
  } catch (cause) {
    throw new CoreError("malformed", "GroupInfo cannot be joined", { cause });
  }
}

/**
 * A member's commit: removes `leaves`, and renews the own keys in any case (RFC 9420 section 12.4). `notes` are its
 * authenticated data.
 */
export async function commitRemovals(group: Group, leaves: readonly number[], notes: Uint8Array): Promise<Committed> {
  const { newState, commit, consumed } = await createCommit(
    { state: group.state, cipherSuite: group.suite },
    {
      wireAsPublicMessage: true,
      authenticatedData: notes,
      extraProposals: leaves.map((removed) => ({ proposalType: "remove", remove: { removed } })),
    },
  );
  return { group: { ...group, state: newState }, commit: encodeMlsMessage(commit), consumed };
}

/**
 * RFC 9420 section 7.6: the keys that a path announces are those that follow from its secrets. The library takes them
 * unseen, and the next commit, by somebody innocent, would be sealed to keys that nobody holds.
 */
async function checkNewKeys(before: ClientState, after: ClientState): Promise<void> {
  for (const [index, key] of Object.entries(after.privatePath.privateKeys)) {
    const node = after.ratchetTree[Number(index)];
    if (node?.nodeType !== "parent" || before.privatePath.privateKeys[Number(index)] === key) continue;
    if (!equalBytes(await publicKeyOf(key), node.parent.hpkePublicKey)) {
      throw new CoreError("commit_refused", "announced key and secret differ");
    }
  }
}

/** Applies a commit that inspect.ts found allowed. Throws `commit_refused` when the library's own checks fail. */
export async function applyCommit(
  group: Group,
  message: CommitMessage,
): Promise<{ group: Group; consumed: readonly Uint8Array[]; isRemoved: boolean }> {
  try {
    const { newState, consumed, actionTaken } = await processPublicMessage(
      group.state,
      message,
      emptyPskIndex,
      group.suite,
      ({ kind }) => (kind === "commit" ? "accept" : "reject"),
    );
    if (actionTaken !== "accept") throw new CoreError("commit_refused", "not accepted");
    await checkNewKeys(group.state, newState);
    return { group: { ...group, state: newState }, consumed, isRemoved: newState.groupActiveState.kind !== "active" };
  } catch (cause) {
    throw new CoreError("commit_refused", "the commit does not verify", { cause });
  }
}

export async function encryptApplication(group: Group, plain: Uint8Array): Promise<Committed> {
  const { newState, privateMessage, consumed } = await createApplicationMessage(group.state, plain, group.suite);
  const commit = encodeMlsMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage });
  return { group: { ...group, state: newState }, commit, consumed };
}

/** Decrypts an application message of the current or a kept past epoch. The library does not say who sent it. */
export async function decryptApplication(
  group: Group,
  bytes: Uint8Array,
): Promise<{ group: Group; plain: Uint8Array; epoch: bigint; consumed: readonly Uint8Array[] }> {
  let decoded: ReturnType<typeof decodeMlsMessage>;
  try {
    decoded = decodeMlsMessage(bytes, 0);
  } catch (cause) {
    throw new CoreError("malformed", "MLS message", { cause });
  }
  const message = decoded?.[0];
  if (!message || decoded?.[1] !== bytes.length || message.wireformat !== "mls_private_message") {
    throw new CoreError("malformed", "not an application message");
  }
  const { privateMessage } = message;
  if (privateMessage.contentType !== "application") throw new CoreError("malformed", "not an application message");
  if (!equalBytes(privateMessage.groupId, groupIdOf(group))) throw new CoreError("wrong_epoch", "another group");
  if (privateMessage.epoch > epochOf(group)) throw new CoreError("wrong_epoch", "an epoch not reached yet");
  try {
    const result = await processPrivateMessage(group.state, privateMessage, emptyPskIndex, group.suite, () => "reject");
    if (result.kind !== "applicationMessage") throw new CoreError("malformed", "not an application message");
    const next = { ...group, state: result.newState };
    return { group: next, plain: result.message, epoch: privateMessage.epoch, consumed: result.consumed };
  } catch (cause) {
    throw new CoreError("decrypt_failed", "the message does not open", { cause });
  }
}

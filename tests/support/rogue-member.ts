// A hostile member or joiner: commits outside our profile whose signatures, path and tags are all in order, so that
// nothing but a rule refuses them. Built on the library's inner functions, which its public ones keep from doing this.
import {
  bytesToBase64,
  createProposal,
  defaultLifetime,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  joinGroupExternal,
  makePskIndex,
} from "ts-mls";
import type {
  Capabilities,
  ClientState,
  Credential,
  Extension,
  LeafIndex,
  PreSharedKeyID,
  Proposal,
  ProposalOrRef,
  Sender,
} from "ts-mls";
import { applyProposals, exportSecret, nextEpochContext } from "ts-mls/clientState.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { protectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { getCommitSecret } from "ts-mls/pathSecrets.js";
import { accumulatePskSecret } from "ts-mls/pskIndex.js";
import { addLeafNode, removeLeafNode } from "ts-mls/ratchetTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { nodeToLeafIndex, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import { createUpdatePath } from "ts-mls/updatePath.js";
import type { KeyPair } from "../../core/crypto/signature.ts";
import type { Group, GroupInfoFacts } from "../../core/mls/group.ts";
import { capabilities, clientConfig, encodeLeafData, LEAF_EXTENSION, memberIdOf } from "../../core/mls/profile.ts";
import type { LeafProof } from "../../core/mls/profile.ts";

import { leafOf } from "./mls-room.ts";

type Suite = Group["suite"];
type Tree = ClientState["ratchetTree"];
type Leaf = Extract<NonNullable<Tree[number]>, { nodeType: "leaf" }>["leaf"];

export const pskId: PreSharedKeyID = { psktype: "external", pskId: new Uint8Array(8), pskNonce: new Uint8Array(32) };
/** A key that whoever the library asks has. */
export const knownPsk = makePskIndex(undefined, { [bytesToBase64(pskId.pskId)]: new Uint8Array(32) });

export const proposalOf = (proposal: Proposal): ProposalOrRef => ({ proposalOrRefType: "proposal", proposal });
export const removeOf = (removed: number) => proposalOf({ proposalType: "remove", remove: { removed } });

/** Changes the public keys of a path under way: `change` sees them from the lowest node upwards, the leaf's own last. */
export function withPathKeys(suite: Suite, change: (key: Uint8Array, call: number) => Uint8Array): Suite {
  let call = 0;
  const exportPublicKey: Suite["hpke"]["exportPublicKey"] = async (key) =>
    change(await suite.hpke.exportPublicKey(key), call++);
  return { ...suite, hpke: { ...suite.hpke, exportPublicKey } };
}

export function rogueKeyPackage(
  suite: Suite,
  keys: KeyPair,
  leaf: {
    proof?: LeafProof | undefined;
    credential?: Credential;
    capabilities?: Capabilities;
    extensions?: Extension[];
  } = {},
) {
  const extension = { extensionType: LEAF_EXTENSION, extensionData: encodeLeafData(leafOf(keys, leaf.proof)) };
  return generateKeyPackageWithKey(
    leaf.credential ?? { credentialType: "basic", identity: memberIdOf(keys.publicKey) },
    leaf.capabilities ?? capabilities,
    defaultLifetime,
    [],
    { publicKey: keys.publicKey, signKey: keys.seed },
    suite,
    leaf.extensions ?? [extension],
  );
}

interface Draft {
  readonly context: ClientState["groupContext"];
  readonly extensions?: Extension[];
  readonly sender: Sender;
  readonly proposals: ProposalOrRef[];
  readonly path: Awaited<ReturnType<typeof createUpdatePath>> | undefined;
  /** The tree without a path. */
  readonly tree: Tree;
  readonly omitsPath?: boolean;
  readonly authenticatedData: Uint8Array | undefined;
  readonly signer: Uint8Array;
  readonly initSecret: Uint8Array;
  readonly pskSecret: Uint8Array;
  readonly previousTag: Uint8Array;
  readonly membershipKey: Uint8Array;
}

async function commitSecretOf(suite: Suite, path: Draft["path"]): Promise<Uint8Array> {
  const last = path?.[2].at(-1);
  if (!path || !last) return new Uint8Array(suite.kdf.size);
  return getCommitSecret(path[0], toNodeIndex(last.nodeIndex), last.secret, suite.kdf);
}

/** Signs a commit, works out the epoch it leads to and with it the confirmation tag. */
async function finish(suite: Suite, draft: Draft): Promise<Uint8Array> {
  const { context, path } = draft;
  const { signature, framedContent } = await createContentCommitSignature(
    context,
    "mls_public_message",
    { proposals: draft.proposals, path: draft.omitsPath ? undefined : path?.[1] },
    draft.sender,
    draft.authenticatedData ?? new Uint8Array(),
    draft.signer,
    suite.signature,
  );
  const next = await nextEpochContext(
    { ...context, extensions: draft.extensions ?? context.extensions },
    "mls_public_message",
    framedContent,
    signature,
    await treeHashRoot(path?.[0] ?? draft.tree, suite.hash),
    draft.previousTag,
    suite.hash,
  );
  const commitSecret = await commitSecretOf(suite, path);
  const { keySchedule } = await initializeEpoch(draft.initSecret, commitSecret, next, draft.pskSecret, suite.kdf);
  const { confirmationKey } = keySchedule;
  const confirmationTag = await createConfirmationTag(confirmationKey, next.confirmedTranscriptHash, suite.hash);
  const publicMessage = await protectPublicMessage(
    draft.membershipKey,
    context,
    {
      wireformat: "mls_public_message",
      content: framedContent,
      auth: { contentType: "commit", signature, confirmationTag },
    },
    suite,
  );
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
}

function swapLeaf(tree: Tree, leafIndex: number, change: (leaf: Leaf) => Leaf): Tree {
  return tree.map((node, i) =>
    i === 2 * leafIndex && node?.nodeType === "leaf" ? { nodeType: "leaf", leaf: change(node.leaf) } : node,
  );
}

/** What proposals do to the group, or nothing of that when the library would not do it itself. */
async function effectOf({ suite, state }: Group, proposals: ProposalOrRef[], options: RogueCommitOptions) {
  const zeros = new Uint8Array(suite.kdf.size);
  if (options.isUnapplied) return { tree: state.ratchetTree, pskSecret: zeros, extensions: undefined };
  const self = toLeafIndex(state.privatePath.leafIndex);
  const { tree, pskSecret, additionalResult } = await applyProposals(state, proposals, self, knownPsk, true, suite);
  const extensions = additionalResult.kind === "memberCommit" ? additionalResult.extensions : [];
  return { tree, pskSecret, extensions: extensions.length > 0 ? extensions : undefined };
}

export interface RogueCommitOptions {
  readonly proposals?: ProposalOrRef[];
  /** `false` leaves the path out. */
  readonly path?: boolean;
  /** Changes the leaf in the path, which `signer` signs, or else the member. */
  readonly leaf?: (leaf: Leaf) => Leaf;
  readonly signer?: Uint8Array;
  readonly authenticatedData?: Uint8Array;
  readonly pathSuite?: Suite;
  /** The group as the commit claims it: another epoch, another group id. */
  readonly context?: Partial<ClientState["groupContext"]>;
  /** For proposals that the library would not apply. */
  readonly isUnapplied?: boolean;
}

/** A member's commit with any proposals. */
export async function rogueCommit(group: Group, options: RogueCommitOptions = {}): Promise<Uint8Array> {
  const { suite, state } = group;
  const context = { ...state.groupContext, ...options.context };
  const proposals = options.proposals ?? [];
  const self = toLeafIndex(state.privatePath.leafIndex);
  const { tree, pskSecret, extensions } = await effectOf(group, proposals, options);
  const changed = options.leaf ? swapLeaf(tree, self, options.leaf) : tree;
  const signer = options.signer ?? state.signaturePrivateKey;
  const hasPath = options.path ?? true;
  const path = hasPath ? await createUpdatePath(changed, self, context, signer, options.pathSuite ?? suite) : undefined;
  return finish(suite, {
    context,
    ...(extensions && { extensions }),
    sender: { senderType: "member", leafIndex: self },
    proposals,
    path,
    tree,
    authenticatedData: options.authenticatedData,
    signer: state.signaturePrivateKey,
    initSecret: state.keySchedule.initSecret,
    pskSecret,
    previousTag: state.confirmationTag,
    membershipKey: state.keySchedule.membershipKey,
  });
}

export interface RogueJoinOptions {
  readonly keyPackage?: Awaited<ReturnType<typeof rogueKeyPackage>>;
  readonly proposals?: (externalInit: ProposalOrRef) => ProposalOrRef[];
  readonly psks?: PreSharedKeyID[];
  /** The leaf that is blanked before the joiner's is set, as a rejoin does. */
  readonly replaced?: number | undefined;
  readonly path?: boolean;
  readonly authenticatedData?: Uint8Array;
  readonly pathSuite?: Suite;
}

/** An external commit with any proposals beside, or instead of, its external_init. */
export async function rogueJoin(
  suite: Suite,
  info: GroupInfoFacts,
  keys: KeyPair,
  options: RogueJoinOptions = {},
): Promise<Uint8Array> {
  const { publicPackage, privatePackage } = options.keyPackage ?? (await rogueKeyPackage(suite, keys));
  const { groupContext: context, ratchetTree } = info.base;
  const external = info.groupInfo.extensions.find(({ extensionType }) => extensionType === "external_pub");
  const { enc, secret } = await exportSecret(external?.extensionData ?? new Uint8Array(), suite);
  const externalInit = proposalOf({ proposalType: "external_init", externalInit: { kemOutput: enc } });
  const { replaced } = options;
  const cleared = replaced === undefined ? ratchetTree : removeLeafNode(ratchetTree, replaced as LeafIndex);
  const [tree, node] = addLeafNode(cleared, publicPackage.leafNode);
  const signer = privatePackage.signaturePrivateKey;
  const path = await createUpdatePath(tree, nodeToLeafIndex(node), context, signer, options.pathSuite ?? suite);
  const zeros = new Uint8Array(suite.kdf.size);
  const [pskSecret] = await accumulatePskSecret(options.psks ?? [], knownPsk, suite, zeros);
  return finish(suite, {
    context,
    sender: { senderType: "new_member_commit" },
    proposals: options.proposals?.(externalInit) ?? [externalInit],
    path,
    tree,
    omitsPath: options.path === false,
    authenticatedData: options.authenticatedData,
    signer,
    initSecret: secret,
    pskSecret,
    previousTag: info.groupInfo.confirmationTag,
    membershipKey: zeros,
  });
}

/** A proposal of a member as a message of its own. */
export async function rogueProposal({ suite, state }: Group, proposal: Proposal, isPublic: boolean) {
  const { message } = await createProposal(state, isPublic, proposal, suite);
  return encodeMlsMessage(message);
}

/** Joins as the library's public function does it, with a resync flag of our choice. */
export async function plainJoin(suite: Suite, info: GroupInfoFacts, keys: KeyPair, isResync: boolean) {
  const { publicPackage, privatePackage } = await rogueKeyPackage(suite, keys);
  const { publicMessage } = await joinGroupExternal(
    info.groupInfo,
    publicPackage,
    privatePackage,
    isResync,
    suite,
    undefined,
    clientConfig,
  );
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
}

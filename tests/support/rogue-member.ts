// A hostile member or joiner: commits outside our profile whose signatures, path and tags are all in order, so that
// nothing but a rule refuses them. Built on the library's inner functions, which its public ones keep from doing this.
import {
  createProposal,
  defaultLifetime,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  joinGroupExternal,
} from "ts-mls";
import type { Capabilities, ClientState, Credential, Extension, LeafIndex, Proposal, ProposalOrRef } from "ts-mls";
import { applyProposals, exportSecret, nextEpochContext } from "ts-mls/clientState.js";
import { createConfirmationTag, createContentCommitSignature } from "ts-mls/framedContent.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { protectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { getCommitSecret } from "ts-mls/pathSecrets.js";
import { addLeafNode, removeLeafNode } from "ts-mls/ratchetTree.js";
import { treeHashRoot } from "ts-mls/treeHash.js";
import { nodeToLeafIndex, toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import { createUpdatePath } from "ts-mls/updatePath.js";
import type { KeyPair } from "../../core/crypto/signature.ts";
import type { Group, GroupInfoFacts } from "../../core/mls/group.ts";
import { capabilities, clientConfig, encodeLeafProof, LEAF_EXTENSION, memberIdOf } from "../../core/mls/profile.ts";
import type { LeafProof } from "../../core/mls/profile.ts";

type Suite = Group["suite"];
type Tree = ClientState["ratchetTree"];
type Leaf = Extract<NonNullable<Tree[number]>, { nodeType: "leaf" }>["leaf"];

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
  const proof = leaf.proof && { extensionType: LEAF_EXTENSION, extensionData: encodeLeafProof(leaf.proof) };
  return generateKeyPackageWithKey(
    leaf.credential ?? { credentialType: "basic", identity: memberIdOf(keys.publicKey) },
    leaf.capabilities ?? capabilities,
    defaultLifetime,
    [],
    { publicKey: keys.publicKey, signKey: keys.seed },
    suite,
    leaf.extensions ?? (proof ? [proof] : []),
  );
}

type Public = Parameters<typeof protectPublicMessage>[2];

async function commitSecretOf(
  suite: Suite,
  tree: Tree,
  secrets: Awaited<ReturnType<typeof createUpdatePath>>[2] | undefined,
) {
  const last = secrets?.at(-1);
  if (!last) return new Uint8Array(suite.kdf.size);
  return getCommitSecret(tree, toNodeIndex(last.nodeIndex), last.secret, suite.kdf);
}

function swapLeaf(tree: Tree, leafIndex: number, change: (leaf: Leaf) => Leaf): Tree {
  return tree.map((node, i) =>
    i === 2 * leafIndex && node?.nodeType === "leaf" ? { nodeType: "leaf", leaf: change(node.leaf) } : node,
  );
}

/**
 * A member's commit with any proposals. `path: false` leaves the path out, `leaf` changes the leaf in it (signed by
 * `signer`, or by the member), `content` what is signed around it.
 */
export async function rogueCommit(
  { suite, state }: Group,
  options: {
    proposals?: ProposalOrRef[];
    path?: boolean;
    leaf?: (leaf: Leaf) => Leaf;
    signer?: Uint8Array;
    authenticatedData?: Uint8Array;
    pathSuite?: Suite;
    /** The group as the commit claims it: other epoch, other group id. */
    context?: Partial<ClientState["groupContext"]>;
    /** For proposals that the library itself would not apply. */
    treeAfter?: Tree;
    pskIndex?: Parameters<typeof applyProposals>[3];
  } = {},
): Promise<Uint8Array> {
  const context = { ...state.groupContext, ...options.context };
  const proposals = options.proposals ?? [];
  const self = toLeafIndex(state.privatePath.leafIndex);
  const applied = options.treeAfter
    ? undefined
    : await applyProposals(state, proposals, self, options.pskIndex ?? emptyPskIndex, true, suite);
  const tree = options.treeAfter ?? applied?.tree ?? [];
  const extensions = applied?.additionalResult.kind === "memberCommit" ? applied.additionalResult.extensions : [];
  const path =
    options.path === false
      ? undefined
      : await createUpdatePath(
          swapLeaf(tree, self, options.leaf ?? ((leaf) => leaf)),
          self,
          context,
          options.signer ?? state.signaturePrivateKey,
          options.pathSuite ?? suite,
        );
  const treeAfter = path?.[0] ?? tree;
  const { signature, framedContent } = await createContentCommitSignature(
    context,
    "mls_public_message",
    { proposals, path: path?.[1] },
    { senderType: "member", leafIndex: self },
    options.authenticatedData ?? new Uint8Array(),
    state.signaturePrivateKey,
    suite.signature,
  );
  const next = await nextEpochContext(
    { ...context, extensions: extensions.length > 0 ? extensions : context.extensions },
    "mls_public_message",
    framedContent,
    signature,
    await treeHashRoot(treeAfter, suite.hash),
    state.confirmationTag,
    suite.hash,
  );
  const { keySchedule } = await initializeEpoch(
    state.keySchedule.initSecret,
    await commitSecretOf(suite, treeAfter, path?.[2]),
    next,
    applied?.pskSecret ?? new Uint8Array(suite.kdf.size),
    suite.kdf,
  );
  const confirmationTag = await createConfirmationTag(
    keySchedule.confirmationKey,
    next.confirmedTranscriptHash,
    suite.hash,
  );
  const content: Public = {
    wireformat: "mls_public_message",
    content: framedContent,
    auth: { contentType: "commit", signature, confirmationTag },
  };
  const publicMessage = await protectPublicMessage(state.keySchedule.membershipKey, context, content, suite);
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
}

/** An external commit with any proposals beside (or instead of) its external_init. */
export async function rogueJoin(
  suite: Suite,
  info: GroupInfoFacts,
  keys: KeyPair,
  options: {
    keyPackage?: Awaited<ReturnType<typeof rogueKeyPackage>>;
    proposals?: (externalInit: ProposalOrRef) => ProposalOrRef[];
    /** The leaf that the path blanks first, as a rejoin does. */
    replaced?: number | undefined;
    path?: boolean;
    authenticatedData?: Uint8Array;
    pathSuite?: Suite;
  } = {},
): Promise<Uint8Array> {
  const { publicPackage, privatePackage } = options.keyPackage ?? (await rogueKeyPackage(suite, keys));
  const { groupContext, ratchetTree } = info.base;
  const external = info.groupInfo.extensions.find(({ extensionType }) => extensionType === "external_pub");
  const { enc, secret } = await exportSecret(external?.extensionData ?? new Uint8Array(), suite);
  const externalInit = proposalOf({ proposalType: "external_init", externalInit: { kemOutput: enc } });
  const { replaced } = options;
  const cleared = replaced === undefined ? ratchetTree : removeLeafNode(ratchetTree, replaced as LeafIndex);
  const [grown, node] = addLeafNode(cleared, publicPackage.leafNode);
  const path = await createUpdatePath(
    grown,
    nodeToLeafIndex(node),
    groupContext,
    privatePackage.signaturePrivateKey,
    options.pathSuite ?? suite,
  );
  const { signature, framedContent } = await createContentCommitSignature(
    groupContext,
    "mls_public_message",
    {
      proposals: options.proposals?.(externalInit) ?? [externalInit],
      path: options.path === false ? undefined : path[1],
    },
    { senderType: "new_member_commit" },
    options.authenticatedData ?? new Uint8Array(),
    privatePackage.signaturePrivateKey,
    suite.signature,
  );
  const next = await nextEpochContext(
    groupContext,
    "mls_public_message",
    framedContent,
    signature,
    await treeHashRoot(path[0], suite.hash),
    info.groupInfo.confirmationTag,
    suite.hash,
  );
  const { keySchedule } = await initializeEpoch(
    secret,
    await commitSecretOf(suite, path[0], path[2]),
    next,
    new Uint8Array(suite.kdf.size),
    suite.kdf,
  );
  const confirmationTag = await createConfirmationTag(
    keySchedule.confirmationKey,
    next.confirmedTranscriptHash,
    suite.hash,
  );
  const content: Public = {
    wireformat: "mls_public_message",
    content: framedContent,
    auth: { contentType: "commit", signature, confirmationTag },
  };
  const publicMessage = await protectPublicMessage(keySchedule.membershipKey, next, content, suite);
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
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

// Runs the official MLS test vectors of cipher suite 1 against the installed library with our suite (core/mls/suite.ts).
//   node tests/vectors/official/run-official.ts <folder with the JSON files of github.com/mlswg/mls-implementations>
// The files are not part of this repository. Formats: test-vectors.md there. Ends with 1 when anything differs.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  acceptAll,
  bytesToBase64,
  decodeMlsMessage,
  defaultKeyPackageEqualityConfig,
  defaultKeyRetentionConfig,
  defaultLifetimeConfig,
  defaultPaddingConfig,
  joinGroup,
  makePskIndex,
  mlsExporter,
  processPrivateMessage,
  processPublicMessage,
} from "ts-mls";
import type { CiphersuiteImpl, ClientConfig, ClientState, GroupContext, PrivateKeyPath } from "ts-mls";
import { decodeAuthenticatedContent } from "ts-mls/authenticatedContent.js";
import { encode } from "ts-mls/codec/tlsEncoder.js";
import { commitEncoder } from "ts-mls/commit.js";
import { applyUpdatePathSecret } from "ts-mls/createCommit.js";
import { refhash } from "ts-mls/crypto/hash.js";
import { decryptWithLabel, encryptWithLabel } from "ts-mls/crypto/hpke.js";
import { deriveSecret, deriveTreeSecret, expandWithLabel } from "ts-mls/crypto/kdf.js";
import { signWithLabel, verifyWithLabel } from "ts-mls/crypto/signature.js";
import { groupContextEncoder } from "ts-mls/groupContext.js";
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from "ts-mls/groupInfo.js";
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { initializeEpoch } from "ts-mls/keySchedule.js";
import { verifyLeafNodeSignature } from "ts-mls/leafNode.js";
import { protectApplicationData, unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { unprotectPublicMessage } from "ts-mls/messageProtectionPublic.js";
import { verifyParentHashes } from "ts-mls/parentHash.js";
import { getCommitSecret } from "ts-mls/pathSecrets.js";
import { computePskSecret } from "ts-mls/presharedkey.js";
import { toPrivateKeyPath } from "ts-mls/privateKeyPath.js";
import { decodeProposal, proposalEncoder } from "ts-mls/proposal.js";
import {
  addLeafNode,
  decodeRatchetTree,
  ratchetTreeEncoder,
  removeLeafNode,
  resolution,
  updateLeafNode,
} from "ts-mls/ratchetTree.js";
import { createSecretTree, ratchetToGeneration } from "ts-mls/secretTree.js";
import { expandSenderDataKey, expandSenderDataNonce } from "ts-mls/sender.js";
import { createConfirmedHash, createInterimHash } from "ts-mls/transcriptHash.js";
import { treeHash, treeHashRoot } from "ts-mls/treeHash.js";
import { toLeafIndex, toNodeIndex } from "ts-mls/treemath.js";
import { applyUpdatePath, createUpdatePath, decodeUpdatePath } from "ts-mls/updatePath.js";
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js";
import { fromHex, toHex } from "../../../codec/bytes.ts";
import { createSuite, publicKeyOf, suiteName } from "../../../core/mls/suite.ts";

type Decode<T> = (bytes: Uint8Array, at: number) => [T, number] | undefined;

let checks = 0;

function bytes(text: string): Uint8Array {
  const value = fromHex(text);
  if (!value) throw new Error("not hexadecimal");
  return value;
}

function same(what: string, got: Uint8Array | string, want: string): void {
  checks++;
  const text = typeof got === "string" ? got : toHex(got);
  if (text !== want) throw new Error(`${what}: ${text.slice(0, 40)} instead of ${want.slice(0, 40)}`);
}

function holds(what: string, isSo: boolean): void {
  checks++;
  if (!isSo) throw new Error(what);
}

/** Decodes all of it. */
function whole<T>(decode: Decode<T>, text: string): T {
  const input = bytes(text);
  const decoded = decode(input, 0);
  if (!decoded || decoded[1] !== input.length) throw new Error("does not decode");
  return decoded[0];
}

function contextOf(vector: {
  group_id: string;
  epoch: number;
  tree_hash: string;
  confirmed_transcript_hash: string;
}): GroupContext {
  return {
    version: "mls10",
    cipherSuite: suiteName,
    groupId: bytes(vector.group_id),
    epoch: BigInt(vector.epoch),
    treeHash: bytes(vector.tree_hash),
    confirmedTranscriptHash: bytes(vector.confirmed_transcript_hash),
    extensions: [],
  };
}

// The vectors' fields are what the format says; a wrong one fails the run.
// oxlint-disable-next-line typescript/no-explicit-any -- JSON from outside
type Vector = any;
type Run = (vector: Vector, suite: CiphersuiteImpl) => Promise<void>;

const cryptoBasics: Run = async (v, suite) => {
  const { kdf, hpke, signature: ed25519 } = suite;
  same("RefHash", await refhash(v.ref_hash.label, bytes(v.ref_hash.value), suite.hash), v.ref_hash.out);
  const d = v.derive_secret;
  same("DeriveSecret", await deriveSecret(bytes(d.secret), d.label, kdf), d.out);
  const t = v.derive_tree_secret;
  same("DeriveTreeSecret", await deriveTreeSecret(bytes(t.secret), t.label, t.generation, t.length, kdf), t.out);
  const x = v.expand_with_label;
  same("ExpandWithLabel", await expandWithLabel(bytes(x.secret), x.label, bytes(x.context), x.length, kdf), x.out);
  const s = v.sign_with_label;
  const content = bytes(s.content);
  holds("Verify", await verifyWithLabel(bytes(s.pub), s.label, content, bytes(s.signature), ed25519));
  same("Sign", await signWithLabel(bytes(s.priv), s.label, content, ed25519), s.signature);
  const e = v.encrypt_with_label;
  const key = await hpke.importPrivateKey(bytes(e.priv));
  same("X25519", await publicKeyOf(bytes(e.priv)), e.pub);
  const [context, plain] = [bytes(e.context), bytes(e.plaintext)];
  const open = (enc: Uint8Array, ct: Uint8Array) => decryptWithLabel(key, e.label, context, enc, ct, hpke);
  same("Decrypt", await open(bytes(e.kem_output), bytes(e.ciphertext)), e.plaintext);
  const own = await encryptWithLabel(await hpke.importPublicKey(bytes(e.pub)), e.label, context, plain, hpke);
  same("Encrypt", await open(own.enc, own.ct), e.plaintext);
};

const keySchedule: Run = async (v, suite) => {
  let initSecret = bytes(v.initial_init_secret);
  for (const [index, epoch] of v.epochs.entries()) {
    const context = contextOf({ ...epoch, group_id: v.group_id, epoch: index });
    same("context", encode(groupContextEncoder)(context), epoch.group_context);
    const [commit, psk] = [bytes(epoch.commit_secret), bytes(epoch.psk_secret)];
    const secrets = await initializeEpoch(initSecret, commit, context, psk, suite.kdf);
    const { keySchedule: schedule } = secrets;
    same("joiner", secrets.joinerSecret, epoch.joiner_secret);
    same("welcome", secrets.welcomeSecret, epoch.welcome_secret);
    same("encryption", secrets.encryptionSecret, epoch.encryption_secret);
    same("init", schedule.initSecret, epoch.init_secret);
    same("sender data", schedule.senderDataSecret, epoch.sender_data_secret);
    same("exporter", schedule.exporterSecret, epoch.exporter_secret);
    same("external", schedule.externalSecret, epoch.external_secret);
    same("confirmation", schedule.confirmationKey, epoch.confirmation_key);
    same("membership", schedule.membershipKey, epoch.membership_key);
    same("resumption", schedule.resumptionPsk, epoch.resumption_psk);
    same("authenticator", schedule.epochAuthenticator, epoch.epoch_authenticator);
    const { publicKey } = await suite.hpke.deriveKeyPair(schedule.externalSecret);
    same("external key", await suite.hpke.exportPublicKey(publicKey), epoch.external_pub);
    const { label, context: of, length, secret } = epoch.exporter;
    same("export", await mlsExporter(schedule.exporterSecret, label, bytes(of), length, suite), secret);
    initSecret = schedule.initSecret;
  }
};

const treeValidation: Run = async (v, suite) => {
  const tree = whole(decodeRatchetTree, v.tree);
  for (const [i, want] of v.tree_hashes.entries()) {
    same("tree hash", await treeHash(tree, toNodeIndex(i), suite.hash), want);
  }
  for (const [i, want] of v.resolutions.entries()) {
    same("resolution", resolution(tree, toNodeIndex(i)).join(), want.join());
  }
  holds("parent hashes", await verifyParentHashes(tree, suite.hash));
  for (const [i, node] of tree.entries()) {
    if (node?.nodeType !== "leaf") continue;
    holds("leaf", await verifyLeafNodeSignature(node.leaf, bytes(v.group_id), i / 2, suite.signature));
  }
};

const treeOperations: Run = async (v, suite) => {
  const before = whole(decodeRatchetTree, v.tree_before);
  same("before", await treeHashRoot(before, suite.hash), v.tree_hash_before);
  const proposal = whole(decodeProposal, v.proposal);
  let after = before;
  if (proposal.proposalType === "add" && "add" in proposal) [after] = addLeafNode(before, proposal.add.keyPackage.leafNode);
  else if (proposal.proposalType === "update" && "update" in proposal) {
    after = updateLeafNode(before, proposal.update.leafNode, toLeafIndex(v.proposal_sender));
  } else if (proposal.proposalType === "remove" && "remove" in proposal) {
    after = removeLeafNode(before, toLeafIndex(proposal.remove.removed));
  } else throw new Error("unknown proposal");
  same("tree", encode(ratchetTreeEncoder)(after), v.tree_after);
  same("after", await treeHashRoot(after, suite.hash), v.tree_hash_after);
};

async function pathOf(leaf: Vector, suite: CiphersuiteImpl): Promise<PrivateKeyPath> {
  const secrets: Record<number, Uint8Array> = {};
  for (const { node, path_secret: secret } of leaf.path_secrets) secrets[node] = bytes(secret);
  const path = await toPrivateKeyPath(secrets, leaf.index, suite);
  return { ...path, privateKeys: { ...path.privateKeys, [2 * leaf.index]: bytes(leaf.encryption_priv) } };
}

const treekem: Run = async (v, suite) => {
  const tree = whole(decodeRatchetTree, v.ratchet_tree);
  const paths = await Promise.all(v.leaves_private.map((leaf: Vector) => pathOf(leaf, suite)));
  for (const path of paths as PrivateKeyPath[]) {
    for (const [index, key] of Object.entries(path.privateKeys)) {
      const node = tree[Number(index)];
      const want = node?.nodeType === "leaf" ? node.leaf.hpkePublicKey : node?.parent.hpkePublicKey;
      same("node key", await publicKeyOf(key), toHex(want ?? new Uint8Array()));
    }
  }
  for (const update of v.update_paths) {
    const sender = toLeafIndex(update.sender);
    const path = whole(decodeUpdatePath, update.update_path);
    const after = await applyUpdatePath(tree, sender, path, suite.hash);
    same("tree hash", await treeHashRoot(after, suite.hash), update.tree_hash_after);
    const context = contextOf({ ...v, tree_hash: update.tree_hash_after });
    const { signature_priv: seed } = v.leaves_private.find((leaf: Vector) => leaf.index === update.sender);
    const [ownTree, ownPath, ownSecrets] = await createUpdatePath(tree, sender, context, bytes(seed), suite);
    const ownHash = await treeHashRoot(ownTree, suite.hash);
    const ownContext = { ...context, epoch: context.epoch + 1n, treeHash: ownHash };
    const top = ownSecrets.at(-1)?.secret ?? new Uint8Array();
    const ownCommitSecret = toHex(await deriveSecret(top, "path", suite.kdf));
    for (const receiver of paths as PrivateKeyPath[]) {
      if (receiver.leafIndex === update.sender) continue;
      const got = await applyUpdatePathSecret(tree, receiver, sender, context, path, [], suite);
      same("path secret", got.pathSecret, update.path_secrets[receiver.leafIndex]);
      const secret = await getCommitSecret(after, toNodeIndex(got.nodeIndex), got.pathSecret, suite.kdf);
      same("commit secret", secret, update.commit_secret);
      const own = await applyUpdatePathSecret(tree, receiver, sender, ownContext, ownPath, [], suite);
      const theirs = await getCommitSecret(ownTree, toNodeIndex(own.nodeIndex), own.pathSecret, suite.kdf);
      same("own commit secret", theirs, ownCommitSecret);
    }
  }
};

const secretTree: Run = async (v, suite) => {
  const { sender_data_secret: secret, ciphertext, key, nonce } = v.sender_data;
  same("sender data key", await expandSenderDataKey(suite, bytes(secret), bytes(ciphertext)), key);
  same("sender data nonce", await expandSenderDataNonce(suite, bytes(secret), bytes(ciphertext)), nonce);
  let tree = await createSecretTree(v.leaves.length, bytes(v.encryption_secret), suite.kdf);
  for (const [leafIndex, generations] of v.leaves.entries()) {
    for (const want of generations) {
      const sender = { leafIndex, generation: want.generation, reuseGuard: new Uint8Array(4) } as Parameters<
        typeof ratchetToGeneration
      >[1];
      const application = await ratchetToGeneration(tree, sender, "application", defaultKeyRetentionConfig, suite);
      same("application key", application.key, want.application_key);
      same("application nonce", application.nonce, want.application_nonce);
      const { newTree } = application;
      const handshake = await ratchetToGeneration(newTree, sender, "commit", defaultKeyRetentionConfig, suite);
      same("handshake key", handshake.key, want.handshake_key);
      same("handshake nonce", handshake.nonce, want.handshake_nonce);
      tree = handshake.newTree;
    }
  }
};

const messageProtection: Run = async (v, suite) => {
  const context = contextOf(v);
  const [senderData, publicKey] = [bytes(v.sender_data_secret), bytes(v.signature_pub)];
  const config = defaultKeyRetentionConfig;
  const tree = () => createSecretTree(2, bytes(v.encryption_secret), suite.kdf);
  const openPublic = async (text: string) => {
    const message = whole(decodeMlsMessage, text);
    if (message.wireformat !== "mls_public_message") throw new Error("not public");
    const { publicMessage } = message;
    return (await unprotectPublicMessage(bytes(v.membership_key), context, [], publicMessage, suite, publicKey)).content;
  };
  const openPrivate = async (text: string) => {
    const message = whole(decodeMlsMessage, text);
    if (message.wireformat !== "mls_private_message") throw new Error("not private");
    const { privateMessage } = message;
    const secrets = await tree();
    const opened = await unprotectPrivateMessage(senderData, privateMessage, secrets, [], context, config, suite, publicKey);
    return opened.content.content;
  };
  for (const content of [await openPublic(v.proposal_pub), await openPrivate(v.proposal_priv)]) {
    if (content.contentType !== "proposal") throw new Error("not a proposal");
    same("proposal", encode(proposalEncoder)(content.proposal), v.proposal);
  }
  for (const content of [await openPublic(v.commit_pub), await openPrivate(v.commit_priv)]) {
    if (content.contentType !== "commit") throw new Error("not a commit");
    same("commit", encode(commitEncoder)(content.commit), v.commit);
  }
  const content = await openPrivate(v.application_priv);
  if (content.contentType !== "application") throw new Error("not an application message");
  same("application", content.applicationData, v.application);
  const [seed, plain, none] = [bytes(v.signature_priv), bytes(v.application), new Uint8Array()];
  const padding = defaultPaddingConfig;
  const own = await protectApplicationData(seed, senderData, plain, none, context, await tree(), 1, padding, suite);
  const again = await unprotectPrivateMessage(
    senderData,
    own.privateMessage,
    await tree(),
    [],
    context,
    config,
    suite,
    publicKey,
  );
  const round = again.content.content;
  same("own application", round.contentType === "application" ? round.applicationData : none, v.application);
};

const transcriptHashes: Run = async (v, suite) => {
  const { content, auth, wireformat } = whole(decodeAuthenticatedContent, v.authenticated_content);
  if (content.contentType !== "commit" || auth.contentType !== "commit") throw new Error("not a commit");
  const { confirmationTag, signature } = auth;
  const after = bytes(v.confirmed_transcript_hash_after);
  holds("tag", await suite.hash.verifyMac(bytes(v.confirmation_key), confirmationTag, after));
  const input = { wireformat, content, signature };
  const confirmed = await createConfirmedHash(bytes(v.interim_transcript_hash_before), input, suite.hash);
  same("confirmed", confirmed, v.confirmed_transcript_hash_after);
  same("interim", await createInterimHash(after, confirmationTag, suite.hash), v.interim_transcript_hash_after);
};

const pskSecret: Run = async (v, suite) => {
  const psks = v.psks.map((psk: Vector) => [
    { psktype: "external", pskId: bytes(psk.psk_id), pskNonce: bytes(psk.psk_nonce) },
    bytes(psk.psk),
  ]);
  same("PSK secret", await computePskSecret(psks, suite), v.psk_secret);
};

const welcome: Run = async (v, suite) => {
  const message = whole(decodeMlsMessage, v.welcome);
  const kp = whole(decodeMlsMessage, v.key_package);
  if (message.wireformat !== "mls_welcome" || kp.wireformat !== "mls_key_package") throw new Error("wrong kind");
  const ref = await makeKeyPackageRef(kp.keyPackage, suite.hash);
  const key = await suite.hpke.importPrivateKey(bytes(v.init_priv));
  const secrets = await decryptGroupSecrets(key, ref, message.welcome, suite.hpke);
  const zeros = new Uint8Array(suite.kdf.size);
  const info = secrets && (await decryptGroupInfo(message.welcome, secrets.joinerSecret, zeros, suite));
  if (!secrets || !info) throw new Error("does not decrypt");
  holds("tag", await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, zeros, suite));
  holds("signature", await verifyGroupInfoSignature(info, bytes(v.signer_pub), suite.signature));
};

const anybody: ClientConfig = {
  keyRetentionConfig: defaultKeyRetentionConfig,
  lifetimeConfig: { ...defaultLifetimeConfig, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  paddingConfig: defaultPaddingConfig,
  authService: { validateCredential: async () => true },
};

async function step(state: ClientState, text: string, psks: Record<string, Uint8Array>, suite: CiphersuiteImpl) {
  const message = whole(decodeMlsMessage, text);
  const index = makePskIndex(state, psks);
  if (message.wireformat === "mls_public_message") {
    return (await processPublicMessage(state, message.publicMessage, index, suite, acceptAll)).newState;
  }
  if (message.wireformat !== "mls_private_message") throw new Error("not a handshake message");
  return (await processPrivateMessage(state, message.privateMessage, index, suite, acceptAll)).newState;
}

const passiveClient: Run = async (v, suite) => {
  const kp = whole(decodeMlsMessage, v.key_package);
  const message = whole(decodeMlsMessage, v.welcome);
  if (message.wireformat !== "mls_welcome" || kp.wireformat !== "mls_key_package") throw new Error("wrong kind");
  const keys = {
    hpkePrivateKey: bytes(v.encryption_priv),
    initPrivateKey: bytes(v.init_priv),
    signaturePrivateKey: bytes(v.signature_priv),
  };
  same("leaf key", await publicKeyOf(keys.hpkePrivateKey), toHex(kp.keyPackage.leafNode.hpkePublicKey));
  same("init key", await publicKeyOf(keys.initPrivateKey), toHex(kp.keyPackage.initKey));
  const psks: Record<string, Uint8Array> = {};
  for (const { psk_id: id, psk } of v.external_psks) psks[bytesToBase64(bytes(id))] = bytes(psk);
  const tree = v.ratchet_tree === null ? undefined : whole(decodeRatchetTree, v.ratchet_tree);
  const index = makePskIndex(undefined, psks);
  let state = await joinGroup(message.welcome, kp.keyPackage, keys, index, suite, tree, undefined, anybody);
  same("first authenticator", state.keySchedule.epochAuthenticator, v.initial_epoch_authenticator);
  for (const epoch of v.epochs) {
    for (const proposal of epoch.proposals) state = await step(state, proposal, psks, suite);
    state = await step(state, epoch.commit, psks, suite);
    same("authenticator", state.keySchedule.epochAuthenticator, epoch.epoch_authenticator);
  }
};

const runs: Record<string, Run> = {
  "crypto-basics": cryptoBasics,
  "key-schedule": keySchedule,
  "transcript-hashes": transcriptHashes,
  psk_secret: pskSecret,
  "tree-operations": treeOperations,
  "tree-validation": treeValidation,
  treekem,
  "secret-tree": secretTree,
  "message-protection": messageProtection,
  welcome,
  "passive-client-welcome": passiveClient,
  "passive-client-handling-commit": passiveClient,
  "passive-client-random": passiveClient,
};

async function runFile(path: string, run: Run, suite: CiphersuiteImpl): Promise<number> {
  const all = JSON.parse(readFileSync(path, "utf8")) as Vector[];
  const ours = all.filter((vector) => vector.cipher_suite === 1);
  const before = checks;
  let passed = 0;
  for (const [i, vector] of ours.entries()) {
    try {
      await run(vector, suite);
      passed++;
    } catch (error) {
      process.stdout.write(`  vector ${i}: ${String(error)}\n`);
    }
  }
  process.stdout.write(`${path}: ${passed}/${ours.length} of suite 1, ${checks - before} comparisons\n`);
  return ours.length === 0 ? 1 : ours.length - passed;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write("usage: node tests/vectors/official/run-official.ts <folder>\n");
  process.exit(2);
}
const suite = await createSuite();
let failures = 0;
for (const [name, run] of Object.entries(runs)) {
  const path = join(folder, `${name}.json`);
  if (existsSync(path)) failures += await runFile(path, run, suite);
  else {
    process.stdout.write(`${path}: missing\n`);
    failures++;
  }
}
process.stdout.write(failures === 0 ? `all passed, ${checks} comparisons\n` : `${failures} failed\n`);
process.exit(failures === 0 ? 0 : 1);

// The rest of what comes from outside: GroupInfos, application messages, and what is left to somebody who was removed.
import {
  createCommit,
  createGroupInfoWithExternalPub,
  createProposal,
  encodeGroupState,
  encodeMlsMessage,
  mlsExporter,
  processPublicMessage,
} from "ts-mls";
import { acceptAll, decodeMlsMessage, emptyPskIndex } from "ts-mls";
import { signGroupInfo } from "ts-mls/groupInfo.js";
import { decodeGroupState } from "ts-mls/clientState.js";
import { ratchetTreeEncoder } from "ts-mls/ratchetTree.js";
import { encode } from "ts-mls/codec/tlsEncoder.js";
import { describe, expect, test } from "vitest";
import { concat, toHex, utf8 } from "../../../codec/bytes.ts";
import { sign } from "../../../core/crypto/signature.ts";
import type { KeyPair } from "../../../core/crypto/signature.ts";
import {
  decryptApplication,
  encryptApplication,
  epochAuthenticator,
  epochOf,
  exportGroupInfo,
  joinGroup,
  membersOf,
  readGroupInfo,
} from "../../../core/mls/group.ts";
import type { Group } from "../../../core/mls/group.ts";
import { forgetEpochs, pastEpochsOf, undoCommit, wipeGroup } from "../../../core/mls/epoch.ts";
import { clientConfig, memberIdOf } from "../../../core/mls/profile.ts";
import { leaveText } from "../../../core/room/content.ts";
import { proveInvite } from "../../../core/room/invite.ts";
import { fateOf, refusedAt } from "../../support/hostile-room.ts";
import { libraryJoins } from "../../support/library.ts";
import {
  commitAs,
  enter,
  freshKeys,
  infoOf,
  leafOf,
  memberAt,
  mlsRoomOf,
  notesOf,
  receive,
} from "../../support/mls-room.ts";
import type { MlsRoom } from "../../support/mls-room.ts";
import { plainJoin, removeOf, rogueCommit, rogueJoin, rogueKeyPackage } from "../../support/rogue-member.ts";

type Tree = Group["state"]["ratchetTree"];

/** A GroupInfo as a hostile member signs it, with a tree of its choice. */
async function infoWithTree({ suite, state }: Group, change: (tree: Tree) => Tree, signer = 0): Promise<Uint8Array> {
  const plain = await createGroupInfoWithExternalPub(state, [], suite);
  const extensionData = encode(ratchetTreeEncoder)(change(state.ratchetTree));
  const extensions = [...plain.extensions, { extensionType: "ratchet_tree", extensionData } as const];
  const signed = { ...plain, extensions, signer };
  const groupInfo = await signGroupInfo(signed, state.signaturePrivateKey, suite.signature);
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo });
}

const withUnmerged =
  (leaf: number) =>
  (tree: Tree): Tree =>
    tree.map((node) =>
      node?.nodeType === "parent" ? { ...node, parent: { ...node.parent, unmergedLeaves: [leaf] } } : node,
    );

const unproven = (keys: KeyPair) => ({ leaf: leafOf(keys), notes: new Uint8Array() });

async function sealed(room: MlsRoom) {
  const { group } = memberAt(room, 1);
  return encryptApplication(group, utf8("hello"));
}

/** The proper join of somebody new. */
async function properJoin(room: MlsRoom) {
  const keys = await freshKeys();
  const proof = proveInvite(room.invite, room.groupId, keys.publicKey);
  const keyPackage = await rogueKeyPackage(room.suite, keys, { proof });
  return rogueJoin(room.suite, await infoOf(room), keys, { keyPackage, authenticatedData: notesOf(room) });
}

describe("a GroupInfo", () => {
  test.each([40, 2 ** 32 - 1])(
    "with unmerged leaf %d, which the library never returns from, is malformed",
    async (leaf) => {
      const room = await mlsRoomOf(4);
      const bytes = await infoWithTree(memberAt(room, 0).group, withUnmerged(leaf));
      expect(() => readGroupInfo(bytes)).toThrow(expect.objectContaining({ code: "malformed" }));
      expect(await libraryJoins(bytes, false)).toBe("hangs");
    },
  );

  test("with resync asked for and no old leaf never returns from the library, and joinGroup does not ask", async () => {
    const room = await mlsRoomOf(3);
    const bytes = await exportGroupInfo(memberAt(room, 0).group);
    expect(await libraryJoins(bytes, true)).toBe("hangs");
    const keys = await freshKeys();
    const { group } = await joinGroup(room.suite, readGroupInfo(bytes), keys, unproven(keys));
    expect(membersOf(group)).toHaveLength(4);
  });

  test.each<[string, (tree: Tree) => Tree]>([
    ["no node at all", () => []],
    ["a leaf that is blank", (tree) => tree.with(2, undefined)],
    ["two leaves swapped", (tree) => tree.with(2, tree[4]).with(4, tree[2])],
    ["a parent in a leaf's place", (tree) => tree.with(2, tree[1])],
    ["a leaf in a parent's place", (tree) => tree.with(1, tree[2])],
    ["the same leaf twice", (tree) => tree.with(4, tree[2])],
    ["leaf 3,000", (tree) => [...tree, ...Array.from<undefined>({ length: 5993 }), tree[0]]],
  ])("whose tree has %s is malformed", async (_, change) => {
    const room = await mlsRoomOf(4);
    const bytes = await infoWithTree(memberAt(room, 0).group, change);
    const keys = await freshKeys();
    const joining = async () => joinGroup(room.suite, readGroupInfo(bytes), keys, unproven(keys));
    await expect(joining()).rejects.toMatchObject({ name: "CoreError", code: "malformed" });
  });

  test("signed by somebody else or by nobody in the tree is malformed", async () => {
    const room = await mlsRoomOf(4);
    const keys = await freshKeys();
    for (const signer of [1, 40, 2 ** 32 - 1]) {
      const bytes = await infoWithTree(memberAt(room, 0).group, (tree) => tree, signer);
      const joining = joinGroup(room.suite, readGroupInfo(bytes), keys, unproven(keys));
      await expect(joining).rejects.toMatchObject({ code: "malformed" });
    }
  });

  test("whose group context has no, another, a second or a spoilt extension is refused", async () => {
    const room = await mlsRoomOf(2);
    const { suite, state } = memberAt(room, 0).group;
    const [ours] = state.groupContext.extensions;
    if (!ours) throw new Error("no extension");
    const { extensionData } = ours;
    const wrong = [
      [[], "malformed"],
      [[ours, ours], "malformed"],
      [[{ extensionType: 0xf0a2, extensionData }], "malformed"],
      [[{ ...ours, extensionData: extensionData.slice(1) }], "malformed"],
      [[{ ...ours, extensionData: extensionData.with(0, 2) }], "unsupported_version"],
    ] as const;
    for (const [extensions, code] of wrong) {
      const changed = { ...state, groupContext: { ...state.groupContext, extensions: [...extensions] } };
      const bytes = await exportGroupInfo({ suite, state: changed });
      expect(() => readGroupInfo(bytes)).toThrow(expect.objectContaining({ name: "CoreError", code }));
    }
  });

  test("without a tree, with a byte more or less, or of another kind is malformed", async () => {
    const room = await mlsRoomOf(2);
    const { group } = memberAt(room, 0);
    const bytes = await exportGroupInfo(group);
    const groupInfo = await createGroupInfoWithExternalPub(group.state, [], room.suite);
    const treeless = encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo });
    const { commit } = await encryptApplication(group, utf8("hello"));
    for (const bad of [treeless, concat(bytes, new Uint8Array(1)), bytes.slice(0, -1), new Uint8Array(), commit]) {
      expect(() => readGroupInfo(bad)).toThrow(expect.objectContaining({ code: "malformed" }));
    }
  });
});

describe("an application message", () => {
  test("opens once and leaves the old state as it was", async () => {
    const room = await mlsRoomOf(3);
    const { group } = memberAt(room, 2);
    const before = encodeGroupState(group.state);
    const { commit: bytes } = await sealed(room);
    const opened = await decryptApplication(group, bytes);
    expect(opened.plain).toEqual(utf8("hello"));
    expect(encodeGroupState(group.state)).toEqual(before);
    await expect(decryptApplication(opened.group, bytes)).rejects.toMatchObject({ code: "decrypt_failed" });
  });

  test("opens in any order within its epoch", async () => {
    const room = await mlsRoomOf(2);
    let { group: from } = memberAt(room, 1);
    let { group: to } = memberAt(room, 0);
    const all: Uint8Array[] = [];
    for (let i = 0; i < 60; i++) {
      const { group, commit } = await encryptApplication(from, utf8(`${i}`));
      from = group;
      all.push(commit);
    }
    const plains: string[] = [];
    for (const bytes of all.toReversed()) {
      const { group, plain } = await decryptApplication(to, bytes);
      to = group;
      plains.push(new TextDecoder().decode(plain));
    }
    expect(plains).toEqual(all.map((_, i) => `${59 - i}`));
  });

  test("of another group, of an epoch to come or of a forgotten one does not open", async () => {
    const [room, other] = [await mlsRoomOf(3), await mlsRoomOf(3)];
    const foreign = await sealed(other);
    const { group } = memberAt(room, 2);
    await expect(decryptApplication(group, foreign.commit)).rejects.toMatchObject({ code: "wrong_epoch" });
    const early = await sealed(room);
    await commitAs(room, memberAt(room, 0));
    const late = await sealed(room);
    await expect(decryptApplication(group, late.commit)).rejects.toMatchObject({ code: "wrong_epoch" });
    const now = memberAt(room, 2).group;
    expect((await decryptApplication(now, early.commit)).plain).toEqual(utf8("hello"));
    const forgetful = forgetEpochs(now, () => false);
    expect(pastEpochsOf(forgetful)).toEqual([]);
    await expect(decryptApplication(forgetful, early.commit)).rejects.toMatchObject({ code: "decrypt_failed" });
  });

  test("that is a commit or a proposal inside, or not private at all, is malformed", async () => {
    const room = await mlsRoomOf(3);
    const { state } = memberAt(room, 1).group;
    const { group } = memberAt(room, 2);
    const commit = await createCommit({ state, cipherSuite: room.suite }, {});
    const proposal = await createProposal(state, false, { proposalType: "remove", remove: { removed: 0 } }, room.suite);
    const openly = await rogueCommit(memberAt(room, 1).group);
    const messages = [encodeMlsMessage(commit.commit), encodeMlsMessage(proposal.message), openly, new Uint8Array(3)];
    for (const bytes of messages) {
      await expect(decryptApplication(group, bytes)).rejects.toMatchObject({ code: "malformed" });
    }
    const { commit: whole } = await sealed(room);
    for (const bytes of [whole.slice(0, -1), concat(whole, new Uint8Array(1))]) {
      await expect(decryptApplication(group, bytes)).rejects.toMatchObject({ code: "malformed" });
    }
  });
});

describe("a member that was removed", () => {
  test("has nothing in its whole state that opens the next epoch or yields its secrets", async () => {
    const room = await mlsRoomOf(5);
    const victim = memberAt(room, 2);
    const before = victim.group;
    const bytes = await commitAs(room, memberAt(room, 0), { leaves: [2] });
    const message = decodeMlsMessage(bytes, 0)?.[0];
    if (message?.wireformat !== "mls_public_message") throw new Error("not a commit");
    expect(message.publicMessage.content).toMatchObject({ commit: { path: { nodes: expect.any(Array) } } });
    const remaining = memberAt(room, 1);
    const secret = await encryptApplication(remaining.group, utf8("after the removal"));
    const saved = decodeGroupState(encodeGroupState(before.state), 0)?.[0];
    if (!saved) throw new Error("no state");
    const state = { ...saved, clientConfig };
    const processed = await processPublicMessage(state, message.publicMessage, emptyPskIndex, room.suite, acceptAll);
    const context = remaining.group.state.groupContext;
    const exporter = (of: Group["state"]) =>
      mlsExporter(of.keySchedule.exporterSecret, "test", new Uint8Array(), 32, room.suite);
    const theirs = toHex(await exporter(remaining.group.state));
    for (const left of [state, processed.newState]) {
      // Also when it claims to be in the epoch it was kept out of.
      for (const claimed of [left, { ...left, groupContext: context }]) {
        const group = { suite: room.suite, state: claimed };
        await expect(decryptApplication(group, secret.commit)).rejects.toMatchObject({ name: "CoreError" });
        expect(toHex(await exporter(claimed))).not.toBe(theirs);
      }
    }
    expect((await decryptApplication(memberAt(room, 4).group, secret.commit)).plain).toEqual(utf8("after the removal"));
  });

  test("cannot commit any more, and its leaf goes to the next who comes", async () => {
    const room = await mlsRoomOf(4);
    const victim = memberAt(room, 2).group;
    await commitAs(room, memberAt(room, 0), { leaves: [2] });
    room.members.splice(2, 1);
    const late = await rogueCommit(victim);
    expect(await fateOf(room, memberAt(room, 1).group, late)).toEqual(refusedAt("inspect"));
    const moved = await rogueCommit(victim, { context: { epoch: epochOf(memberAt(room, 1).group) } });
    expect(await fateOf(room, memberAt(room, 1).group, moved)).toEqual(refusedAt("inspect"));
    const newcomer = await enter(room);
    expect(newcomer.group.state.privatePath.leafIndex).toBe(2);
    const posing = await rogueCommit(victim, { context: { epoch: epochOf(memberAt(room, 1).group) } });
    expect((await fateOf(room, memberAt(room, 1).group, posing)).codes).toEqual(["commit_refused"]);
  });

  test("is told so by the commit when it said itself that it leaves", async () => {
    const room = await mlsRoomOf(4);
    const { keys, group } = memberAt(room, 2);
    const statement = await sign(keys.seed, leaveText(room.groupId, memberIdOf(keys.publicKey)));
    const bytes = await rogueCommit(memberAt(room, 3).group, {
      proposals: [removeOf(2)],
      authenticatedData: notesOf(room, [{ kind: "left", statement }]),
    });
    expect((await receive(group, room.state, bytes)).isRemoved).toBe(true);
    expect((await receive(memberAt(room, 1).group, room.state, bytes)).isRemoved).toBe(false);
  });
});

describe("an admission", () => {
  test("by an invite that is used up is refused", async () => {
    const room = await mlsRoomOf(3, { maxUses: 2 });
    expect(await fateOf(room, memberAt(room, 1).group, await properJoin(room))).toEqual(refusedAt("admit"));
  });

  test("to a full room is refused, and there is room again once somebody is gone", async () => {
    const room = await mlsRoomOf(3, { maxMembers: 3 });
    expect(await fateOf(room, memberAt(room, 1).group, await properJoin(room))).toEqual(refusedAt("admit"));
    await commitAs(room, memberAt(room, 0), { leaves: [2] });
    room.members.splice(2, 1);
    expect(membersOf((await enter(room)).group)).toHaveLength(3);
  });

  test("of a member that comes back needs no proof and no place", async () => {
    const room = await mlsRoomOf(3, { maxMembers: 3, maxUses: 2 });
    const { keys } = memberAt(room, 2);
    const { commit, group } = await joinGroup(room.suite, await infoOf(room), keys, {
      leaf: leafOf(keys),
      notes: notesOf(room),
    });
    const received = await receive(memberAt(room, 1).group, room.state, commit);
    expect(epochAuthenticator(received.group)).toEqual(epochAuthenticator(group));
    expect(membersOf(group)).toHaveLength(3);
    expect(received.state.seats).toHaveLength(3);
  });

  test("under a key in the tree whose leaf would stay is refused", async () => {
    const room = await mlsRoomOf(3);
    const bytes = await plainJoin(room.suite, await infoOf(room), memberAt(room, 2).keys, false);
    expect(await fateOf(room, memberAt(room, 1).group, bytes)).toEqual(refusedAt("inspect"));
  });
});

describe("letting go", () => {
  test("a commit undone brings the epoch back without the message keys used since", async () => {
    const room = await mlsRoomOf(2);
    const from = memberAt(room, 1).group;
    const before = memberAt(room, 0).group;
    const first = await encryptApplication(from, utf8("first"));
    const second = await encryptApplication(first.group, utf8("second"));
    const after = await receive(before, room.state, await rogueCommit(from, { authenticatedData: notesOf(room) }));
    const opened = await decryptApplication(after.group, first.commit);
    const undone = undoCommit(before, opened.group);
    expect(epochOf(undone)).toBe(epochOf(before));
    await expect(decryptApplication(undone, first.commit)).rejects.toMatchObject({ code: "decrypt_failed" });
    expect((await decryptApplication(undone, second.commit)).plain).toEqual(utf8("second"));
  });

  test("a wiped group holds only zeros where its secrets were", async () => {
    const room = await mlsRoomOf(3);
    await commitAs(room, memberAt(room, 0));
    const { state, suite } = memberAt(room, 1).group;
    const past = [...state.historicalReceiverData.values()];
    expect(past.length).toBeGreaterThan(0);
    wipeGroup({ suite, state });
    const { epochAuthenticator: shown, ...secrets } = state.keySchedule;
    const nodes = [...state.secretTree, ...past.flatMap(({ secretTree }) => secretTree)];
    const all = [
      ...Object.values(secrets),
      ...Object.values(state.privatePath.privateKeys),
      ...nodes.flatMap(({ application, handshake }) => [application.secret, handshake.secret]),
      ...past.flatMap(({ senderDataSecret, resumptionPsk }) => [senderDataSecret, resumptionPsk]),
      state.signaturePrivateKey,
    ];
    expect(shown.some((byte) => byte !== 0)).toBe(true);
    expect(all.filter((secret) => secret.some((byte) => byte !== 0))).toEqual([]);
  });
});

// What the MLS library lets through, or never comes back from, and our checks refuse. The word after each name is what ts-mls
// does alone today: when an upgrade changes it this test says so, and docs/decisions/0003 is due for another look. The last
// word is where a commit ends: before the library sees a byte, at the room's rules, or at the library's own checks.
import { createCommit, encodeMlsMessage, proposeAddExternal } from "ts-mls";
import type { Proposal } from "ts-mls";
import { describe, expect, test } from "vitest";
import { concat } from "../../../codec/bytes.ts";
import { exportGroupInfo } from "../../../core/mls/group.ts";
import {
  capabilities,
  encodeLeafData,
  GROUP_EXTENSION,
  LEAF_EXTENSION,
  memberIdOf,
} from "../../../core/mls/profile.ts";
import { deriveInvite, proveInvite } from "../../../core/room/invite.ts";
import {
  add,
  contextExtensions,
  custom,
  outcomeOf,
  hpkeKeyOf,
  join,
  pathKey,
  psk,
  refusedAt,
  reinit,
  rogue,
  room,
  smallOrder,
  update,
  withExtra,
} from "../../support/hostile-room.ts";
import type { HostileCase } from "../../support/hostile-room.ts";
import { freshKeys, infoOf, memberAt, notesOf } from "../../support/mls-room.ts";
import { pskId, removeOf, rogueJoin, rogueKeyPackage, rogueProposal } from "../../support/rogue-member.ts";

const noLeaf = { returnKey: new Uint8Array(32), relayKey: new Uint8Array(32), proof: undefined };
const relayOrder = { kind: "relay", key: new Uint8Array(32) } as const;

const joins: HostileCase[] = [
  ["a PSK", "accepted", "inspect", () => join({ proposals: withExtra(psk), psks: [pskId] })],
  ["a custom proposal", "accepted", "inspect", () => join({ proposals: withExtra(custom) })],
  ["a ReInit", "refused", "inspect", () => join({ proposals: withExtra(reinit()) })],
  ["GroupContextExtensions", "refused", "inspect", () => join({ proposals: withExtra(contextExtensions()) })],
  ["an Add", "refused", "inspect", async () => join({ proposals: withExtra(await add()) })],
  ["an Update", "refused", "inspect", () => join({ proposals: withExtra(update()) })],
  [
    "a proposal by reference",
    "refused",
    "inspect",
    () => join({ proposals: (init) => [init, { proposalOrRefType: "reference", reference: new Uint8Array(32) }] }),
  ],
  ["a second external_init", "refused", "inspect", () => join({ proposals: (init) => [init, init] })],
  ["no external_init", "refused", "inspect", () => join({ proposals: () => [] })],
  ["no path", "refused", "inspect", () => join({ path: false })],
  ["no notes", "accepted", "admit", () => join({ authenticatedData: new Uint8Array() })],
  ["an order", "accepted", "admit", () => join({ authenticatedData: notesOf(room, [], [relayOrder]) })],
  ["a reason", "accepted", "admit", () => join({ authenticatedData: notesOf(room, [{ kind: "kick" }]) })],
  ["a Remove of leaf 40", "hangs", "inspect", () => join({ proposals: (init) => [removeOf(40), init] })],
  ["a Remove of leaf 2^32 - 1", "hangs", "inspect", () => join({ proposals: (init) => [removeOf(2 ** 32 - 1), init] })],
  [
    "a Remove of somebody else",
    "accepted",
    "inspect",
    () => join({ proposals: (init) => [removeOf(2), init], replaced: 2 }),
  ],
  ["a Remove of a blank leaf", "accepted", "inspect", () => join({ proposals: (init) => [removeOf(6), init] })],
  [
    "two Removes",
    "refused",
    "inspect",
    () => join({ proposals: (init) => [removeOf(2), removeOf(3), init], replaced: 2 }),
  ],
  [
    "the key of a member whose leaf stays",
    "accepted",
    "inspect",
    async () => rogueJoin(room.suite, await infoOf(room), memberAt(room, 3).keys),
  ],
  [
    "the own old key and a Remove of somebody else",
    "accepted",
    "inspect",
    async () =>
      rogueJoin(room.suite, await infoOf(room), memberAt(room, 3).keys, {
        proposals: (init) => [removeOf(2), init],
        replaced: 2,
      }),
  ],
  [
    "the identity of somebody else",
    "refused",
    "inspect",
    () =>
      join({
        leaf: { credential: { credentialType: "basic", identity: memberIdOf(memberAt(room, 2).keys.publicKey) } },
      }),
  ],
  [
    "more capabilities",
    "accepted",
    "inspect",
    () => join({ leaf: { capabilities: { ...capabilities, proposals: [8] } } }),
  ],
  [
    "fewer capabilities",
    "accepted",
    "inspect",
    () => join({ leaf: { extensions: [], capabilities: { ...capabilities, extensions: [] } } }),
  ],
  [
    "another leaf extension",
    "accepted",
    "inspect",
    () =>
      join({
        leaf: {
          capabilities: { ...capabilities, extensions: [...capabilities.extensions, 0xf0a3] },
          extensions: [{ extensionType: 0xf0a3, extensionData: new Uint8Array() }],
        },
      }),
  ],
  [
    "a leaf proof under another type",
    "accepted",
    "inspect",
    () => {
      const extensionData = encodeLeafData(noLeaf);
      return join({ leaf: { extensions: [{ extensionType: GROUP_EXTENSION, extensionData }] } });
    },
  ],
  [
    "the own old key and Removes of its leaf and of somebody else's",
    "refused",
    "inspect",
    async () =>
      rogueJoin(room.suite, await infoOf(room), memberAt(room, 3).keys, {
        proposals: (init) => [removeOf(3), removeOf(2), init],
        replaced: 3,
      }),
  ],
  [
    "two leaf proofs",
    "accepted",
    "inspect",
    () => {
      const extensionData = encodeLeafData(noLeaf);
      const extension = { extensionType: LEAF_EXTENSION, extensionData };
      return join({ leaf: { extensions: [extension, extension] } });
    },
  ],
  [
    "a leaf proof with a byte too many",
    "accepted",
    "inspect",
    () =>
      join({
        leaf: {
          extensions: [
            { extensionType: LEAF_EXTENSION, extensionData: concat(encodeLeafData(noLeaf), new Uint8Array(1)) },
          ],
        },
      }),
  ],
  ["the leaf key of a member", "accepted", "inspect", () => join({ pathSuite: pathKey(2, () => hpkeKeyOf(4)) })],
  ["a parent's key in its leaf", "accepted", "inspect", () => join({ pathSuite: pathKey(2, () => hpkeKeyOf(1)) })],
  ["a leaf's key in its path", "accepted", "inspect", () => join({ pathSuite: pathKey(0, () => hpkeKeyOf(4)) })],
  ["a key of small order", "accepted", "inspect", () => join({ pathSuite: pathKey(2, smallOrder) })],
  ["nothing in its leaf", "accepted", "inspect", () => join({ leaf: { extensions: [] } })],
  [
    "no leaf proof",
    "accepted",
    "admit",
    () => join({ leaf: { extensions: [{ extensionType: LEAF_EXTENSION, extensionData: encodeLeafData(noLeaf) }] } }),
  ],
  [
    "a leaf proof for another key",
    "accepted",
    "admit",
    () => join({ leaf: { proof: proveInvite(room.invite, room.groupId, new Uint8Array(32)) } }),
  ],
  [
    "a leaf proof of an unknown invite",
    "accepted",
    "admit",
    async () => {
      const { publicKey } = await freshKeys();
      const unknown = await deriveInvite(new Uint8Array(32));
      return join({ leaf: { proof: proveInvite(unknown, room.groupId, publicKey) } });
    },
  ],
];

const proposalMessages: HostileCase[] = [
  [
    "an outsider's Add of itself",
    "accepted",
    "inspect",
    async () => {
      const { publicPackage, privatePackage } = await rogueKeyPackage(room.suite, await freshKeys());
      const { groupInfo } = await infoOf(room);
      return encodeMlsMessage(await proposeAddExternal(groupInfo, publicPackage, privatePackage, room.suite));
    },
  ],
  ["a member's Remove", "accepted", "inspect", () => rogueProposal(rogue, removeProposal, true)],
  ["a member's Remove in a private message", "refused", "inspect", () => rogueProposal(rogue, removeProposal, false)],
];
const removeProposal: Proposal = { proposalType: "remove", remove: { removed: 2 } };

const otherMessages: HostileCase[] = [
  [
    "a commit in a private message",
    "refused",
    "inspect",
    async () => {
      const { commit } = await createCommit({ state: rogue.state, cipherSuite: room.suite }, {});
      return encodeMlsMessage(commit);
    },
  ],
  [
    "a Welcome",
    "refused",
    "inspect",
    async () => {
      const context = { state: rogue.state, cipherSuite: room.suite };
      const { welcome } = await createCommit(context, { extraProposals: [await add()] });
      if (!welcome) throw new Error("no Welcome");
      return encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome });
    },
  ],
  [
    "a KeyPackage",
    "refused",
    "inspect",
    async () => {
      const { publicPackage } = await rogueKeyPackage(room.suite, await freshKeys());
      return encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage: publicPackage });
    },
  ],
  ["a GroupInfo", "refused", "inspect", () => exportGroupInfo(rogue)],
];

describe.each([
  ["an external commit with", joins],
  ["a proposal:", proposalMessages],
  ["where a commit is expected,", otherMessages],
])("%s", (_, cases) => {
  test.each(cases)("%s is refused (library: %s; ends at: %s)", async (...entry) => {
    const [, library, stage] = entry;
    expect(await outcomeOf(entry)).toEqual({ library, ...refusedAt(stage) });
  });
});

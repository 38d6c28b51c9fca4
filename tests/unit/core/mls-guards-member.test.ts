// What the MLS library lets through, or never comes back from, and our checks refuse. The word after each name is what ts-mls
// does alone today: when an upgrade changes it this test says so, and docs/decisions/0003 is due for another look. The last
// word is where a commit ends: before the library sees a byte, at the room's rules, or at the library's own checks.
import type { Proposal } from "ts-mls";
import { describe, expect, test } from "vitest";
import { concat } from "../../../codec/bytes.ts";
import { sign } from "../../../core/crypto/signature.ts";
import { capabilities, encodeLeafData, LEAF_EXTENSION, memberIdOf } from "../../../core/mls/profile.ts";
import { encodeNotes } from "../../../core/room/commit-notes.ts";
import { leaveText } from "../../../core/room/content.ts";
import {
  add,
  commit,
  contextExtensions,
  custom,
  edit,
  outcomeOf,
  flipped,
  hpkeKeyOf,
  pathKey,
  psk,
  refusedAt,
  reinit,
  room,
  smallOrder,
  update,
} from "../../support/hostile-room.ts";
import type { HostileCase } from "../../support/hostile-room.ts";
import { freshKeys, leafOf, memberAt } from "../../support/mls-room.ts";
import { proposalOf, removeOf } from "../../support/rogue-member.ts";

const properUpdate = () => commit();

const commits: HostileCase[] = [
  ["a PSK", "accepted", "inspect", () => commit({ proposals: [proposalOf(psk)] })],
  ["a custom proposal", "accepted", "inspect", () => commit({ proposals: [proposalOf(custom)] })],
  ["a ReInit", "accepted", "inspect", () => commit({ proposals: [proposalOf(reinit())], path: false })],
  [
    "GroupContextExtensions and no path",
    "accepted",
    "inspect",
    () => commit({ proposals: [proposalOf(contextExtensions())], path: false }),
  ],
  ["an Add", "accepted", "inspect", async () => commit({ proposals: [proposalOf(await add())], path: false })],
  ["an Update", "refused", "inspect", () => commit({ proposals: [proposalOf(update())], isUnapplied: true })],
  [
    "an external_init",
    "refused",
    "inspect",
    () => {
      const init: Proposal = { proposalType: "external_init", externalInit: { kemOutput: hpkeKeyOf(0) } };
      return commit({ proposals: [proposalOf(init)], isUnapplied: true });
    },
  ],
  ["no path", "refused", "inspect", () => commit({ path: false })],
  ["a Remove and no path", "refused", "inspect", () => commit({ proposals: [removeOf(2)], path: false })],
  ["a Remove of itself", "refused", "inspect", () => commit({ proposals: [removeOf(3)], isUnapplied: true })],
  [
    "the same Remove twice",
    "refused",
    "inspect",
    () => commit({ proposals: [removeOf(2), removeOf(2)], isUnapplied: true }),
  ],
  ["a Remove of leaf 40", "refused", "inspect", () => commit({ proposals: [removeOf(40)], isUnapplied: true })],
  [
    "another signature key",
    "accepted",
    "inspect",
    async () => {
      const { publicKey, seed } = await freshKeys();
      const credential = { credentialType: "basic", identity: memberIdOf(publicKey) } as const;
      return commit({
        signer: seed,
        leaf: (leaf) => ({ ...leaf, signaturePublicKey: publicKey, credential }),
      });
    },
  ],
  [
    "another identity",
    "refused",
    "inspect",
    () =>
      commit({
        leaf: (leaf) => ({ ...leaf, credential: { credentialType: "basic", identity: new Uint8Array(16) } }),
      }),
  ],
  [
    "other capabilities",
    "accepted",
    "inspect",
    () => commit({ leaf: (leaf) => ({ ...leaf, capabilities: { ...capabilities, proposals: [8] } }) }),
  ],
  ["the leaf key of a member", "accepted", "inspect", () => commit({ pathSuite: pathKey(3, () => hpkeKeyOf(4)) })],
  ["its old leaf key", "refused", "inspect", () => commit({ pathSuite: pathKey(3, () => hpkeKeyOf(6)) })],
  ["a leaf's key in its path", "accepted", "inspect", () => commit({ pathSuite: pathKey(0, () => hpkeKeyOf(4)) })],
  ["a key of small order", "accepted", "inspect", () => commit({ pathSuite: pathKey(3, smallOrder) })],
  ["an empty key", "accepted", "inspect", () => commit({ pathSuite: pathKey(3, () => new Uint8Array()) })],
  ["a key of 30 kB", "accepted", "inspect", () => commit({ pathSuite: pathKey(3, () => new Uint8Array(30_000)) })],
  [
    "a key that does not follow from the secret",
    "accepted",
    "apply",
    () => commit({ pathSuite: pathKey(2, () => Uint8Array.of(9, ...new Uint8Array(31))) }),
  ],
  ["a Remove by somebody who is not the owner", "accepted", "admit", () => commit({ proposals: [removeOf(2)] })],
  ["a Remove of the owner", "accepted", "admit", () => commit({ proposals: [removeOf(0)] })],
  ["a Remove of the receiver", "accepted", "admit", () => commit({ proposals: [removeOf(1)] })],
  [
    "the leave statement of another member",
    "accepted",
    "admit",
    async () => {
      const { keys } = memberAt(room, 4);
      const statement = await sign(keys.seed, leaveText(room.groupId, memberIdOf(keys.publicKey)));
      return commit({ proposals: [removeOf(2)], reasons: [{ kind: "left", statement }] });
    },
  ],
  [
    "a forged leave statement",
    "accepted",
    "admit",
    async () => {
      const text = leaveText(room.groupId, memberIdOf(memberAt(room, 2).keys.publicKey));
      const statement = await sign(memberAt(room, 3).keys.seed, text);
      return commit({ proposals: [removeOf(2)], reasons: [{ kind: "left", statement }] });
    },
  ],
  [
    "one leave statement for two Removes",
    "accepted",
    "admit",
    async () => {
      const { keys } = memberAt(room, 2);
      const statement = await sign(keys.seed, leaveText(room.groupId, memberIdOf(keys.publicKey)));
      return commit({ proposals: [removeOf(2), removeOf(4)], reasons: [{ kind: "left", statement }] });
    },
  ],
  ["a reason and no Remove", "accepted", "admit", () => commit({ reasons: [{ kind: "kick" }] })],
  ["no notes", "accepted", "admit", () => commit({ authenticatedData: new Uint8Array() })],
  [
    "notes on another state of the room",
    "accepted",
    "admit",
    () => commit({ authenticatedData: encodeNotes({ base: new Uint8Array(32), reasons: [], orders: [] }) }),
  ],
  [
    "a receipt of silence by nobody",
    "accepted",
    "admit",
    () => commit({ proposals: [removeOf(2)], reasons: [{ kind: "gone", receipt: new Uint8Array(64) }] }),
  ],
  [
    "other keys in its leaf",
    "accepted",
    "inspect",
    async () => {
      const extensionData = encodeLeafData(leafOf(await freshKeys()));
      return commit({
        leaf: (leaf) => ({ ...leaf, extensions: [{ extensionType: LEAF_EXTENSION, extensionData }] }),
      });
    },
  ],
  ["the id of another group", "refused", "inspect", () => commit({ context: { groupId: new Uint8Array(16) } })],
  ["an epoch that is over", "refused", "inspect", () => commit({ context: { epoch: 3n } })],
  ["an epoch to come", "refused", "inspect", () => commit({ context: { epoch: 5n } })],
  [
    "an external sender",
    "refused",
    "inspect",
    async () =>
      edit(await properUpdate(), ({ content }) => {
        const sender = { senderType: "external", senderIndex: 0 };
        return { senderType: "external", content: { ...content, sender } };
      }),
  ],
  [
    "a sender outside the tree",
    "refused",
    "inspect",
    async () =>
      edit(await properUpdate(), ({ content }) => {
        const sender = { senderType: "member", leafIndex: 2 ** 32 - 1 };
        return { content: { ...content, sender } };
      }),
  ],
  [
    "the sender changed",
    "refused",
    "inspect",
    async () =>
      edit(await properUpdate(), ({ content }) => {
        const sender = { senderType: "member", leafIndex: 2 };
        return { content: { ...content, sender } };
      }),
  ],
  [
    "a changed signature",
    "refused",
    "apply",
    async () => edit(await properUpdate(), ({ auth }) => ({ auth: { ...auth, signature: flipped(auth.signature) } })),
  ],
  [
    "a changed membership tag",
    "refused",
    "apply",
    async () =>
      edit(await properUpdate(), (message) =>
        message.senderType === "member" ? { membershipTag: flipped(message.membershipTag) } : {},
      ),
  ],
  ["a byte too many", "accepted", "inspect", async () => concat(await properUpdate(), new Uint8Array(1))],
  ["a byte too few", "refused", "inspect", async () => (await properUpdate()).slice(0, -1)],
  ["nothing at all", "refused", "inspect", () => new Uint8Array()],
];

describe.each([["a member's commit with", commits]])("%s", (_, cases) => {
  test.each(cases)("%s is refused (library: %s; ends at: %s)", async (...entry) => {
    const [, library, stage] = entry;
    expect(await outcomeOf(entry)).toEqual({ library, ...refusedAt(stage) });
  });
});

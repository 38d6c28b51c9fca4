// room-state.json: a room's record and handle, its state with everything an owner can have changed, the notes of commits, and
// the byte strings that relay and members sign.
import { concat, toHex } from "../../codec/bytes.ts";
import { encode } from "../../codec/codec.ts";
import { delegationText, goneText, handleText, ownerText, roomRecord } from "../../codec/signing.ts";
import { keyPairFromSeed, sign } from "../../core/crypto/signature.ts";
import type { KeyPair } from "../../core/crypto/signature.ts";
import { memberIdOf } from "../../core/mls/profile.ts";
import { approvalText, delegateText, encodeNotes, handoverText, rulesText } from "../../core/room/commit-notes.ts";
import type { Order, Reason } from "../../core/room/commit-notes.ts";
import { signInvite } from "../../core/room/invite.ts";
import { handleOf, policyDigest, recordOf, signPolicy } from "../../core/room/policy.ts";
import type { Policy } from "../../core/room/policy.ts";
import { encodeShared, genesisState, stateDigest } from "../../core/room/room-state.ts";
import type { RoomState } from "../../core/room/room-state.ts";
import { count, flip, write } from "./write.ts";

const groupId = count(16, 96);

interface People {
  readonly owner: KeyPair;
  readonly relayOwner: KeyPair;
  readonly next: KeyPair;
  readonly helper: KeyPair;
}

async function stateOf({ owner, relayOwner, next, helper }: People): Promise<RoomState> {
  const policy: Policy = {
    version: 1,
    groupId,
    name: "Lantern 42",
    lifeS: 3600,
    maxMembers: 50,
    ownerKey: owner.publicKey,
    relayOwnerKey: relayOwner.publicKey,
    salt: count(16, 200),
  };
  const signedPolicy = await signPolicy(policy, owner.seed);
  const terms = { inviteId: count(16, 1), macKey: count(32, 2), maxUses: 3, flags: 2, issuer: owner.publicKey };
  const invite = { ...(await signInvite(groupId, terms, owner.seed)), used: 1 };
  const creator = memberIdOf(owner.publicKey);
  const state = genesisState({ signedPolicy, policy, invites: [invite], creator, seat: count(16, 3) });
  const heir = { memberKey: next.publicKey, relayKey: count(32, 4) };
  const handover = {
    ...heir,
    counter: 12,
    relaySignature: count(64, 5),
    signature: await sign(owner.seed, handoverText(groupId, heir)),
  };
  const named = { memberKey: helper.publicKey, relayKey: count(32, 6), issued: 23, token: count(64, 7) };
  const rules = { serial: 2, maxMembers: 20, isLocked: true };
  return {
    ...state,
    owner: { ...heir, handovers: [handover] },
    rules,
    signedRules: { rules, signature: await sign(next.seed, rulesText(groupId, rules)) },
    delegates: [{ ...named, signature: await sign(next.seed, delegateText(groupId, named)) }],
    relayKey: count(32, 8),
    generation: 2,
    seats: [...state.seats, { memberId: memberIdOf(helper.publicKey), seat: count(16, 9), isReadOnly: true }],
    absent: [{ memberKey: count(32, 10), returnKey: count(32, 11), isReadOnly: false }],
  };
}

function notesOf(state: RoomState) {
  const [invite] = state.invites;
  const [handover] = state.owner.handovers;
  const [delegate] = state.delegates;
  const { signedRules } = state;
  if (!invite || !handover || !delegate || !signedRules) throw new Error("the state is not complete");
  const { signature, used: _, ...terms } = invite;
  const base = stateDigest(state);
  const reasons: Reason[] = [
    { kind: "kick" },
    { kind: "left", statement: count(64, 12) },
    { kind: "gone", receipt: count(64, 13) },
  ];
  const orders: Order[] = [
    { kind: "rules", ...signedRules },
    { kind: "invite", terms, signature },
    { kind: "revoke", inviteId: count(16, 14) },
    { kind: "handover", ...handover },
    { kind: "delegate", ...delegate },
    { kind: "undelegate", memberKey: count(32, 15) },
    { kind: "relay", key: count(32, 16) },
    { kind: "forget", memberKey: count(32, 17) },
  ];
  const valid = [
    { what: "an update", notes: encodeNotes({ base, reasons: [], orders: [] }) },
    { what: "every reason", notes: encodeNotes({ base, reasons, orders: [] }) },
    ...orders.map((order) => ({
      what: `the order ${order.kind}`,
      notes: encodeNotes({ base, reasons: [], orders: [order] }),
    })),
  ];
  const whole = encodeNotes({ base, reasons, orders });
  const refused = [
    { why: "nothing", notes: new Uint8Array() },
    { why: "another version", notes: whole.with(0, 2) },
    { why: "cut short", notes: whole.slice(0, -1) },
    { why: "a byte too many", notes: concat(whole, count(1, 0)) },
    { why: "an unknown reason", notes: whole.with(1 + 32 + 2, 4) },
    { why: "more reasons than members", notes: whole.with(1 + 32, 1) },
  ];
  const inHex = <T extends { notes: Uint8Array }>(all: T[]) =>
    all.map((entry) => ({ ...entry, notes: toHex(entry.notes) }));
  return { notes: inHex(valid), refusedNotes: inHex(refused) };
}

export async function roomStateVectors(): Promise<void> {
  const [owner, relayOwner] = [await keyPairFromSeed(count(32, 0)), await keyPairFromSeed(count(32, 32))];
  const [next, helper] = [await keyPairFromSeed(count(32, 64)), await keyPairFromSeed(count(32, 96))];
  const state = await stateOf({ owner, relayOwner, next, helper });
  const shared = encodeShared(new Uint8Array(), state);
  const record = recordOf(state.policy);
  const signatureAt = shared.length - 1 - 2 - 65 - 2 - 2 * 33 - 4 - 33;
  write("room-state", "A room's record, state and notes, and what is signed around them", {
    groupId: toHex(groupId),
    ownerKey: toHex(owner.publicKey),
    policyDigest: toHex(policyDigest(state.signedPolicy)),
    record: toHex(encode(roomRecord, record)),
    handleText: toHex(handleText(record)),
    handle: toHex(handleOf(state.policy)),
    shared: toHex(shared),
    digest: toHex(stateDigest(state)),
    refusedStates: [
      { why: "a changed signature of a delegate", shared: toHex(flip(shared, signatureAt)), code: "bad_signature" },
      { why: "cut short", shared: toHex(shared.slice(0, -1)), code: "malformed" },
    ],
    ...notesOf(state),
    texts: {
      rules: toHex(rulesText(groupId, state.rules)),
      approval: toHex(approvalText(groupId, count(16, 18), count(32, 19))),
      gone: toHex(goneText(handleOf(state.policy), count(16, 20))),
      delegation: toHex(delegationText(handleOf(state.policy), count(32, 21), 23)),
      owner: toHex(ownerText(handleOf(state.policy), 22, "room:lock", Uint8Array.of(1))),
    },
  });
}

// Letting go of past epochs: the library drops them without wiping and never by age, so both are done here.
import type { ClientState } from "ts-mls";
import { allSecretTreeValues } from "ts-mls/secretTree.js";
import { zeroize } from "../../codec/bytes.ts";
import type { Group } from "./group.ts";

type PastEpoch = ClientState["historicalReceiverData"] extends Map<bigint, infer T> ? T : never;

function secretsOf(tree: PastEpoch["secretTree"]): Uint8Array[] {
  // The library's list begins with holes.
  return allSecretTreeValues(tree).filter((secret): secret is Uint8Array => secret !== undefined);
}

function wipe(past: PastEpoch): void {
  zeroize(...secretsOf(past.secretTree), past.senderDataSecret, past.resumptionPsk);
}

export function pastEpochsOf(group: Group): readonly bigint[] {
  return [...group.state.historicalReceiverData.keys()];
}

/** Wipes the secrets of all past epochs that `keep` does not name. */
export function forgetEpochs(group: Group, keep: (epoch: bigint) => boolean): Group {
  const kept = new Map<bigint, PastEpoch>();
  for (const [epoch, past] of group.state.historicalReceiverData) {
    if (keep(epoch)) kept.set(epoch, past);
    else wipe(past);
  }
  return { ...group, state: { ...group.state, historicalReceiverData: kept } };
}

/**
 * The group as it was before the last commit, with the message keys that have been used since then gone. `before` is the
 * state that was kept; the ratchets of its epoch have moved on inside `after`.
 */
export function undoCommit(before: Group, after: Group): Group {
  const epoch = before.state.groupContext.epoch;
  const past = after.state.historicalReceiverData.get(epoch);
  const historicalReceiverData = new Map(after.state.historicalReceiverData);
  historicalReceiverData.delete(epoch);
  return {
    ...before,
    state: { ...before.state, historicalReceiverData, secretTree: past?.secretTree ?? before.state.secretTree },
  };
}

/** Overwrites every secret a group holds. The group is of no use afterwards. */
export function wipeGroup(group: Group): void {
  forgetEpochs(group, () => false);
  const { state } = group;
  const { keySchedule } = state;
  zeroize(
    ...secretsOf(state.secretTree),
    ...Object.values(state.privatePath.privateKeys),
    keySchedule.senderDataSecret,
    keySchedule.exporterSecret,
    keySchedule.externalSecret,
    keySchedule.confirmationKey,
    keySchedule.membershipKey,
    keySchedule.resumptionPsk,
    keySchedule.initSecret,
    state.signaturePrivateKey,
  );
}

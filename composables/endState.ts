// Which terminal screen stands for a fault or the end of a room. Pure.
import type { EndReason, EngineFault } from "../bridge/contract.ts";

export type EndState =
  | "expired"
  | "destroyed"
  | "emptied"
  | "left"
  | "removed"
  | "badLink"
  | "usedLink"
  | "notAdmitted"
  | "gone"
  | "full"
  | "locked"
  | "relayDown"
  | "relayForeign"
  | "unverified"
  | "version"
  | "denied"
  | "failed";

/** What the one button of a terminal screen does. */
export type EndAction = "create" | "retry" | "paste" | "home";

const byFault: Partial<Record<EngineFault, EndState>> = {
  link_malformed: "badLink",
  link_unsupported_version: "version",
  relay_unreachable: "relayDown",
  timed_out: "relayDown",
  relay_malformed: "badLink",
  relay_not_compatible: "relayForeign",
  not_admitted: "notAdmitted",
  room_ended: "gone",
  room_full: "full",
  room_locked: "locked",
  room_unverified: "unverified",
  knock_denied: "denied",
};

/** Nothing when the fault concerns one field or one moment, and the form can stay. */
export function endStateOfFault(fault: EngineFault | "link_used"): EndState | undefined {
  return fault === "link_used" ? "usedLink" : byFault[fault];
}

export function endStateOfRoom(end: { reason: EndReason; fault: EngineFault | undefined }): EndState {
  if (end.reason !== "failed") return end.reason;
  return (end.fault === undefined ? undefined : byFault[end.fault]) ?? "failed";
}

const actions: Record<EndState, EndAction> = {
  expired: "create",
  destroyed: "create",
  emptied: "create",
  full: "retry",
  locked: "retry",
  relayDown: "retry",
  badLink: "paste",
  usedLink: "paste",
  notAdmitted: "paste",
  gone: "paste",
  relayForeign: "paste",
  unverified: "paste",
  left: "home",
  removed: "home",
  version: "home",
  denied: "home",
  failed: "home",
};

export function endActionOf(state: EndState): EndAction {
  return actions[state];
}

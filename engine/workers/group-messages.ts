// What engine and group worker say to each other: calls by number, results or fault codes. Both ends are ours, but a worker
// is another realm, so what arrives is still looked at before it is used.
import { groupMethods } from "./group-contract.ts";
import type { GroupMethod } from "./group-contract.ts";

export interface GroupCall {
  readonly id: number;
  readonly method: GroupMethod;
  readonly args: readonly unknown[];
}

export type GroupReply =
  | { readonly id: number; readonly value: unknown }
  /** `fault` is a CoreFault, or `internal` for anything else. */
  | { readonly id: number; readonly fault: string };

export function isGroupCall(value: unknown): value is GroupCall {
  if (typeof value !== "object" || value === null) return false;
  const { id, method, args } = value as Record<string, unknown>;
  return typeof id === "number" && Array.isArray(args) && (groupMethods as readonly unknown[]).includes(method);
}

export function isGroupReply(value: unknown): value is GroupReply {
  if (typeof value !== "object" || value === null) return false;
  return typeof (value as Record<string, unknown>)["id"] === "number" && ("value" in value || "fault" in value);
}

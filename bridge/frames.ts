// The frames of the bridge: a closed union, decoded at run time by both ends. A frame that is not exactly one of these is
// `undefined`, and its sender loses the connection.
import { commandNames, engineFaults } from "./contract.ts";
import type { CommandName, EngineEvent, EngineFault, EngineSnapshot } from "./contract.ts";
import { isPlainObject } from "./decode.ts";
import type { PlainObject } from "./decode.ts";

/** The name of the runtime port between a view and the engine. */
export const ENGINE_PORT = "engine";

/** From a view: run a command. `id` is never used twice on one connection. */
export interface CallFrame {
  readonly kind: "call";
  readonly id: number;
  readonly name: string;
  readonly options: unknown;
}

/** From the engine: answers, then first one snapshot and after it events with consecutive numbers from `seq + 1` on. */
export type HostFrame =
  | { readonly kind: "ok"; readonly id: number; readonly value: unknown }
  | { readonly kind: "fault"; readonly id: number; readonly code: EngineFault }
  | { readonly kind: "snapshot"; readonly seq: number; readonly snapshot: EngineSnapshot }
  | { readonly kind: "event"; readonly seq: number; readonly event: EngineEvent };

export function decodeCallFrame(value: unknown): CallFrame | undefined {
  if (!isPlainObject(value) || value["kind"] !== "call") return undefined;
  const { id, name, options } = value;
  return isCount(id) && typeof name === "string" ? { kind: "call", id, name, options } : undefined;
}

export function isCommandName(name: string): name is CommandName {
  return commandNames.some((one) => one === name);
}

export function decodeHostFrame(value: unknown): HostFrame | undefined {
  if (!isPlainObject(value)) return undefined;
  switch (value["kind"]) {
    case "ok":
      return isCount(value["id"]) ? { kind: "ok", id: value["id"], value: value["value"] } : undefined;
    case "fault":
      return decodeFault(value);
    case "snapshot":
      return isCount(value["seq"]) && isSnapshot(value["snapshot"])
        ? { kind: "snapshot", seq: value["seq"], snapshot: value["snapshot"] }
        : undefined;
    case "event":
      return isCount(value["seq"]) && isEvent(value["event"])
        ? { kind: "event", seq: value["seq"], event: value["event"] }
        : undefined;
    default:
      return undefined;
  }
}

function decodeFault({ id, code }: PlainObject): HostFrame | undefined {
  const known = engineFaults.find((one) => one === code);
  return isCount(id) && known !== undefined ? { kind: "fault", id, code: known } : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isRoom(value: unknown): boolean {
  return isPlainObject(value) && typeof value["id"] === "string" && Array.isArray(value["members"]);
}

function isRoomView(value: unknown): boolean {
  return isPlainObject(value) && isRoom(value["room"]) && Array.isArray(value["timeline"]);
}

function isSettings(value: unknown): boolean {
  return isPlainObject(value) && typeof value["relay"] === "string";
}

function isSnapshot(value: unknown): value is EngineSnapshot {
  if (!isPlainObject(value) || !isSettings(value["settings"])) return false;
  return Array.isArray(value["rooms"]) && value["rooms"].every(isRoomView);
}

function isEvent(value: unknown): value is EngineEvent {
  if (!isPlainObject(value)) return false;
  switch (value["kind"]) {
    case "room":
      return isRoom(value["room"]);
    case "room-gone":
      return typeof value["id"] === "string";
    case "timeline":
      return typeof value["id"] === "string" && Array.isArray(value["items"]) && Array.isArray(value["order"]);
    case "settings":
      return isSettings(value["settings"]);
    default:
      return false;
  }
}

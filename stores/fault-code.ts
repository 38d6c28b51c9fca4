// The code of whatever a command was rejected with.
import type { EngineFault } from "../bridge/contract.ts";
import { EngineError } from "../bridge/fault.ts";

export function faultCode(error: unknown): EngineFault {
  return error instanceof EngineError ? error.code : "internal";
}

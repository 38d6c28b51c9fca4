// The one error that crosses the bridge: a closed code, never a text, a stack or a value.
import type { EngineFault } from "./contract.ts";

export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineFault;
  constructor(code: EngineFault, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

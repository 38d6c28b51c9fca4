// Settings that come from the disk or in a message: of the right form, or none.
import type { Settings } from "../bridge/contract.ts";
import { decodeOptions } from "../bridge/options.ts";

export function decodeSettings(value: unknown): Settings | undefined {
  try {
    return decodeOptions("saveSettings", value);
  } catch {
    return undefined;
  }
}

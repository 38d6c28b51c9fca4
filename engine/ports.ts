// What the engine needs from outside. Composition roots (extension entrypoints, tests/support) hand these in, so that the
// same engine runs in an offscreen document, an event page and Node.
import type { Settings } from "../bridge/contract.ts";
import type { GroupHost } from "./workers/group-contract.ts";

export interface Clock {
  /** Wall clock in milliseconds, for what people see. */
  wallMs(): number;
  /** Never jumps, for expiry and delays. */
  monotonicMs(): number;
  /** Calls back once; returns the function that cancels it. Accepts delays beyond 24.8 days. */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** Memory that outlives the engine but not the browser: storage.session. Text only. */
export interface SessionVault {
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
}

export interface SettingsStore {
  load(): Promise<Settings | undefined>;
  save(settings: Settings): Promise<void>;
}

export interface EnginePorts {
  readonly clock: Clock;
  readonly vault: SessionVault;
  readonly settings: SettingsStore;
  /** Relay of the build, used until the person chooses another; empty when the build has none. */
  readonly defaultRelay: string;
  /** Called with true while at least one room is open. */
  keepAlive(on: boolean): void;
  /** Where group operations run: a module worker in the extension, the same thread in Node. */
  openGroupHost(): GroupHost;
  /** Random number in [0, 1) for jitter only. */
  jitter(): number;
}

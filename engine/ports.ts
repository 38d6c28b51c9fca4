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

/** One connection to a relay; what a Socket.IO client offers of it. Its timers and retries are nobody's: ours are used. */
export interface RelaySocket {
  readonly connected: boolean;
  /** Tells by `connect` or `connect_error` how it went, if it ever becomes known. */
  connect(): unknown;
  disconnect(): unknown;
  /** The answer comes once, or never. */
  emit(name: string, payload: Uint8Array, answered: (reply: unknown) => void): unknown;
  /** Drops what cannot leave at once. */
  readonly volatile: { emit(name: string, payload: Uint8Array): unknown };
  on(event: string, listener: (value: unknown) => void): unknown;
  once(event: string, listener: (value: unknown) => void): unknown;
  /** Without arguments it lets go of every listener. */
  off(event?: string, listener?: (value: unknown) => void): unknown;
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
  /** A socket that is not connected yet. */
  openRelaySocket(origin: string): RelaySocket;
  /** Random number in [0, 1) for jitter only. */
  jitter(): number;
}

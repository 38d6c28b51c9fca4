// What a handler gives back: a decision of the store, or the word to come back later.
import type { Decision } from "../store/room-store.ts";

export type Handled<T extends object> =
  | Decision<T>
  | { readonly ok: false; readonly code: "rate_limited"; readonly retryAfterMs: number };

// Whether this relay can take new people, for whoever spreads connections over several relays.

/** `no_store`: the store cannot be reached, so nobody can enter a room; whoever is inside stays. */
export type Readiness = "ready" | "draining" | "no_store";

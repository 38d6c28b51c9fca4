// The contract between the engine and the place where keys live. Filled in with the core; every value can be cloned.

export interface GroupHost {
  close(): void;
}

// The closed list of codes a relay answers with. The order is part of the protocol: append only.

export const relayCodes = [
  "malformed",
  "too_large",
  "rate_limited",
  "not_admitted",
  "stale_epoch",
  "locked",
  "full",
  "expired",
  "unsupported_version",
  "try_later",
  "read_only",
] as const;

export type RelayCode = (typeof relayCodes)[number];

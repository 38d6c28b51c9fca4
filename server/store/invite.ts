// An invite as a store keeps it: what its maker registered, and how much of it is left.
import type { InviteRecord } from "../../wire/events.ts";
import type { InviteKey, RoomKey } from "./keys.ts";

export interface Invite {
  readonly key: InviteKey;
  readonly room: RoomKey;
  readonly record: InviteRecord;
  usesLeft: number;
  readonly expiresAtMs: number;
}

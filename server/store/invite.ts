// An invite as a store keeps it: what its maker registered, and how much of it is left.
import type { InviteRecord } from "../../wire/events.ts";
import { inviteKey } from "./keys.ts";
import type { InviteKey, RoomKey } from "./keys.ts";

/** What the bits of an invite's flags mean; bit 0, the password, is between the people. */
const ASK_FIRST = 0b010;
const READ_ONLY = 0b100;
const KNOWN_FLAGS = 0b111;

export interface Invite {
  readonly key: InviteKey;
  readonly room: RoomKey;
  record: InviteRecord;
  usesLeft: number;
  readonly expiresAtMs: number;
  /** A rollback gives a use back, but not to an invite that somebody revoked. */
  isRevoked: boolean;
  /** Proofs that failed since it was made, and how many of them the seats have been told of, when. */
  failures: number;
  failuresTold: number;
  failuresToldAtMs: number;
}

interface Home {
  readonly key: RoomKey;
  readonly expiresAtMs: number;
}

export function openInvite(room: Home, record: InviteRecord, nowMs: number): Invite {
  return {
    key: inviteKey(record.inviteId),
    room: room.key,
    record,
    usesLeft: record.uses === 0 ? Infinity : record.uses,
    expiresAtMs: Math.min(room.expiresAtMs, nowMs + record.lifeS * 1000),
    isRevoked: false,
    failures: 0,
    failuresTold: 0,
    failuresToldAtMs: -Infinity,
  };
}

export function isValidInvite({ lifeS, flags }: InviteRecord): boolean {
  return lifeS > 0 && (flags & ~KNOWN_FLAGS) === 0;
}

export function asksFirst({ record }: Invite): boolean {
  return (record.flags & ASK_FIRST) !== 0;
}

export function isReadOnly({ record }: Invite): boolean {
  return (record.flags & READ_ONLY) !== 0;
}

// Sizes, counts and times that relay and client agree on: one source for both (docs/PROTOCOL.md, "Limits").

export const PROTOCOL_VERSION = 1;

export const ID_BYTES = 16;
export const KEY_BYTES = 32;
export const CID_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const NONCE_BYTES = 32;
export const TOKEN_BYTES = 32;

/** A control, commit or message frame without its GroupInfo. */
export const MAX_FRAME_BYTES = 64 * 1024;
/** An envelope leaves room for the fields around it inside one frame. */
export const MAX_ENVELOPE_BYTES = MAX_FRAME_BYTES - 1024;
export const MAX_GROUP_INFO_BYTES = 256 * 1024;
export const MAX_INVITE_PACKET_BYTES = 4 * 1024;
/** The outer key of a new generation, sealed to each member that may come back. */
export const MAX_ROTATION_BYTES = 32 * 1024;
export const MAX_KNOCK_BYTES = 2 * 1024;
export const MAX_KNOCK_ANSWER_BYTES = 4 * 1024;
/** The largest frame of all: a commit with GroupInfo and rotation. */
export const MAX_TRANSPORT_BYTES = MAX_FRAME_BYTES + MAX_GROUP_INFO_BYTES + MAX_ROTATION_BYTES + 4 * 1024;

/** TURN servers that a relay names: so many, with so many addresses each, of so many bytes. */
export const MAX_ICE_SERVERS = 4;
export const MAX_ICE_URLS = 8;
export const MAX_ICE_URL_BYTES = 256;
export const MAX_ICE_LOGIN_BYTES = 128;

export const MAX_INVITES = 64;
export const MAX_MEMBERS = 200;
export const MIN_ROOM_TTL_S = 10;
export const MAX_ROOM_TTL_S = 30 * 24 * 3600;

/** Commits kept for members who blinked: so many, so long. */
export const RING_COMMITS = 32;
export const RING_LIFE_MS = 120_000;
/** A message may name one of the last so many commits as the epoch it was sealed in. */
export const RECENT_COMMITS = 8;
/** How long one joiner holds the ticket. */
export const TICKET_LEASE_MS = 4_000;
/** A seat whose connection dropped can be resumed for so long. */
export const SEAT_LIFE_MS = 2 * 3600 * 1000;
/** Somebody whose connection has been gone for so long may be taken out of the group. */
export const SILENCE_MS = 90_000;
/** How long a relay that has lost a room waits for its members before it goes by what they say. */
export const RESTORE_WINDOW_MS = 3_000;

// A room as Redis keeps it: one small state that every decision rewrites, and parts that never change once written (heads,
// commits of the ring, invite records, knocks), named by numbers. Read back it is checked like everything from outside.
import {
  blob,
  bool,
  fixed,
  list,
  oneOf,
  optional,
  struct,
  text,
  u16,
  u32,
  u53,
  variant,
} from "../../../codec/codec.ts";
import type { Codec, Decoded } from "../../../codec/codec.ts";
import { roomRecord } from "../../../codec/signing.ts";
import { commitEntry, head, inviteRecord } from "../../../wire/events.ts";
import {
  CID_BYTES,
  ID_BYTES,
  KEY_BYTES,
  MAX_INVITES,
  MAX_KNOCK_BYTES,
  MAX_MEMBERS,
  RING_COMMITS,
  TOKEN_BYTES,
} from "../../../wire/limits.ts";
import { KNOWN_CIDS } from "../commit-ring.ts";

/** A connection with the node it is on in front. */
export const MAX_CONNECTION_BYTES = 96;
const MAX_SEATS = MAX_MEMBERS;
/** Invites that only the ring remembers count too. */
const MAX_KNOWN_INVITES = MAX_INVITES + RING_COMMITS;
const MAX_WAITING = 1024;
const MAX_SIGNERS = 256;

const id = fixed(ID_BYTES);
const key = fixed(KEY_BYTES);
export const connection = text(MAX_CONNECTION_BYTES);
/** Milliseconds of the time that all nodes share. */
const timeMs = u53;
/** Names a seat, an invite or a part of this room. */
const name = u32;

const seat = struct<{
  name: number;
  id: Uint8Array;
  token: Uint8Array;
  isReadOnly: boolean;
  connection: string | undefined;
  droppedAtMs: number | undefined;
  silence: "none" | "noted" | "told";
}>({
  name,
  id,
  token: fixed(TOKEN_BYTES),
  isReadOnly: bool,
  connection: optional(connection),
  droppedAtMs: optional(timeMs),
  silence: oneOf("none", "noted", "told"),
});

const invite = struct<{
  name: number;
  record: number;
  isRegistered: boolean;
  usesLeft: number | undefined;
  expiresAtMs: number;
  isRevoked: boolean;
  failures: number;
  failuresTold: number;
  failuresToldAtMs: number | undefined;
}>({
  name,
  record: name,
  isRegistered: bool,
  usesLeft: optional(u53),
  expiresAtMs: timeMs,
  isRevoked: bool,
  failures: u53,
  failuresTold: u53,
  failuresToldAtMs: optional(timeMs),
});

const applicant = struct<{
  connection: string;
  invite: number | undefined;
  isAdmitted: boolean;
  wasGranted: boolean;
  complaints: number;
}>({ connection, invite: optional(name), isAdmitted: bool, wasGranted: bool, complaints: u32 });

const knockRef = struct<{ part: number; from: string; invite: number }>({ part: name, from: connection, invite: name });

const ringRef = struct<{
  part: number;
  before: number;
  committer: number;
  effect: "none" | "joined" | "renewed";
  invite: number | undefined;
  previousId: Uint8Array | undefined;
  rejections: number[];
}>({
  part: name,
  before: name,
  committer: name,
  effect: oneOf("none", "joined", "renewed"),
  invite: optional(name),
  previousId: optional(id),
  rejections: list(name, MAX_SEATS),
});

const counter = struct<{ key: Uint8Array; counter: number }>({ key, counter: u53 });
const pair = struct<{ owner: Uint8Array; delegate: Uint8Array; counter: number }>({
  owner: key,
  delegate: key,
  counter: u53,
});
const holder = struct<{ by: string; untilMs: number }>({ by: connection, untilMs: timeMs });

const roomFields = {
  /** The next name to give. */
  nextName: u32,
  handle: id,
  relayKey: blob(128),
  maxMembers: u16,
  expiresAtMs: timeMs,
  restoredAtMs: optional(timeMs),
  ownerKey: key,
  counters: list(counter, MAX_SIGNERS),
  undelegated: list(pair, MAX_SIGNERS),
  seats: list(seat, MAX_SEATS),
  invites: list(invite, MAX_KNOWN_INVITES),
  applicants: list(applicant, 65_535),
  knocks: list(knockRef, 64),
  waiting: list(connection, MAX_WAITING),
  holder: optional(holder),
  pausedUntilMs: optional(timeMs),
  cids: list(fixed(CID_BYTES), KNOWN_CIDS),
  ring: list(ringRef, RING_COMMITS),
  head: name,
  asked: list(name, MAX_SEATS),
  owing: list(name, MAX_SEATS),
  isLocked: bool,
  emptySinceMs: optional(timeMs),
} as const;

type Fields<F> = { [K in keyof F]: Decoded<F[K]> };
export type RoomState = Fields<typeof roomFields> & { readonly kind: "room" };

const offer = struct<{ by: string; seat: Uint8Array; lifeMs: number }>({ by: connection, seat: id, lifeMs: u53 });
const claim = struct<{ head: number; offers: Decoded<typeof offer>[] }>({ head: name, offers: list(offer, 65_535) });
const windowFields = {
  nextName: u32,
  record: roomRecord,
  endsAtMs: timeMs,
  states: list(claim, 64),
  offerers: list(connection, 65_535),
} as const;
export type WindowState = Fields<typeof windowFields> & { readonly kind: "window" };

export const roomState: Codec<RoomState | WindowState> = variant<RoomState | WindowState>({
  room: [1, struct(roomFields as never)],
  window: [2, struct(windowFields as never)],
} as never);

/** What never changes about a commit of the ring. */
const ringPart = struct<{
  passedOn: Decoded<typeof commitEntry>;
  cid: Uint8Array;
  acceptedAtMs: number;
  electorate: number[];
}>({ passedOn: commitEntry, cid: fixed(CID_BYTES), acceptedAtMs: timeMs, electorate: list(name, MAX_SEATS) });

const knockPart = struct<{ id: Uint8Array; sealed: Uint8Array }>({ id, sealed: blob(MAX_KNOCK_BYTES) });

export const parts = { head, record: inviteRecord, ring: ringPart, knock: knockPart } as const;
export type PartKind = keyof typeof parts;
export type Part<K extends PartKind> = Decoded<(typeof parts)[K]>;

// What relay and client say to each other. A request is asked in the imperative and acknowledged; a notice tells what has
// happened. Every payload is one binary value with the codec given here and is decoded on arrival, on both sides.
import { blob, bool, fixed, list, oneOf, optional, struct, text, u16, u32, u53, u8 } from "../codec/codec.ts";
import type { Codec, Decoded } from "../codec/codec.ts";
import { roomRecord } from "../codec/signing.ts";
import type { RoomRecord } from "../codec/signing.ts";
import { relayCodes } from "./errors.ts";
import {
  CID_BYTES,
  ID_BYTES,
  KEY_BYTES,
  MAX_ENVELOPE_BYTES,
  MAX_GROUP_INFO_BYTES,
  MAX_ICE_LOGIN_BYTES,
  MAX_ICE_SERVERS,
  MAX_ICE_URL_BYTES,
  MAX_ICE_URLS,
  MAX_INVITE_PACKET_BYTES,
  MAX_INVITES,
  MAX_KNOCK_ANSWER_BYTES,
  MAX_KNOCK_BYTES,
  MAX_ROTATION_BYTES,
  NONCE_BYTES,
  RING_COMMITS,
  SIGNATURE_BYTES,
  TOKEN_BYTES,
} from "./limits.ts";

const id = fixed(ID_BYTES);
const cid = fixed(CID_BYTES);
const key = fixed(KEY_BYTES);
const signature = fixed(SIGNATURE_BYTES);
const token = fixed(TOKEN_BYTES);
const envelope = blob(MAX_ENVELOPE_BYTES);
const groupInfo = blob(MAX_GROUP_INFO_BYTES);
const nothing = struct<object>({});

/** For members who come back: the outer key of the newest generation, sealed to each of them. */
const rotation = optional(blob(MAX_ROTATION_BYTES));

/** The commit a room stands at, with the sealed GroupInfo of its epoch and the last rotation of the outer key. */
export const head = struct<{
  cid: Uint8Array;
  epoch: number;
  groupInfo: Uint8Array;
  rotation: Uint8Array | undefined;
}>({ cid, epoch: u53, groupInfo, rotation });
export type Head = Decoded<typeof head>;

/** An invite as the relay keeps it. `uses` 0 means open; `flags` bit 0 password, bit 1 ask first, bit 2 read-only. */
export const inviteRecord = struct<{
  inviteId: Uint8Array;
  authKey: Uint8Array;
  packet: Uint8Array;
  uses: number;
  lifeS: number;
  flags: number;
}>({ inviteId: id, authKey: key, packet: blob(MAX_INVITE_PACKET_BYTES), uses: u16, lifeS: u32, flags: u8 });
export type InviteRecord = Decoded<typeof inviteRecord>;

/** A place in a room. `seat` is the first 16 bytes of the commit id that brought its holder in. */
export const seat = struct<{ seat: Uint8Array; resumeToken: Uint8Array }>({ seat: id, resumeToken: token });
export type Seat = Decoded<typeof seat>;

/** One accepted commit as it is passed on: its own id is SHA-256 of `envelope`. */
export const commitEntry = struct<{ seq: number; baseCid: Uint8Array; epoch: number; envelope: Uint8Array }>({
  seq: u53,
  baseCid: cid,
  epoch: u53,
  envelope,
});
export type CommitEntry = Decoded<typeof commitEntry>;

/** A TURN server with a login that holds for a while; the fields are those of RTCIceServer. */
const iceServer = struct<{ urls: string[]; username: string; credential: string }>({
  urls: list(text(MAX_ICE_URL_BYTES), MAX_ICE_URLS),
  username: text(MAX_ICE_LOGIN_BYTES),
  credential: text(MAX_ICE_LOGIN_BYTES),
});

const sealedMessage = { cid, envelope };
/** The first owner's key has signed that `key` may make the requests of a moderator. */
export const delegation = struct<{ key: Uint8Array; issued: number; token: Uint8Array }>({
  key,
  issued: u53,
  token: signature,
});
export type Delegation = Decoded<typeof delegation>;

/**
 * Signature over codec/signing.ts ownerText of the request's name and encoded body, by the owner's relay key or by the key
 * of `delegation`. The counter grows with every request of one key.
 */
export const ownerProof = struct<{ counter: number; signature: Uint8Array; delegation: Delegation | undefined }>({
  counter: u53,
  signature,
  delegation: optional(delegation),
});
export type OwnerProof = Decoded<typeof ownerProof>;

/** What an owner asks of the relay, by the name of the request; each is signed together with its name. */
export const ownerBodies = {
  "room:end": nothing,
  "room:lock": struct<{ isLocked: boolean }>({ isLocked: bool }),
  "seat:evict": struct<{ seat: Uint8Array }>({ seat: id }),
  /** A new invite, or another packet for one that is there, whose uses and expiry then stay as they are. */
  "invite:put": struct<{ invite: InviteRecord }>({ invite: inviteRecord }),
  "invite:revoke": struct<{ inviteId: Uint8Array }>({ inviteId: id }),
  "knock:answer": struct<{ knock: Uint8Array; isAdmitted: boolean; sealed: Uint8Array }>({
    knock: id,
    isAdmitted: bool,
    sealed: blob(MAX_KNOCK_ANSWER_BYTES),
  }),
  /** From here on `key` is the owner's. */
  "owner:handover": struct<{ key: Uint8Array }>({ key }),
  "owner:undelegate": struct<{ key: Uint8Array }>({ key }),
} as const;
export type OwnerRequestName = keyof typeof ownerBodies;
export type OwnerBody<N extends OwnerRequestName> = Decoded<(typeof ownerBodies)[N]>;

/** Requests that a delegate may make too. */
export const moderatorRequests: readonly OwnerRequestName[] = [
  "seat:evict",
  "invite:put",
  "invite:revoke",
  "knock:answer",
];

function ownerRequest<T extends object>(body: Codec<T>) {
  return request(struct<{ body: T; proof: OwnerProof }>({ body, proof: ownerProof }), nothing);
}

function request<A extends object, R extends object>(ask: Codec<A>, answer: Codec<R>) {
  return { ask, answer };
}

export const requests = {
  "room:create": request(
    struct<{ record: RoomRecord; cid: Uint8Array; groupInfo: Uint8Array; invites: InviteRecord[] }>({
      record: roomRecord,
      cid,
      groupInfo,
      invites: list(inviteRecord, MAX_INVITES),
    }),
    /** `relayKey` signs the relay's word that a member has gone silent. */
    struct<{ seat: Seat; seq: number; lifeMs: number; relayKey: Uint8Array }>({
      seat,
      seq: u53,
      lifeMs: u53,
      relayKey: key,
    }),
  ),
  /** Re-enters a seat. `head` is absent when the ring holds all that is missing; otherwise the member has to rejoin. */
  "room:resume": request(
    struct<{ handle: Uint8Array; resumeToken: Uint8Array; cid: Uint8Array | undefined }>({
      handle: id,
      resumeToken: token,
      cid: optional(cid),
    }),
    struct<{ seq: number; lifeMs: number; mustRejoin: boolean; missed: CommitEntry[]; relayKey: Uint8Array }>({
      seq: u53,
      lifeMs: u53,
      mustRejoin: bool,
      missed: list(commitEntry, RING_COMMITS),
      relayKey: key,
    }),
  ),
  /**
   * Shows a room to a relay that has lost its memory; answered when the window is over. With a seat the member stands where
   * it said; without one it may take the ticket and come back by an external commit.
   */
  "room:restore": request(
    struct<{ record: RoomRecord; seat: Uint8Array; head: Head; lifeMs: number }>({
      record: roomRecord,
      seat: id,
      head,
      lifeMs: u53,
    }),
    struct<{ seat: Seat | undefined; seq: number; lifeMs: number; relayKey: Uint8Array }>({
      seat: optional(seat),
      seq: u53,
      lifeMs: u53,
      relayKey: key,
    }),
  ),
  "room:leave": request(nothing, nothing),
  "invite:challenge": request(
    struct<{ inviteId: Uint8Array }>({ inviteId: id }),
    struct<{ nonce: Uint8Array }>({ nonce: fixed(NONCE_BYTES) }),
  ),
  "invite:open": request(
    struct<{ inviteId: Uint8Array; signature: Uint8Array }>({ inviteId: id, signature }),
    struct<{ packet: Uint8Array; lifeMs: number }>({ packet: blob(MAX_INVITE_PACKET_BYTES), lifeMs: u53 }),
  ),
  "ticket:take": request(nothing, struct<{ position: number }>({ position: u16 })),
  /** `unusable` says that the GroupInfo of the grant could not be used; another member is then asked for a fresh one. */
  "ticket:drop": request(struct<{ unusable: boolean }>({ unusable: bool }), nothing),
  "commit:send": request(
    /** `rotation` comes with a commit that begins a new generation of the outer key. */
    struct<{
      baseCid: Uint8Array;
      envelope: Uint8Array;
      groupInfo: Uint8Array;
      rotation: Uint8Array | undefined;
    }>({ baseCid: cid, envelope, groupInfo, rotation }),
    struct<{ epoch: number; seq: number; seat: Seat | undefined }>({ epoch: u53, seq: u53, seat: optional(seat) }),
  ),
  "commit:reject": request(struct<{ cid: Uint8Array }>({ cid }), nothing),
  "gi:update": request(struct<{ cid: Uint8Array; groupInfo: Uint8Array }>({ cid, groupInfo }), nothing),
  "message:send": request(
    struct<{ cid: Uint8Array; envelope: Uint8Array }>(sealedMessage),
    struct<{ seq: number }>({ seq: u53 }),
  ),
  /** For calls. No servers means that the relay has none; the logins hold for `lifeS` seconds. */
  "ice:get": request(
    nothing,
    struct<{ servers: Decoded<typeof iceServer>[]; lifeS: number }>({
      servers: list(iceServer, MAX_ICE_SERVERS),
      lifeS: u32,
    }),
  ),
  /** An applicant by an ask-first invite asks to be let in. */
  "knock:send": request(
    struct<{ sealed: Uint8Array }>({ sealed: blob(MAX_KNOCK_BYTES) }),
    struct<{ knock: Uint8Array }>({ knock: id }),
  ),
  "knock:answer": ownerRequest(ownerBodies["knock:answer"]),
  "room:end": ownerRequest(ownerBodies["room:end"]),
  "room:lock": ownerRequest(ownerBodies["room:lock"]),
  "seat:evict": ownerRequest(ownerBodies["seat:evict"]),
  "invite:put": ownerRequest(ownerBodies["invite:put"]),
  "invite:revoke": ownerRequest(ownerBodies["invite:revoke"]),
  "owner:handover": ownerRequest(ownerBodies["owner:handover"]),
  "owner:undelegate": ownerRequest(ownerBodies["owner:undelegate"]),
} as const;

/** Sent without acknowledgement; dropped rather than queued when the network is slow. */
export const signals = {
  "signal:send": struct<{ cid: Uint8Array; envelope: Uint8Array }>(sealedMessage),
} as const;

export const endReasons = ["expired", "ended", "empty"] as const;

export const notices = {
  "ticket:granted": struct<{ head: Head; leaseMs: number }>({ head, leaseMs: u32 }),
  "commit:accepted": commitEntry,
  /** The room stands at `head` again; the commit `cid` and all after it never happened. */
  "commit:rolled-back": struct<{ cid: Uint8Array; head: Head; seq: number }>({ cid, head, seq: u53 }),
  "message:received": struct<{ seq: number; cid: Uint8Array; envelope: Uint8Array }>({ seq: u53, ...sealedMessage }),
  "signal:received": struct<{ cid: Uint8Array; envelope: Uint8Array }>(sealedMessage),
  "seat:gone": struct<{ seat: Uint8Array; reason: "left" | "evicted" | "expired" }>({
    seat: id,
    reason: oneOf("left", "evicted", "expired"),
  }),
  /** The holder of a seat has had no connection for long: `receipt` is the relay's signature over codec/signing.ts goneText. */
  "seat:silent": struct<{ seat: Uint8Array; receipt: Uint8Array }>({ seat: id, receipt: signature }),
  "gi:wanted": struct<{ cid: Uint8Array }>({ cid }),
  /** Somebody knocks; goes to every seat, and again to those that come back while the knock waits. */
  "knock:received": struct<{ knock: Uint8Array; inviteId: Uint8Array; sealed: Uint8Array }>({
    knock: id,
    inviteId: id,
    sealed: blob(MAX_KNOCK_BYTES),
  }),
  /** The knock is answered, or whoever knocked has gone; goes to every seat. */
  "knock:gone": struct<{ knock: Uint8Array }>({ knock: id }),
  /** To whoever knocked. */
  "knock:answered": struct<{ isAdmitted: boolean; sealed: Uint8Array }>({
    isAdmitted: bool,
    sealed: blob(MAX_KNOCK_ANSWER_BYTES),
  }),
  /** How many proofs of an invite have failed since it was made; not more often than every few seconds. */
  "invite:guessed": struct<{ inviteId: Uint8Array; failures: number }>({ inviteId: id, failures: u32 }),
  "room:ended": struct<{ reason: (typeof endReasons)[number]; proof: OwnerProof | undefined }>({
    reason: oneOf(...endReasons),
    proof: optional(ownerProof),
  }),
  "relay:draining": nothing,
  /** Answers a request that came without an acknowledgement callback or under an unknown name. */
  "request:refused": struct<{ code: (typeof relayCodes)[number] }>({ code: oneOf(...relayCodes) }),
} as const;

export type RequestName = keyof typeof requests;
export type Ask<N extends RequestName> = Decoded<(typeof requests)[N]["ask"]>;
export type Answer<N extends RequestName> = Decoded<(typeof requests)[N]["answer"]>;
export type SignalName = keyof typeof signals;
export type SignalBody<N extends SignalName> = Decoded<(typeof signals)[N]>;
export type NoticeName = keyof typeof notices;
export type NoticeBody<N extends NoticeName> = Decoded<(typeof notices)[N]>;

/** Why a request was not carried out. `head` comes with `stale_epoch`, so that a rebase needs no further round trip. */
export const refusal = struct<{ code: (typeof relayCodes)[number]; retryAfterMs: number; head: Head | undefined }>({
  code: oneOf(...relayCodes),
  retryAfterMs: u32,
  head: optional(head),
});
export type Refusal = Decoded<typeof refusal>;

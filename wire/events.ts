// What relay and client say to each other. A request is asked in the imperative and acknowledged; a notice tells what has
// happened. Every payload is one binary value with the codec given here and is decoded on arrival, on both sides.
import { blob, bool, fixed, list, oneOf, optional, struct, u16, u32, u53, u8 } from "../codec/codec.ts";
import type { Codec, Decoded } from "../codec/codec.ts";
import { relayCodes } from "./errors.ts";
import {
  CID_BYTES,
  ID_BYTES,
  KEY_BYTES,
  MAX_ENVELOPE_BYTES,
  MAX_GROUP_INFO_BYTES,
  MAX_INVITE_PACKET_BYTES,
  MAX_INVITES,
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

/** The commit a room stands at, with the sealed GroupInfo of its epoch. */
export const head = struct<{ cid: Uint8Array; epoch: number; groupInfo: Uint8Array }>({ cid, epoch: u53, groupInfo });
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

const sealedMessage = { cid, envelope };
const ownerProof = { counter: u53, signature };

function request<A extends object, R extends object>(ask: Codec<A>, answer: Codec<R>) {
  return { ask, answer };
}

export const requests = {
  "room:create": request(
    struct<{
      handle: Uint8Array;
      ownerKey: Uint8Array;
      lifeS: number;
      maxMembers: number;
      cid: Uint8Array;
      groupInfo: Uint8Array;
      invites: InviteRecord[];
    }>({
      handle: id,
      ownerKey: key,
      lifeS: u32,
      maxMembers: u16,
      cid,
      groupInfo,
      invites: list(inviteRecord, MAX_INVITES),
    }),
    struct<{ seat: Seat; seq: number; lifeMs: number }>({ seat, seq: u53, lifeMs: u53 }),
  ),
  /** Re-enters a seat. `head` is absent when the ring holds all that is missing; otherwise the member has to rejoin. */
  "room:resume": request(
    struct<{ handle: Uint8Array; resumeToken: Uint8Array; cid: Uint8Array | undefined }>({
      handle: id,
      resumeToken: token,
      cid: optional(cid),
    }),
    struct<{ seq: number; lifeMs: number; mustRejoin: boolean; missed: CommitEntry[] }>({
      seq: u53,
      lifeMs: u53,
      mustRejoin: bool,
      missed: list(commitEntry, RING_COMMITS),
    }),
  ),
  "room:leave": request(nothing, nothing),
  "room:end": request(struct<{ counter: number; signature: Uint8Array }>(ownerProof), nothing),
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
    struct<{ baseCid: Uint8Array; envelope: Uint8Array; groupInfo: Uint8Array }>({ baseCid: cid, envelope, groupInfo }),
    struct<{ epoch: number; seq: number; seat: Seat | undefined }>({ epoch: u53, seq: u53, seat: optional(seat) }),
  ),
  "commit:reject": request(struct<{ cid: Uint8Array }>({ cid }), nothing),
  "gi:update": request(struct<{ cid: Uint8Array; groupInfo: Uint8Array }>({ cid, groupInfo }), nothing),
  "message:send": request(
    struct<{ cid: Uint8Array; envelope: Uint8Array }>(sealedMessage),
    struct<{ seq: number }>({ seq: u53 }),
  ),
  "seat:evict": request(
    struct<{ seat: Uint8Array; counter: number; signature: Uint8Array }>({ seat: id, ...ownerProof }),
    nothing,
  ),
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
  "gi:wanted": struct<{ cid: Uint8Array }>({ cid }),
  "room:ended": struct<{
    reason: (typeof endReasons)[number];
    proof: { counter: number; signature: Uint8Array } | undefined;
  }>({
    reason: oneOf(...endReasons),
    proof: optional(struct<{ counter: number; signature: Uint8Array }>(ownerProof)),
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

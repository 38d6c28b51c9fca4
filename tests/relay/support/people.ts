// Builders: an owner with a room, a guest that was let in, bytes that nobody reads.
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { encode } from "../../../codec/codec.ts";
import { ownerBodies } from "../../../wire/events.ts";
import type { Ask, Delegation, InviteRecord, OwnerBody, OwnerRequestName, Seat } from "../../../wire/events.ts";
import { admissionText, delegationText, handleText, ownerText } from "../../../codec/signing.ts";
import type { RoomRecord } from "../../../codec/signing.ts";
import { connect } from "./client.ts";
import type { Client } from "./client.ts";
import type { RunningRelay } from "./relay.ts";

export function bytes(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}

export function sha256(data: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(data).digest());
}

export interface SigningKey {
  readonly publicKey: Uint8Array;
  sign(text: Uint8Array): Uint8Array;
}

export function signingKey(): SigningKey {
  const pair = generateKeyPairSync("ed25519");
  const der = pair.publicKey.export({ format: "der", type: "spki" });
  return { publicKey: new Uint8Array(der.subarray(12)), sign: (text) => signWith(pair.privateKey, text) };
}

function signWith(key: KeyObject, text: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, text, key));
}

export interface TestInvite {
  readonly key: SigningKey;
  readonly record: InviteRecord;
}

export function invite(change: Partial<InviteRecord> = {}): TestInvite {
  const key = signingKey();
  const record = { inviteId: bytes(16), authKey: key.publicKey, packet: bytes(100), uses: 0, lifeS: 3600, flags: 0 };
  return { key, record: { ...record, ...change } };
}

/** Who makes an owner's requests in a room: the owner, or a delegate with the owner's word. */
export interface Signer {
  readonly key: SigningKey;
  readonly handle: Uint8Array;
  readonly delegation: Delegation | undefined;
}

export interface RoomPlan {
  readonly owner: SigningKey;
  readonly signer: Signer;
  readonly invite: TestInvite;
  readonly record: RoomRecord;
  readonly handle: Uint8Array;
  readonly ask: Ask<"room:create">;
}

export type RoomChange = Partial<RoomRecord & Omit<Ask<"room:create">, "record">>;

export function handleOf(record: RoomRecord): Uint8Array {
  return sha256(handleText(record)).slice(0, 16);
}

export function roomPlan(change: RoomChange = {}, made = invite()): RoomPlan {
  const key = signingKey();
  const { cid = bytes(32), groupInfo = bytes(300), invites = [made.record], ...rest } = change;
  const record = { ownerKey: key.publicKey, lifeS: 3600, maxMembers: 20, salt: bytes(16), ...rest };
  const handle = handleOf(record);
  const signer = { key, handle, delegation: undefined };
  return { owner: key, signer, invite: made, record, handle, ask: { record, cid, groupInfo, invites } };
}

/** Somebody to whom the owner gives the powers of a moderator. */
export function delegateOf({ key, handle }: Signer, delegate = signingKey(), issued = 0): Signer {
  const token = key.sign(delegationText(handle, delegate.publicKey, issued));
  return { key: delegate, handle, delegation: { key: delegate.publicKey, issued, token } };
}

/** An owner's request, signed. */
export function signAsk<N extends OwnerRequestName>(
  { key, handle, delegation }: Signer,
  counter: number,
  name: N,
  body: OwnerBody<N>,
): Ask<N> {
  const text = ownerText(handle, counter, name, encode(ownerBodies[name] as never, body));
  return { body, proof: { counter, signature: key.sign(text), delegation } } as Ask<N>;
}

export function signEnd({ signer }: RoomPlan, counter: number): Ask<"room:end"> {
  return signAsk(signer, counter, "room:end", {});
}

export function signEvict({ signer }: RoomPlan, counter: number, seat: Uint8Array): Ask<"seat:evict"> {
  return signAsk(signer, counter, "seat:evict", { seat });
}

export interface Member {
  readonly client: Client;
  readonly seat: Seat;
  /** The commit this member's room stands at, as far as it was told here. */
  readonly cid: Uint8Array;
}

export async function openRoom(relay: RunningRelay, plan: RoomPlan): Promise<Member> {
  const client = await connect(relay.url);
  const { seat } = await client.get("room:create", plan.ask);
  return { client, seat, cid: plan.ask.cid };
}

/** Proves the invite; the client is an applicant afterwards. */
export async function prove(relay: RunningRelay, client: Client, { key, record }: TestInvite): Promise<void> {
  const { nonce } = await client.get("invite:challenge", { inviteId: record.inviteId });
  const signature = key.sign(admissionText(relay.origin, record.inviteId, nonce));
  await client.get("invite:open", { inviteId: record.inviteId, signature });
}

export async function apply(relay: RunningRelay, invited: TestInvite): Promise<Client> {
  const client = await connect(relay.url);
  await prove(relay, client, invited);
  return client;
}

export function commitOn(baseCid: Uint8Array, rotation?: Uint8Array): Ask<"commit:send"> {
  return { baseCid, envelope: bytes(400), groupInfo: bytes(300), rotation };
}

/** Takes the ticket and commits; tries again while members' commits come in between. */
export async function enter(client: Client): Promise<Member> {
  await client.get("ticket:take", {});
  const { head } = await client.next("ticket:granted");
  let ask = commitOn(head.cid);
  for (;;) {
    const outcome = await client.ask("commit:send", ask);
    if (outcome.ok && outcome.answer.seat !== undefined)
      return { client, seat: outcome.answer.seat, cid: sha256(ask.envelope) };
    if (outcome.ok || outcome.refusal.head === undefined) throw new Error("the join was refused");
    ask = commitOn(outcome.refusal.head.cid);
  }
}

export async function join(relay: RunningRelay, plan: RoomPlan): Promise<Member> {
  return enter(await apply(relay, plan.invite));
}

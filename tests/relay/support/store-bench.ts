// A room store on its own: what it tells is recorded, and its clock moves when the test says so.
import type { Decision, Outlet, OwnerRequest, RoomStore } from "../../../server/store/room-store.ts";
import { connectionId } from "../../../server/store/keys.ts";
import type { ConnectionId } from "../../../server/store/keys.ts";
import type { Answer, Ask, Head, NoticeBody, NoticeName, OwnerBody, OwnerRequestName } from "../../../wire/events.ts";
import { MAX_MEMBERS, MAX_ROOM_TTL_S } from "../../../wire/limits.ts";
import { bytes, commitOn, roomPlan, sha256 } from "./people.ts";
import type { RoomChange, RoomPlan, Signer } from "./people.ts";

/** What the suites count on. */
export const storeOptions = {
  maxRoomTtlS: MAX_ROOM_TTL_S,
  maxMembers: MAX_MEMBERS,
  emptyGraceS: 120,
  rooms: 4,
  tombstones: 2,
  waitingJoiners: 8,
  inviteAttempts: { burst: 5, perSecond: 0.5 },
};

export interface Told {
  readonly name: NoticeName | "cut" | "hang-up";
  readonly body: unknown;
}

export class RecordingOutlet implements Outlet {
  readonly #told = new Map<ConnectionId, Told[]>();

  tell<N extends NoticeName>(to: readonly ConnectionId[], name: N, body: NoticeBody<N>): void {
    for (const id of to) this.#record(id, { name, body });
  }

  hint<N extends NoticeName>(to: readonly ConnectionId[], name: N, body: NoticeBody<N>): void {
    this.tell(to, name, body);
  }

  cut(connection: ConnectionId): void {
    this.#record(connection, { name: "cut", body: undefined });
  }

  hangUp(connection: ConnectionId): void {
    this.#record(connection, { name: "hang-up", body: undefined });
  }

  /** Everything this connection was told, in order. */
  names(by: ConnectionId): string[] {
    return (this.#told.get(by) ?? []).map(({ name }) => name);
  }

  all<N extends NoticeName>(by: ConnectionId, name: N): NoticeBody<N>[] {
    return (this.#told.get(by) ?? []).filter((told) => told.name === name).map((told) => told.body as NoticeBody<N>);
  }

  /** How much was told to anybody. */
  get count(): number {
    return [...this.#told.values()].reduce((sum, told) => sum + told.length, 0);
  }

  connections(): ConnectionId[] {
    return [...this.#told.keys()];
  }

  clear(): void {
    this.#told.clear();
  }

  #record(id: ConnectionId, told: Told): void {
    this.#told.set(id, [...(this.#told.get(id) ?? []), told]);
  }
}

export interface StoreBench {
  readonly store: RoomStore;
  readonly outlet: RecordingOutlet;
  /** Moves the store's clock; what falls due has happened when this resolves. */
  advance(ms: number): Promise<void>;
}

export function value<T extends object>(decision: Decision<T>): T {
  if (!decision.ok) throw new Error(`refused: ${decision.code}`);
  return decision.value;
}

export function code(decision: Decision<object>): string {
  return decision.ok ? "ok" : decision.code;
}

export interface StoreMember {
  readonly by: ConnectionId;
  readonly seat: Uint8Array;
  readonly token: Uint8Array;
}

/** A room in a store, and short ways to do to it what clients do. */
export class RoomOnStore {
  readonly plan: RoomPlan;
  readonly #bench: StoreBench;
  #count = 0;
  /** The commit the room stands at, as far as this helper moved it. */
  cid: Uint8Array;
  /** Whose requests count as the owner's. */
  ownerKey: Uint8Array;

  constructor(bench: StoreBench, change: RoomChange = {}, plan = roomPlan(change)) {
    this.#bench = bench;
    this.plan = plan;
    this.cid = this.plan.ask.cid;
    this.ownerKey = this.plan.owner.publicKey;
  }

  newConnection(): ConnectionId {
    return connectionId(`${this.plan.handle.join(".")}/${++this.#count}`);
  }

  async open(): Promise<StoreMember> {
    const by = this.newConnection();
    const { seat } = value(await this.#bench.store.create(by, this.plan.ask));
    return { by, seat: seat.seat, token: seat.resumeToken };
  }

  async applicant(invite = this.plan.invite): Promise<ConnectionId> {
    const by = this.newConnection();
    value(await this.#bench.store.admit(by, invite.record.inviteId));
    return by;
  }

  /** Commits on the room's commit and moves on. */
  async commit(
    by: ConnectionId,
    rotation?: Uint8Array,
  ): Promise<{ cid: Uint8Array; ask: Ask<"commit:send">; seat: StoreMember | undefined }> {
    const ask = commitOn(this.cid, rotation);
    const { seat } = value(await this.#bench.store.commit(by, ask));
    this.cid = sha256(ask.envelope);
    const member = seat === undefined ? undefined : { by, seat: seat.seat, token: seat.resumeToken };
    return { cid: this.cid, ask, seat: member };
  }

  async join(by?: ConnectionId): Promise<StoreMember> {
    const joiner = by ?? (await this.applicant());
    value(await this.#bench.store.takeTicket(joiner));
    const { seat } = await this.commit(joiner);
    if (seat === undefined) throw new Error("a joiner got no seat");
    return seat;
  }

  message(cid = this.cid): Ask<"message:send"> {
    return { cid, envelope: bytes(64) };
  }

  /** An owner's request whose signatures were checked, or a delegate's. */
  request<N extends OwnerRequestName>(
    counter: number,
    name: N,
    body: OwnerBody<N>,
    { delegation }: Pick<Signer, "delegation"> = this.plan.signer,
  ): OwnerRequest {
    const proof = { counter, signature: new Uint8Array(64), delegation };
    return { name, body, proof, ownerKey: this.ownerKey } as OwnerRequest;
  }

  /** The same member over a new connection. */
  async resume(
    { token }: StoreMember,
    cid: Uint8Array | undefined = this.cid,
  ): Promise<{ by: ConnectionId; answer: Answer<"room:resume"> }> {
    const by = this.newConnection();
    const ask = { handle: this.plan.handle, resumeToken: token, cid };
    return { by, answer: value(await this.#bench.store.resume(by, ask)) };
  }

  /** What a member shows a relay that has lost the room. */
  offer(seat: Uint8Array, head: Partial<Head> = {}, lifeMs = 1_000_000): Ask<"room:restore"> {
    const known = { cid: this.cid, epoch: 5, groupInfo: bytes(30), rotation: undefined };
    return { record: this.plan.record, seat, head: { ...known, ...head }, lifeMs };
  }
}

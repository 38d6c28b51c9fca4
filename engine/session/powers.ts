// What the owner and delegates can do: each command is one commit in the relay's order, and what the relay has to be told
// after it. A command whose commit does not win has changed nothing and says why.
import { toHex } from "../../codec/bytes.ts";
import { CoreError } from "../../core/errors.ts";
import type { InviteOptions } from "../../bridge/contract.ts";
import { EngineError } from "../../bridge/fault.ts";
import { MAX_INVITES } from "../../wire/limits.ts";
import { faultOf } from "../errors.ts";
import type { RelayRefusal } from "../relay/relay-client.ts";
import type { Change, CommitPurpose, InviteFacts, OrderRequest, OwnInvite } from "../workers/group-contract.ts";
import type { CommitFlow, Sent } from "./commit-flow.ts";
import { isDelegate, isModerator, isOwner, remainingMs, selfIdOf } from "./room.ts";
import type { Room } from "./room.ts";

const MAX_TRIES = 6;
const TRY_AGAIN_MS = 150;
const MAX_USES = 0xffff;

export interface MadeInvite {
  readonly inviteId: string;
  readonly link: string;
}

export class Powers {
  readonly #room: Room;
  readonly #commits: CommitFlow;
  /** Passwords of invites made here, for those that take their place; in memory only. */
  readonly #passwords = new Map<string, string>();

  constructor(room: Room, commits: CommitFlow) {
    this.#room = room;
    this.#commits = commits;
  }

  /** Resolves when the member is out of the group and off the relay. */
  async kick(memberId: string, keepInvites: boolean): Promise<void> {
    const room = this.#room;
    const mayBe = isOwner(room) || (isDelegate(room) && !isOwner(room, memberId) && !isDelegate(room, memberId));
    if (!mayBe || memberId === selfIdOf(room) || !room.standing?.members.includes(memberId)) {
      throw new EngineError("not_allowed");
    }
    await this.#commit({ kind: "kick", memberIds: [memberId], keepInvites });
  }

  async addInvite(options: InviteOptions): Promise<MadeInvite> {
    this.#mustBe(isModerator(this.#room));
    const { password, expiresInS, ...rest } = options;
    const maxLifeS = Math.ceil(remainingMs(this.#room) / 1000);
    const isGood = isCount(options.maxUses, 0, MAX_USES) && isCount(expiresInS, 1, Number.MAX_SAFE_INTEGER);
    if (!isGood || (this.#room.standing?.terms.invites.length ?? 0) >= MAX_INVITES) throw new EngineError("malformed");
    const lifeS = Math.min(expiresInS, maxLifeS);
    const secret = password === "" ? undefined : password;
    const change = await this.#order([{ kind: "invite", invite: { ...rest, password: secret, lifeS } }]);
    return this.#made(change, secret);
  }

  async revokeInvite(inviteId: string): Promise<void> {
    this.#mustBe(isModerator(this.#room));
    await this.#order([{ kind: "revoke", inviteId: this.#invite(inviteId).inviteId }]);
  }

  async rotateInvite(inviteId: string): Promise<MadeInvite> {
    const room = this.#room;
    const { askFirst, readOnly, maxUses, hasPassword, issuer } = this.#invite(inviteId);
    const own = room.ownInvites.find((invite) => toHex(invite.inviteId) === inviteId);
    this.#mustBe(isModerator(room) && issuer === selfIdOf(room) && own !== undefined);
    const password = this.#passwords.get(inviteId);
    // After a restart nobody here knows the password any more: a new invite has to be made with it.
    if (hasPassword && password === undefined) throw new EngineError("password_required");
    const leftMs = (own?.expiresAtMs ?? 0) - room.ports.clock.wallMs();
    const lifeS = Math.max(1, Math.ceil(Math.min(leftMs, remainingMs(room)) / 1000));
    const change = await this.#order([
      { kind: "revoke", inviteId: this.#invite(inviteId).inviteId },
      { kind: "invite", invite: { askFirst, readOnly, maxUses, password, lifeS } },
    ]);
    return this.#made(change, password);
  }

  async setLocked(isLocked: boolean): Promise<void> {
    this.#mustBe(isOwner(this.#room));
    if (this.#room.standing?.terms.isLocked === isLocked) return;
    await this.#order([{ kind: "rules", isLocked }]);
  }

  async setMaxMembers(maxMembers: number): Promise<void> {
    const { facts, standing } = this.#room;
    this.#mustBe(isOwner(this.#room));
    if (!isCount(maxMembers, 1, facts?.maxMembers ?? 0)) throw new EngineError("malformed");
    if (standing?.terms.maxMembers === maxMembers) return;
    await this.#order([{ kind: "rules", maxMembers }]);
  }

  async handOver(memberId: string): Promise<void> {
    this.#mustBe(isOwner(this.#room) && this.#mayLead(memberId));
    await this.#order([{ kind: "handover", memberId }]);
  }

  async setDelegate(memberId: string, makesDelegate: boolean): Promise<void> {
    const room = this.#room;
    this.#mustBe(isOwner(room));
    if (isDelegate(room, memberId) === makesDelegate) return;
    this.#mustBe(!makesDelegate || this.#mayLead(memberId));
    await this.#order([{ kind: makesDelegate ? "delegate" : "undelegate", memberId }]);
  }

  /** The relay says it signs with another key than all members know: they are told. */
  async announceRelay(): Promise<void> {
    const { relayKey, standing } = this.#room;
    if (!relayKey || !standing || !isModerator(this.#room)) return;
    if (standing.terms.relayKey && toHex(standing.terms.relayKey) === toHex(relayKey)) return;
    await this.#commits.make({ kind: "orders", orders: [{ kind: "relay", key: relayKey }] });
  }

  /** Revokes own invites whose time is up; the commit of another one may come first, then the next turn does it. */
  async revokeDue(): Promise<void> {
    const room = this.#room;
    if (!isModerator(room)) return;
    const nowMs = room.ports.clock.wallMs();
    const due = this.#liveOwn().filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
    if (due.length === 0) return;
    const orders = due.map(({ inviteId }) => ({ kind: "revoke", inviteId }) as const);
    await this.#commits.make({ kind: "orders", orders });
  }

  /** How long until an invite of ours is due; `undefined` when none will be. */
  nextDueMs(): number | undefined {
    const room = this.#room;
    if (!isModerator(room)) return undefined;
    const times = this.#liveOwn().map((own) => own.expiresAtMs);
    return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - room.ports.clock.wallMs());
  }

  /** The first invite was made with the room. */
  remember(inviteId: string, password: string | undefined): void {
    if (password !== undefined) this.#passwords.set(inviteId, password);
  }

  #liveOwn(): OwnInvite[] {
    const { ownInvites, standing } = this.#room;
    const live = new Set(standing?.terms.invites.map(({ inviteId }) => toHex(inviteId)));
    return ownInvites.filter(({ inviteId }) => live.has(toHex(inviteId)));
  }

  #mustBe(isAllowed: boolean): void {
    if (!isAllowed) throw new EngineError("not_allowed");
  }

  #mayLead(memberId: string): boolean {
    const { standing } = this.#room;
    const isTalking = standing?.terms.readOnly.includes(memberId) === false;
    return memberId !== selfIdOf(this.#room) && isTalking && standing.members.includes(memberId);
  }

  #invite(inviteId: string): InviteFacts {
    const found = this.#room.standing?.terms.invites.find((invite) => toHex(invite.inviteId) === inviteId);
    if (!found) throw new EngineError("not_allowed");
    return found;
  }

  async #made(change: Change, password: string | undefined): Promise<MadeInvite> {
    const room = this.#room;
    const fact = change.orders.find((order) => order.kind === "invite");
    room.ownInvites = await room.host.ownInvites(room.id);
    const own = room.ownInvites.find((invite) => fact?.kind === "invite" && isSame(invite, fact.inviteId));
    if (!own) throw new EngineError("internal");
    const inviteId = toHex(own.inviteId);
    this.remember(inviteId, password);
    return { inviteId, link: own.link };
  }

  #order(orders: readonly OrderRequest[]): Promise<Change> {
    return this.#commit({ kind: "orders", orders });
  }

  async #commit(purpose: CommitPurpose): Promise<Change> {
    const room = this.#room;
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      if (room.phase === "ended") throw new EngineError("room_ended");
      if (room.phase !== "open") throw new EngineError("relay_unreachable");
      const sent = await this.#attempt(purpose);
      if (sent?.kind === "accepted") return accepted(sent);
      if (sent?.kind === "lost") throw new EngineError("relay_unreachable");
      if (sent?.kind === "refused") throw new EngineError(faultOf(sent.refusal), { cause: sent.refusal });
      if (sent === undefined) throw new EngineError("not_allowed");
      // Outside the queue, so that the commit that came first is applied meanwhile.
      await new Promise<void>((resolve) => void room.ports.clock.setTimer(TRY_AGAIN_MS * attempt, resolve));
    }
    throw new EngineError("relay_unreachable");
  }

  async #attempt(purpose: CommitPurpose): Promise<Sent | undefined> {
    const room = this.#room;
    try {
      return await room.queue.run(() => this.#commits.make(purpose));
    } catch (cause) {
      if (cause instanceof CoreError) throw new EngineError("not_allowed", { cause });
      throw new EngineError(room.phase === "open" ? faultOf(cause) : "relay_unreachable", { cause });
    }
  }
}

async function accepted({ change, requested }: Extract<Sent, { kind: "accepted" }>): Promise<Change> {
  const refusal: RelayRefusal | undefined = await requested;
  if (!change) throw new EngineError("internal");
  if (refusal && refusal.code === "rate_limited") throw new EngineError("rate_limited", { cause: refusal });
  return change;
}

function isSame(invite: OwnInvite, inviteId: Uint8Array): boolean {
  return toHex(invite.inviteId) === toHex(inviteId);
}

function isCount(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

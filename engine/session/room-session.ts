// One room of this browser from the first connection to its end: puts the flows beside this file together, and decides what
// is wiped when the room is over. Views see it through session/view.ts.
import { toHex } from "../../codec/bytes.ts";
import type { EndReason, EngineFault } from "../../bridge/contract.ts";
import { EngineError } from "../../bridge/fault.ts";
import type { NoticeBody } from "../../wire/events.ts";
import { faultOf } from "../errors.ts";
import type { RelayClient } from "../relay/relay-client.ts";
import type { Change, RemovalReason } from "../workers/group-contract.ts";
import { Arrival } from "./arrival.ts";
import { Beats } from "./beats.ts";
import { CommitFlow } from "./commit-flow.ts";
import { Duties } from "./duties.ts";
import { EmojiRounds } from "./emoji.ts";
import { offerGroupInfo } from "./entry.ts";
import type { Invitation, NewRoom } from "./entry.ts";
import { GOODBYE_MS, sayGoodbye } from "./greeting.ts";
import { Inbox } from "./inbox.ts";
import { answerKnock, knockGone, knockReceived } from "./knocks.ts";
import { Outbox } from "./outbox.ts";
import { OwnerRequests } from "./owner-requests.ts";
import { Powers } from "./powers.ts";
import { Receipts } from "./receipts.ts";
import { Repair } from "./repair.ts";
import { forgetContents, isModerator, isOwner, nameOf, othersOf, selfIdOf } from "./room.ts";
import type { Room } from "./room.ts";

export interface SessionEvents {
  /** Something that views see has changed. */
  changed(): void;
  /** What a restarted engine would need has changed. */
  saved(): void;
}

export class RoomSession {
  readonly room: Room;
  readonly powers: Powers;
  readonly receipts: Receipts;
  readonly emoji: EmojiRounds;
  readonly #events: SessionEvents;
  readonly #arrival: Arrival;
  readonly #requests: OwnerRequests;
  readonly #commits: CommitFlow;
  readonly #beats: Beats;
  readonly #duties: Duties;
  readonly #repair: Repair;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  #cancelExpiry: (() => void) | undefined;
  /** Of the outer key. */
  #generation = 0;

  constructor(room: Room, events: SessionEvents) {
    this.room = room;
    this.#events = events;
    const changed = (): void => this.#changed();
    this.#requests = new OwnerRequests(room);
    this.#commits = new CommitFlow(room, this.#requests, {
      entered: (change) => this.#entered(change),
      removed: (by, reason) => this.#removed(by, reason),
      thrownOut: (isNew) => this.#arrival.thrownOut(isNew),
      behind: () => this.#arrival.reconnect(),
      lost: () => this.#arrival.loseWay(),
    });
    this.#arrival = new Arrival(
      room,
      { commits: this.#commits, requests: this.#requests },
      {
        changed,
        saved: () => events.saved(),
        listen: (relay) => this.#listen(relay),
        // Now rather than later: alone, nobody has to follow this commit.
        created: () => this.powers.announceRelay(),
        waiting: () => this.#waiting(),
        opened: (isBack) => this.#opened(isBack),
        cameBack: () => this.#beats.cameBack(),
        failed: (fault) => this.finish("failed", fault),
      },
    );
    this.powers = new Powers(room, this.#commits);
    this.receipts = new Receipts(room, changed);
    this.emoji = new EmojiRounds(room, changed);
    this.#repair = new Repair(room);
    this.#beats = new Beats(room, this.#commits, {
      changed: () => {
        this.#outbox.flush();
        changed();
      },
      compared: (memberId, isEqual) => this.#repair.compared(memberId, isEqual),
      catchUp: () => this.#arrival.reconnect(),
      comeBack: () => this.#arrival.loseWay(),
    });
    this.#duties = new Duties(room, {
      commits: this.#commits,
      powers: this.powers,
      beats: this.#beats,
      beaten: changed,
    });
    this.#outbox = new Outbox(room, {
      changed: () => {
        this.#duties.sent();
        this.#events.changed();
      },
      stale: (head) => this.#commits.noteHead(head),
    });
    this.#inbox = this.#openInbox();
  }

  /** Rejects with an {@link EngineError}; nothing is left behind then. */
  create(options: NewRoom): Promise<void> {
    return this.#arrival.create(options);
  }

  /** Resolves when inside, or when the knock is on its way. Rejects with an {@link EngineError} and leaves nothing behind. */
  join(invitation: Invitation): Promise<void> {
    return this.#arrival.join(invitation);
  }

  /** Comes back after a restart of the engine; keeps trying while the relay cannot be reached. */
  resume(credential: Uint8Array): void {
    this.#arrival.resume(credential);
  }

  /** Throws an {@link EngineError}. */
  send(text: string): string {
    if (this.room.phase === "ended") throw new EngineError("room_ended");
    this.receipts.sent();
    return this.#outbox.add(text).id;
  }

  retry(messageId: string): void {
    this.#outbox.retry(messageId);
  }

  reconnectNow(): void {
    this.#arrival.reconnectNow();
  }

  async renewKeys(): Promise<void> {
    await this.room.queue.run(() => this.#commits.renewKeys());
  }

  async answerKnock(knockId: string, isAdmitted: boolean): Promise<void> {
    await this.room.queue.run(() => answerKnock(this.room, this.#requests, { knockId, isAdmitted }));
    this.#changed();
  }

  async compareEmoji(): Promise<void> {
    const { room } = this;
    if (room.phase !== "open") throw new EngineError("relay_unreachable");
    if (othersOf(room).length === 0) throw new EngineError("not_allowed");
    await room.queue.run(() => this.emoji.start());
  }

  /** Owner only: the room ends for everybody. */
  async end(): Promise<void> {
    if (!isOwner(this.room)) throw new EngineError("not_allowed");
    try {
      await this.#requests.ask({ name: "room:end", body: {} });
    } catch (error) {
      throw new EngineError(faultOf(error), { cause: error });
    }
    await this.finish("destroyed");
  }

  /** Leaves on purpose. Never rejects: what cannot be said to the others in time is left unsaid. */
  async leave(): Promise<void> {
    const { room } = this;
    if (room.relay?.isConnected && room.standing) {
      const deadline = new Promise((resolve) => void room.ports.clock.setTimer(GOODBYE_MS, () => resolve(undefined)));
      await Promise.race([room.queue.run(() => sayGoodbye(room)).catch(() => undefined), deadline]);
    }
    await this.finish("left");
  }

  /** The room is over on this device: everything of it is dropped and its keys are overwritten. */
  async finish(reason: EndReason, fault?: EngineFault, byName?: string): Promise<void> {
    const { room } = this;
    if (room.phase === "ended") return;
    room.phase = "ended";
    room.end = byName === undefined ? { reason, fault } : { reason, fault, byName };
    this.abandon();
    forgetContents(room);
    this.#events.saved();
    this.#events.changed();
    await room.host.wipe(room.id);
  }

  /** Stops without a word to anybody: this engine goes away, the seat waits at the relay. */
  abandon(): void {
    this.#cancelExpiry?.();
    this.room.queue.close();
    const flows = [this.#duties, this.#commits, this.#outbox, this.#requests, this.#beats, this.#repair];
    for (const part of [...flows, this.receipts, this.emoji, this.#arrival]) part.close();
  }

  #openInbox(): Inbox {
    return new Inbox(this.room, {
      strange: () => this.#commits.noteStranger(),
      changed: () => this.#changed(),
      heard: (opened) => this.#arrival.heard(opened),
      greeted: (helloId, memberId) => this.#duties.greeted(helloId, memberId),
      synced: (helloId) => this.#duties.synced(helloId),
      leaverKnown: () => this.#duties.leaverKnown(),
      beaten: (memberId, cid, body) => this.#beats.heard(memberId, cid, body),
      received: () => {
        this.receipts.received();
        this.#repair.check();
      },
      receipted: (memberId, { heads }) => this.receipts.receipted(memberId, heads),
      typed: (memberId, isTyping) => this.receipts.typed(memberId, isTyping),
      asked: (memberId, body) => this.#repair.asked(memberId, body),
      handedOn: (contents) => this.#repair.handedOn(contents),
      emoji: (memberId, body) => this.#queue(() => this.emoji.heard(memberId, body)),
    });
  }

  #listen(relay: RelayClient): void {
    const { room } = this;
    const inTurn =
      <T>(work: (notice: T) => Promise<void> | void) =>
      (notice: T) =>
        this.#queue(async () => {
          await work(notice);
          this.#changed();
        });
    relay.onNotices({
      "ticket:granted": ({ head }) => this.#arrival.granted(head),
      "commit:accepted": inTurn((entry) => this.#commits.handleCommit(entry)),
      "commit:rolled-back": inTurn((notice) => this.#commits.handleRollback(notice)),
      "message:received": inTurn((sealed) => this.#inbox.handle("message", sealed)),
      "signal:received": inTurn((sealed) => this.#inbox.handle("signal", sealed)),
      "seat:silent": inTurn((notice) => this.#duties.silent(notice)),
      "gi:wanted": inTurn(() => offerGroupInfo(room)),
      "knock:received": inTurn((notice) => knockReceived(room, notice)),
      "knock:gone": inTurn((notice) => knockGone(room, notice)),
      "knock:answered": ({ sealed }) => this.#arrival.knockAnswered(sealed),
      "invite:guessed": inTurn(({ inviteId, failures }) => void room.guesses.set(toHex(inviteId), failures)),
      "room:ended": (notice) => void this.#relayEnded(notice),
      "relay:draining": () => this.#arrival.reconnect(relay),
    });
  }

  #queue(task: () => Promise<void>): void {
    this.room.queue.run(task).catch(() => this.#arrival.loseWay());
  }

  async #relayEnded({ reason, proof }: NoticeBody<"room:ended">): Promise<void> {
    const { room } = this;
    if (reason === "expired") return this.finish("expired");
    if (reason === "empty") return this.finish("emptied");
    // Only the owner's signature makes it the owner's doing; a relay alone can merely stop serving.
    const isProven = proof !== undefined && (await room.host.isEndProven(room.id, proof).catch(() => false));
    return isProven ? this.finish("destroyed") : this.finish("failed", "room_ended");
  }

  /** Nobody has answered yet: they may be behind us, or gone. */
  async #waiting(): Promise<void> {
    await this.#beats.send();
    await this.#commits.clear();
  }

  #opened(isBack: boolean): void {
    this.#duties.entered();
    this.#outbox.flush();
    this.#beats.judge();
    this.#queue(() => this.#repair.entered(isBack));
  }

  #entered(change: Change): void {
    const { room } = this;
    if (othersOf(room).length === 0) this.#arrival.alone();
    if (room.phase === "open") {
      this.#duties.entered();
      this.#outbox.flush();
    }
    this.emoji.entered();
    this.#beats.judge();
    this.#minded(change);
    this.#resealed(change);
    this.#events.saved();
    this.#changed();
  }

  /** Invites of our own come and go with orders; a new owner tells the relay what the old one may not have. */
  #minded({ orders, by }: Change): void {
    const { room } = this;
    const isAboutInvites = orders.some(({ kind }) => kind === "invite" || kind === "revoke");
    if (isModerator(room) && (isAboutInvites || room.ownInvites.length === 0)) {
      this.#queue(async () => {
        room.ownInvites = await room.host.ownInvites(room.id);
        this.#duties.planExpiry();
        this.#changed();
      });
    }
    const selfId = selfIdOf(room);
    const isRaised = orders.some((order) => order.kind === "handover" && order.member === selfId);
    if (isRaised && by !== selfId) this.#queue(() => this.#requests.addAll());
  }

  /** Packets of invites hold the outer key: after somebody else's kick ours hold the one before. */
  #resealed({ by, standing }: Change): void {
    const { generation } = standing.terms;
    const isNew = generation !== this.#generation;
    this.#generation = generation;
    if (isNew && by !== selfIdOf(this.room)) this.#queue(() => this.#requests.addAll());
  }

  #removed(by: string, reason: RemovalReason): void {
    const { room } = this;
    // Taken out for silence: our key still opens the door.
    if (reason === "gone") this.#arrival.loseWay();
    else if (reason === "left") void this.finish("left");
    else void this.finish("removed", undefined, nameOf(room, by));
  }

  #armExpiry(): void {
    const { room } = this;
    if (!Number.isFinite(room.endsAtMs) || room.phase === "ended") return;
    this.#cancelExpiry?.();
    const leftMs = Math.max(0, room.endsAtMs - room.ports.clock.monotonicMs());
    this.#cancelExpiry = room.ports.clock.setTimer(leftMs, () => void this.finish("expired"));
  }

  #changed(): void {
    this.#armExpiry();
    this.#events.changed();
  }
}

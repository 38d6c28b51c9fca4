// One room of this browser from the first connection to its end: puts the flows beside this file together, and decides what
// is wiped when the room is over. Views see it through session/view.ts.
import { toHex } from "../../codec/bytes.ts";
import type { EndReason, EngineFault } from "../../bridge/contract.ts";
import { EngineError } from "../../bridge/fault.ts";
import { decodeLink } from "../../core/room/link.ts";
import type { NoticeBody } from "../../wire/events.ts";
import { faultOf } from "../errors.ts";
import { RelayRefusal } from "../relay/relay-client.ts";
import type { RelayClient } from "../relay/relay-client.ts";
import type { Change, Opened, RemovalReason } from "../workers/group-contract.ts";
import { Beats } from "./beats.ts";
import { CommitFlow } from "./commit-flow.ts";
import { Connection } from "./connection.ts";
import { Duties } from "./duties.ts";
import { EmojiRounds } from "./emoji.ts";
import { createRoom, enterGroup, offerGroupInfo, openInvite, sendKnock, takeKnockAnswer, Tickets } from "./entry.ts";
import type { Invitation, NewRoom } from "./entry.ts";
import { GOODBYE_MS, greet, sayGoodbye } from "./greeting.ts";
import { Inbox } from "./inbox.ts";
import { answerKnock, knockGone, knockReceived } from "./knocks.ts";
import { Outbox } from "./outbox.ts";
import { OwnerRequests } from "./owner-requests.ts";
import { Powers } from "./powers.ts";
import { Receipts } from "./receipts.ts";
import { Repair } from "./repair.ts";
import { rejoin, resumeSeat } from "./return.ts";
import { forgetContents, isModerator, isOwner, nameOf, othersOf, selfIdOf } from "./room.ts";
import type { Room } from "./room.ts";

/** For so long after coming in, the commit that brought us in may still be taken back. */
const TRIAL_MS = 15_000;

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
  readonly #connection: Connection;
  readonly #tickets = new Tickets();
  readonly #requests: OwnerRequests;
  readonly #commits: CommitFlow;
  readonly #beats: Beats;
  readonly #duties: Duties;
  readonly #repair: Repair;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  /** The way in, until we are inside for good. */
  #invitation: Invitation | undefined;
  #isEntering = false;
  #cancelExpiry: (() => void) | undefined;
  #enteredEpoch = 0;
  #isComingBack = false;

  constructor(room: Room, events: SessionEvents) {
    this.room = room;
    this.#events = events;
    const changed = (): void => this.#changed();
    this.#connection = new Connection(room, {
      listen: (relay) => this.#listen(relay),
      lost: () => this.#disconnected(),
      retry: () => this.#reconnect(),
    });
    this.#requests = new OwnerRequests(room);
    this.#commits = new CommitFlow(room, this.#requests, {
      entered: (change) => this.#entered(change),
      removed: (by, reason) => this.#removed(by, reason),
      thrownOut: (isNew) => this.#thrownOut(isNew),
      lost: () => this.#loseWay(),
    });
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
      catchUp: () => this.#connection.drop(),
      comeBack: () => this.#loseWay(),
    });
    this.#duties = new Duties(room, {
      commits: this.#commits,
      powers: this.powers,
      beats: this.#beats,
      beaten: changed,
    });
    this.#outbox = new Outbox(room, () => {
      this.#duties.sent();
      this.#events.changed();
    });
    this.#inbox = new Inbox(room, {
      changed,
      heard: (opened) => this.#heard(opened),
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

  /** Rejects with an {@link EngineError}; nothing is left behind then. */
  async create(options: NewRoom): Promise<void> {
    await this.#enterFirst(async () => {
      await this.#connection.open();
      await this.room.queue.run(async () => {
        await createRoom(this.room, options);
        await this.#greet();
      });
      this.#settleIn();
    });
  }

  /** Resolves when inside, or when the knock is on its way. Rejects with an {@link EngineError} and leaves nothing behind. */
  async join(invitation: Invitation): Promise<void> {
    this.#invitation = invitation;
    await this.#enterFirst(() => this.#enterByInvite(invitation));
  }

  async #enterFirst(enter: () => Promise<void>): Promise<void> {
    this.#isEntering = true;
    try {
      await enter();
    } catch (error) {
      await this.finish("failed", faultOf(error));
      throw error instanceof EngineError ? error : new EngineError(faultOf(error), { cause: error });
    } finally {
      this.#isEntering = false;
    }
  }

  async #enterByInvite(invitation: Invitation): Promise<void> {
    const { room } = this;
    // Said before the work begins: a password keeps a thread busy.
    room.entry = decodeLink(invitation.link).flags.hasPassword ? "password" : "connecting";
    this.#changed();
    await this.#connection.open();
    const isInside = await room.queue.run(async () => {
      if (!(await openInvite(room, invitation))) {
        await sendKnock(room);
        return false;
      }
      this.#changed();
      await this.#enterGroup();
      return true;
    });
    if (isInside) this.#settleIn();
    this.#changed();
  }

  async #enterGroup(): Promise<void> {
    await enterGroup(this.room, this.#tickets, this.#commits);
    await this.#greet();
  }

  /** Comes back after a restart of the engine; keeps trying while the relay cannot be reached. */
  resume(credential: Uint8Array): void {
    const { room } = this;
    room.phase = "reconnecting";
    room.wasOpen = true;
    room.queue
      .run(async () => {
        room.facts = await room.host.restore(room.id, credential);
      })
      .catch(() => this.finish("failed", "internal"));
    this.#armExpiry();
    this.#reconnect();
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
    this.#connection.retryNow();
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
    this.#invitation = undefined;
    forgetContents(room);
    this.#events.saved();
    this.#events.changed();
    await room.host.wipe(room.id);
  }

  /** Stops without a word to anybody: this engine goes away, the seat waits at the relay. */
  abandon(): void {
    this.#tickets.lost();
    this.#cancelExpiry?.();
    const { receipts, emoji } = this;
    const parts = [
      this.#duties,
      this.#commits,
      this.#outbox,
      this.#requests,
      this.#beats,
      this.#repair,
      receipts,
      emoji,
    ];
    for (const part of parts) part.close();
    this.room.queue.close();
    this.#connection.close();
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
      "ticket:granted": ({ head }) => this.#tickets.granted(head),
      "commit:accepted": inTurn((entry) => this.#commits.handleCommit(entry)),
      "commit:rolled-back": inTurn((notice) => this.#commits.handleRollback(notice)),
      "message:received": inTurn((sealed) => this.#inbox.handle("message", sealed)),
      "signal:received": inTurn((sealed) => this.#inbox.handle("signal", sealed)),
      "seat:silent": inTurn((notice) => this.#duties.silent(notice)),
      "gi:wanted": inTurn(() => offerGroupInfo(room)),
      "knock:received": inTurn((notice) => knockReceived(room, notice)),
      "knock:gone": inTurn((notice) => knockGone(room, notice)),
      "knock:answered": ({ sealed }) => this.#knockAnswered(sealed),
      "invite:guessed": inTurn(({ inviteId, failures }) => void room.guesses.set(toHex(inviteId), failures)),
      "room:ended": (notice) => void this.#relayEnded(notice),
      "relay:draining": () => this.#connection.drop(relay),
    });
  }

  #queue(task: () => Promise<void>): void {
    this.room.queue.run(task).catch(() => this.#loseWay());
  }

  #knockAnswered(sealed: Uint8Array): void {
    const { room } = this;
    if (room.entry !== "knocking") return;
    void room.queue
      .run(async () => {
        await takeKnockAnswer(room, sealed);
        this.#changed();
        await this.#enterGroup();
      })
      .then(() => this.#settleIn())
      .catch((error: unknown) => this.#returnFailed(error));
  }

  async #relayEnded({ reason, proof }: NoticeBody<"room:ended">): Promise<void> {
    const { room } = this;
    if (reason === "expired") return this.finish("expired");
    if (reason === "empty") return this.finish("emptied");
    // Only the owner's signature makes it the owner's doing; a relay alone can merely stop serving.
    const isProven = proof !== undefined && (await room.host.isEndProven(room.id, proof).catch(() => false));
    return isProven ? this.finish("destroyed") : this.finish("failed", "room_ended");
  }

  #disconnected(): void {
    const { room } = this;
    this.#tickets.lost();
    if (room.phase === "ended" || this.#isEntering) return;
    room.phase = room.wasOpen ? "reconnecting" : "joining";
    if (!room.wasOpen) room.entry = "connecting";
    this.#events.changed();
    this.#connection.retryLater();
  }

  #reconnect(): void {
    const { room } = this;
    const isKnown = room.wasOpen || room.resumeToken !== undefined;
    const way = isKnown || !this.#invitation ? this.#resume() : this.#enterByInvite(this.#invitation);
    void way.catch((error: unknown) => this.#returnFailed(error));
  }

  async #resume(): Promise<void> {
    const { room } = this;
    await this.#connection.open();
    await room.queue.run(async () => {
      await resumeSeat(room, this.#returnParts());
      await this.#greet();
    });
    this.#settleIn();
  }

  #returnParts() {
    return { tickets: this.#tickets, commits: this.#commits, requests: this.#requests };
  }

  #returnFailed(error: unknown): void {
    const { room } = this;
    if (room.phase === "ended") return;
    const isRefused =
      error instanceof RelayRefusal && ["not_admitted", "expired", "full", "locked"].includes(error.code);
    const isFault = error instanceof EngineError && error.code !== "relay_unreachable";
    if (isRefused || isFault) {
      void this.finish("failed", faultOf(error));
      return;
    }
    // Once more from the start, by a connection of its own.
    room.relay?.close();
    this.#connection.retryLater();
  }

  async #greet(): Promise<void> {
    const { room } = this;
    this.#enteredEpoch = room.standing?.epoch ?? 0;
    room.enteredAtMs = room.ports.clock.monotonicMs();
    room.isVerified = othersOf(room).length === 0;
    await greet(room);
  }

  #settleIn(): void {
    this.#connection.settled();
    this.#armExpiry();
    if (this.room.isVerified) this.#open();
    this.#requests.flush();
    this.#events.saved();
    this.#changed();
  }

  #open(): void {
    const { room } = this;
    if (room.phase === "ended" || !room.relay?.isConnected) return;
    const isBack = room.wasOpen;
    if (room.enteredEpoch === 0) room.enteredEpoch = this.#enteredEpoch;
    room.phase = "open";
    room.entry = undefined;
    room.wasOpen = true;
    if (!isBack) room.ports.clock.setTimer(TRIAL_MS, () => this.#trialOver());
    this.#duties.entered();
    this.#outbox.flush();
    this.#beats.judge();
    this.#queue(() => this.#repair.entered(isBack));
  }

  #trialOver(): void {
    if (this.room.wasOpen) this.#invitation = undefined;
  }

  #heard(opened: Opened): void {
    const { room } = this;
    if (room.isVerified || opened.body.kind === "beat" || (opened.epoch ?? 0) < this.#enteredEpoch) return;
    room.isVerified = true;
    this.#open();
  }

  #entered(change: Change): void {
    const { room } = this;
    if (othersOf(room).length === 0 && !room.isVerified && room.phase !== "joining") {
      room.isVerified = true;
      this.#open();
    }
    if (room.phase === "open") {
      this.#duties.entered();
      this.#outbox.flush();
    }
    this.emoji.entered();
    this.#beats.judge();
    this.#minded(change);
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

  #removed(by: string, reason: RemovalReason): void {
    const { room } = this;
    // Taken out for silence: our key still opens the door.
    if (reason === "gone") this.#loseWay();
    else if (reason === "left") void this.finish("left");
    else void this.finish("removed", undefined, nameOf(room, by));
  }

  /** The commit that brought us in was taken back, and our seat with it. Whoever was new begins anew. */
  #thrownOut(isNew: boolean): void {
    const { room } = this;
    room.resumeToken = undefined;
    room.standing = undefined;
    if (isNew) room.wasOpen = false;
    room.ports.clock.setTimer(0, () => this.#connection.drop());
  }

  /** What we hold and what the relay holds no longer meet: come back through the door. */
  #loseWay(): void {
    const { room } = this;
    if (room.phase === "ended" || this.#isComingBack || this.#isEntering) return;
    this.#isComingBack = true;
    room.phase = room.wasOpen ? "reconnecting" : "joining";
    room.isVerified = false;
    this.#changed();
    void room.queue
      .run(async () => {
        await rejoin(room, this.#returnParts());
        await this.#greet();
      })
      .then(() => this.#beats.cameBack())
      .then(() => this.#settleIn())
      .catch((error: unknown) => this.#returnFailed(error))
      .finally(() => {
        this.#isComingBack = false;
      });
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

// Whether we are in the room: the first way in, the ways back, and the moment from which we say that we are inside. Owns the
// connection; everything that touches the group runs inside the room's queue.
import type { EngineFault } from "../../bridge/contract.ts";
import { EngineError } from "../../bridge/fault.ts";
import { CoreError } from "../../core/errors.ts";
import { decodeLink } from "../../core/room/link.ts";
import type { Head } from "../../wire/events.ts";
import { faultOf } from "../errors.ts";
import { RelayLost, RelayRefusal } from "../relay/relay-client.ts";
import type { RelayClient } from "../relay/relay-client.ts";
import type { Opened } from "../workers/group-contract.ts";
import type { CommitFlow } from "./commit-flow.ts";
import { Connection } from "./connection.ts";
import { createRoom, enterGroup, openInvite, sendKnock, takeKnockAnswer, Tickets } from "./entry.ts";
import type { Invitation, NewRoom } from "./entry.ts";
import { greet } from "./greeting.ts";
import { sendNow } from "./outbox.ts";
import type { OwnerRequests } from "./owner-requests.ts";
import { isAskedFirst, rejoin, resumeSeat } from "./return.ts";
import { othersOf } from "./room.ts";
import type { Room } from "./room.ts";

/** For so long after coming in, the commit that brought us in may still be taken back. */
const TRIAL_MS = 15_000;

/** Nobody has answered our hello: it may be lost, so we say it again, less and less often. */
const HELLO_MS = 5_000;
const MAX_HELLO_MS = 30_000;

/** So often the packet of an invite is asked for before its room counts as not verified. */
const MAX_PACKETS = 3;

/** The relay has granted an older epoch than one we have been in: so long another grant may come, and so often we ask again. */
const OLDER_MS = 1_500;
const MAX_OLDER = 3;

/** There is no way back after these. */
const finalRefusals = ["not_admitted", "expired", "full", "locked"];

function isUnderAnotherKey(error: unknown): boolean {
  return error instanceof EngineError && error.cause instanceof CoreError && error.cause.code === "decrypt_failed";
}

export interface ArrivalEvents {
  changed(): void;
  /** What a restarted engine would need has changed. */
  saved(): void;
  /** Registers what handles the notices of a new connection. */
  listen(relay: RelayClient): void;
  /** The room exists, with this member alone in it. */
  created(): Promise<void>;
  /** We are in the group, and have not been answered yet. */
  waiting(): Promise<void>;
  /** From here on the room is open, once more if `isBack`. */
  opened(isBack: boolean): void;
  /** We came back by an external commit of our own. */
  cameBack(): void;
  /** Wipes the room. */
  failed(fault: EngineFault): Promise<void>;
}

export interface ArrivalParts {
  readonly commits: CommitFlow;
  readonly requests: OwnerRequests;
}

export class Arrival {
  readonly #room: Room;
  readonly #events: ArrivalEvents;
  readonly #parts: ArrivalParts & { readonly tickets: Tickets };
  readonly #connection: Connection;
  /** The way in, until we are inside for good. */
  #invitation: Invitation | undefined;
  #isEntering = false;
  #isComingBack = false;
  #isClosed = false;
  #isThrownOut = false;
  /** Grants of older epochs in a row. */
  #older = 0;
  #cancelHello: (() => void) | undefined;
  #enteredEpoch = 0;

  constructor(room: Room, parts: ArrivalParts, events: ArrivalEvents) {
    this.#room = room;
    this.#events = events;
    this.#parts = { ...parts, tickets: new Tickets() };
    this.#connection = new Connection(room, {
      listen: (relay) => events.listen(relay),
      lost: () => this.#disconnected(),
      retry: () => this.#reconnect(),
    });
  }

  /** Rejects with an {@link EngineError}; nothing is left behind then. */
  async create(options: NewRoom): Promise<void> {
    await this.#enterFirst(async () => {
      await this.#connection.open();
      await this.#room.queue.run(async () => {
        await createRoom(this.#room, options);
        await this.#events.created();
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
      await this.#events.failed(faultOf(error));
      throw error instanceof EngineError ? error : new EngineError(faultOf(error), { cause: error });
    } finally {
      this.#isEntering = false;
    }
  }

  async #enterByInvite(invitation: Invitation): Promise<void> {
    const room = this.#room;
    // Said before the work begins: a password keeps a thread busy.
    room.entry = decodeLink(invitation.link).flags.hasPassword ? "password" : "connecting";
    this.#events.changed();
    await this.#connection.open();
    const isInside = await room.queue.run(async () => {
      if (!(await openInvite(room, invitation))) {
        await sendKnock(room);
        return false;
      }
      this.#events.changed();
      await this.#enterByPacket(invitation);
      return true;
    });
    if (isInside) this.#settleIn();
    this.#events.changed();
  }

  /** Between a kick and the makers' word to the relay the packet of an invite holds the outer key of before. */
  async #enterByPacket(invitation: Invitation): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#enterGroup();
        return;
      } catch (error) {
        if (attempt >= MAX_PACKETS || !isUnderAnotherKey(error)) throw error;
        await openInvite(this.#room, invitation);
      }
    }
  }

  async #enterGroup(): Promise<void> {
    await enterGroup(this.#room, this.#parts.tickets, this.#parts.commits);
    await this.#greet();
  }

  /** Comes back after a restart of the engine; keeps trying while the relay cannot be reached. */
  resume(credential: Uint8Array): void {
    const room = this.#room;
    room.phase = "reconnecting";
    room.wasOpen = true;
    room.queue
      .run(async () => {
        room.facts = await room.host.restore(room.id, credential);
      })
      .catch(() => this.#events.failed("internal"));
    this.#events.changed();
    this.#reconnect();
  }

  reconnectNow(): void {
    this.#connection.retryNow();
  }

  /** Gives the connection up for a new one. */
  reconnect(relay?: RelayClient): void {
    this.#connection.drop(relay);
  }

  granted(head: Head): void {
    this.#parts.tickets.granted(head, (giveUp) => {
      this.#room.ports.clock.setTimer(OLDER_MS, () => {
        const isFinal = ++this.#older >= MAX_OLDER;
        giveUp(isFinal ? new EngineError("room_unverified") : new RelayLost("an older epoch"));
      });
    });
  }

  /** To our knock. */
  knockAnswered(sealed: Uint8Array): void {
    const room = this.#room;
    if (room.entry !== "knocking") return;
    void room.queue
      .run(async () => {
        await takeKnockAnswer(room, sealed);
        this.#events.changed();
        await this.#enterGroup();
      })
      .then(() => this.#settleIn())
      .catch((error: unknown) => this.#returnFailed(error));
  }

  /** Somebody else is in our epoch: the room is what it seems. */
  heard(opened: Opened): void {
    const room = this.#room;
    if (room.isVerified || opened.body.kind === "beat" || (opened.epoch ?? 0) < this.#enteredEpoch) return;
    room.isVerified = true;
    this.#open();
  }

  /** Nobody else is in the room: there is nobody to hear. */
  alone(): void {
    const { phase, isVerified } = this.#room;
    if (isVerified || phase === "joining" || phase === "ended") return;
    this.#room.isVerified = true;
    this.#open();
  }

  /**
   * The commit that brought us in was taken back, and our seat with it: so the relay says. Whether or not it is so, we come
   * back under the same key, so that nobody sees us twice. Only somebody who has to be asked first begins anew.
   */
  thrownOut(isNew: boolean): void {
    const room = this.#room;
    room.resumeToken = undefined;
    room.standing = undefined;
    this.#isThrownOut = !isNew || (this.#invitation !== undefined && !isAskedFirst(this.#invitation));
    if (isNew) room.wasOpen = false;
    room.ports.clock.setTimer(0, () => this.#connection.drop());
  }

  /** What we hold and what the relay holds no longer meet: come back through the door. */
  loseWay(): void {
    const room = this.#room;
    if (room.phase === "ended" || this.#isComingBack || this.#isEntering) return;
    this.#isComingBack = true;
    room.phase = room.wasOpen ? "reconnecting" : "joining";
    room.isVerified = false;
    this.#events.changed();
    void room.queue
      .run(async () => {
        await rejoin(room, this.#parts);
        await this.#greet();
      })
      .then(() => this.#events.cameBack())
      .then(() => this.#settleIn())
      .catch((error: unknown) => this.#returnFailed(error))
      .finally(() => {
        this.#isComingBack = false;
      });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelHello?.();
    this.#invitation = undefined;
    this.#parts.tickets.lost();
    this.#connection.close();
  }

  #disconnected(): void {
    const room = this.#room;
    this.#parts.tickets.lost();
    if (room.phase === "ended" || this.#isEntering || this.#isClosed) return;
    room.phase = room.wasOpen ? "reconnecting" : "joining";
    if (!room.wasOpen) room.entry = "connecting";
    this.#events.changed();
    this.#connection.retryLater();
  }

  #reconnect(): void {
    const room = this.#room;
    const isKnown = room.wasOpen || room.resumeToken !== undefined || this.#isThrownOut;
    const way = isKnown || !this.#invitation ? this.#resume() : this.#enterByInvite(this.#invitation);
    void way.catch((error: unknown) => this.#returnFailed(error));
  }

  async #resume(): Promise<void> {
    const room = this.#room;
    await this.#connection.open();
    await room.queue.run(async () => {
      const wasInside = room.isVerified && room.wasOpen;
      const hasStayed = await resumeSeat(room, { ...this.#parts, invitation: this.#invitation });
      this.#isThrownOut = false;
      await this.#greet();
      // Whoever never left the group need not be heard again: nobody else would speak first.
      if (hasStayed && wasInside) room.isVerified = true;
    });
    this.#settleIn();
  }

  #returnFailed(error: unknown): void {
    const room = this.#room;
    if (room.phase === "ended" || this.#isClosed) return;
    const isRefused = error instanceof RelayRefusal && finalRefusals.includes(error.code);
    const isFault = error instanceof EngineError && error.code !== "relay_unreachable";
    if (isRefused || isFault) {
      void this.#events.failed(faultOf(error));
      return;
    }
    // Once more from the start, by a connection of its own.
    room.relay?.close();
    this.#connection.retryLater();
  }

  async #greet(): Promise<void> {
    const room = this.#room;
    this.#enteredEpoch = room.standing?.epoch ?? 0;
    room.enteredAtMs = room.ports.clock.monotonicMs();
    room.isVerified = othersOf(room).length === 0;
    await greet(room);
  }

  #settleIn(): void {
    this.#connection.settled();
    this.#older = 0;
    if (this.#room.isVerified) this.#open();
    else this.#askAgain(HELLO_MS);
    this.#parts.requests.flush();
    this.#events.saved();
    this.#events.changed();
  }

  #askAgain(delayMs: number): void {
    const room = this.#room;
    this.#cancelHello?.();
    this.#cancelHello = room.ports.clock.setTimer(delayMs, () => {
      this.#cancelHello = undefined;
      if (room.isVerified || room.phase === "ended" || this.#isClosed) return;
      this.#askAgain(Math.min(2 * delayMs, MAX_HELLO_MS));
      room.queue.run(() => this.#sayHello()).catch(() => undefined);
    });
  }

  async #sayHello(): Promise<void> {
    const room = this.#room;
    if (room.isVerified || !room.standing || !room.relay?.isConnected) return;
    await sendNow(room, "message", { kind: "hello" });
    await this.#events.waiting();
  }

  #open(): void {
    const room = this.#room;
    if (room.phase === "ended" || !room.relay?.isConnected) return;
    const isBack = room.wasOpen;
    room.phase = "open";
    room.entry = undefined;
    room.wasOpen = true;
    if (!isBack) room.ports.clock.setTimer(TRIAL_MS, () => this.#trialOver());
    this.#events.opened(isBack);
  }

  #trialOver(): void {
    if (this.#room.wasOpen) this.#invitation = undefined;
  }
}

// Contents that arrive: opened, attributed, and turned into what the room shows or knows. Runs inside the room's queue.
import { toHex } from "../../codec/bytes.ts";
import { CoreError } from "../../core/errors.ts";
import { isNumbered } from "../../core/room/content.ts";
import type { ContentBody } from "../../core/room/content.ts";
import { addText, noteLast, noteNumber } from "../../core/room/timeline.ts";
import type { Opened, Profile, SealRequest } from "../workers/group-contract.ts";
import { isOwner, isReadOnly, limitLife } from "./room.ts";
import type { Room } from "./room.ts";

type Body<K extends ContentBody["kind"]> = Extract<ContentBody, { kind: K }>;

/** What the flows beside this one act on. */
const passed = ["beat", "receipt", "typing", "have", "sas-commit", "sas-reveal"] as const;
type Passed = (typeof passed)[number];

function isPassed(body: ContentBody): body is Body<Passed> {
  return (passed as readonly string[]).includes(body.kind);
}

export interface InboxEvents {
  /** Something came from an epoch in which we have never been. */
  strange(): void;
  changed(): void;
  /** A member of our epoch has been heard: the room is what it seems. */
  heard(opened: Opened): void;
  /** Somebody came in and wants to know the others. */
  greeted(helloId: Uint8Array, memberId: string): void;
  synced(helloId: string): void;
  leaverKnown(): void;
  beaten(memberId: string, cid: Uint8Array, body: Body<"beat">): void;
  /** Something new has come from others. */
  received(): void;
  receipted(memberId: string, body: Body<"receipt">): void;
  typed(memberId: string, isTyping: boolean): void;
  asked(memberId: string, body: Body<"have">): void;
  handedOn(contents: readonly Opened[]): void;
  emoji(memberId: string, body: Body<"sas-commit" | "sas-reveal">): void;
}

/** Beats are sealed outside the group: for those that do not open as one, what else could have come as a signal. */
const kindsOf = { message: ["message"], signal: ["beat", "signal"] } as const satisfies Record<
  "message" | "signal",
  readonly SealRequest["kind"][]
>;

export class Inbox {
  readonly #room: Room;
  readonly #events: InboxEvents;

  constructor(room: Room, events: InboxEvents) {
    this.#room = room;
    this.#events = events;
  }

  async handle(as: "message" | "signal", sealed: { cid: Uint8Array; envelope: Uint8Array }): Promise<void> {
    const room = this.#room;
    const nowMs = room.ports.clock.monotonicMs();
    let fault: CoreError | undefined;
    for (const kind of kindsOf[as]) {
      try {
        const opened = await room.host.open(room.id, { kind, ...sealed, nowMs });
        room.heardAtMs.set(opened.memberId, nowMs);
        this.#show(opened);
        this.#events.heard(opened);
        this.#events.changed();
        return;
      } catch (error) {
        if (!(error instanceof CoreError)) throw error;
        fault = error;
      }
    }
    // Sealed in an epoch before we came, or after we were last told of one: nothing to open, nothing wrong with it.
    if (fault?.code !== "wrong_epoch") room.undecryptable++;
    if (!room.epochs.has(toHex(sealed.cid))) this.#events.strange();
    this.#events.changed();
  }

  #show(opened: Opened): void {
    const room = this.#room;
    const { body, memberId, run, sequence, previous } = opened;
    if (isNumbered(body)) {
      this.#showNumbered(opened, false);
      return;
    }
    room.timeline = noteLast(room.timeline, positionOf(opened), room.ports.clock.wallMs());
    room.ledger.tell({ memberId, run, sequence }, previous);
    this.#learn(opened);
    this.#events.received();
  }

  /** Of each number once; `handedOn` by somebody else than its author. */
  #showNumbered(opened: Opened, handedOn: boolean): void {
    const room = this.#room;
    const { body, memberId, messageId, isLate } = opened;
    if (body.kind === "text" && isReadOnly(room, memberId)) return;
    // What others hand on may be from before we came; or from an epoch that we slept through.
    const isRecent = !handedOn || room.hasRejoined || room.epochs.has(toHex(opened.cid));
    const taken = room.ledger.take(opened, isRecent);
    if (taken === "conflict") room.equivocators.add(memberId);
    const at = positionOf(opened);
    const atMs = room.ports.clock.wallMs();
    // Not for us, and not missing either.
    if (taken === "old" && room.timeline.progress.has(memberId)) {
      room.timeline = noteNumber(room.timeline, at, atMs) ?? room.timeline;
    }
    if (taken !== "new") return;
    if (body.kind === "text") {
      room.typing.delete(memberId);
      const next = addText(room.timeline, { id: toHex(messageId), at, text: body.text, atMs, isLate });
      if (next) room.unread++;
      room.timeline = next ?? room.timeline;
    } else {
      room.timeline = noteNumber(room.timeline, at, atMs) ?? room.timeline;
      this.#events.leaverKnown();
    }
    this.#events.received();
  }

  #learn(opened: Opened): void {
    const room = this.#room;
    const { body, memberId, messageId, lamport, signed } = opened;
    if (isPassed(body)) {
      this.#pass(opened, body);
      return;
    }
    switch (body.kind) {
      case "profile":
        learnProfile(room, { memberId, name: body.name, lamport, signed });
        return;
      case "hello":
        this.#events.greeted(messageId, memberId);
        return;
      case "sync":
        for (const profile of opened.profiles) learnProfile(room, profile);
        // Only the owner's word shortens a life: anybody else's could end the room for newcomers.
        if (isOwner(room, memberId)) limitLife(room, body.remainingMs);
        this.#events.synced(toHex(body.hello));
        return;
      case "again":
        for (const content of opened.contents) if (isNumbered(content.body)) this.#showNumbered(content, true);
        this.#events.handedOn(opened.contents);
        return;
      case "text":
      case "leave":
        return;
      default:
        body satisfies never;
    }
  }

  #pass({ memberId, cid }: Opened, body: Body<Passed>): void {
    switch (body.kind) {
      case "beat":
        this.#events.beaten(memberId, cid, body);
        return;
      case "receipt":
        this.#events.receipted(memberId, body);
        return;
      case "typing":
        this.#events.typed(memberId, body.isTyping);
        return;
      case "have":
        this.#events.asked(memberId, body);
        return;
      case "sas-commit":
      case "sas-reveal":
        this.#events.emoji(memberId, body);
        return;
      default:
        body satisfies never;
    }
  }
}

function positionOf({ lamport, memberId, run, sequence }: Opened) {
  return { lamport, author: memberId, run, sequence };
}

function learnProfile(room: Room, { memberId, name, lamport, signed }: Profile): void {
  const known = room.profiles.get(memberId);
  if (!known || known.lamport < lamport) room.profiles.set(memberId, { name, lamport, signed });
}

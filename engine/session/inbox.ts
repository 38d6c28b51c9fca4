// Contents that arrive: opened, attributed, and turned into what the room shows or knows. Runs inside the room's queue.
import { toHex } from "../../codec/bytes.ts";
import { CoreError } from "../../core/errors.ts";
import { isNumbered } from "../../core/room/content.ts";
import { addText, noteLast, noteNumber } from "../../core/room/timeline.ts";
import type { Opened, Profile } from "../workers/group-contract.ts";
import { limitLife } from "./room.ts";
import type { Room } from "./room.ts";

export interface InboxEvents {
  changed(): void;
  /** A member of our epoch has been heard: the room is what it seems. */
  heard(opened: Opened): void;
  /** Somebody came in and wants to know the others. */
  greeted(helloId: Uint8Array, memberId: string): void;
  synced(helloId: string): void;
  leaverKnown(): void;
}

export class Inbox {
  readonly #room: Room;
  readonly #events: InboxEvents;

  constructor(room: Room, events: InboxEvents) {
    this.#room = room;
    this.#events = events;
  }

  async handle(kind: "message" | "signal", sealed: { cid: Uint8Array; envelope: Uint8Array }): Promise<void> {
    const room = this.#room;
    const nowMs = room.ports.clock.monotonicMs();
    let opened: Opened;
    try {
      opened = await room.host.open(room.id, { kind, ...sealed, nowMs });
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      // Sealed in an epoch before we came, or after we were last told of one: nothing to open, nothing wrong with it.
      if (error.code !== "wrong_epoch") room.undecryptable++;
      this.#events.changed();
      return;
    }
    room.heardAtMs.set(opened.memberId, nowMs);
    this.#show(opened);
    this.#events.heard(opened);
    this.#events.changed();
  }

  #show(opened: Opened): void {
    const room = this.#room;
    const { body, memberId, messageId, run, sequence, lamport, isLate } = opened;
    const at = { lamport, author: memberId, run, sequence };
    const atMs = room.ports.clock.wallMs();
    if (!isNumbered(body)) room.timeline = noteLast(room.timeline, at, atMs);
    switch (body.kind) {
      case "text": {
        const next = addText(room.timeline, { id: toHex(messageId), at, text: body.text, atMs, isLate });
        if (!next) return;
        room.timeline = next;
        room.unread++;
        return;
      }
      case "leave":
        room.timeline = noteNumber(room.timeline, at, atMs) ?? room.timeline;
        this.#events.leaverKnown();
        return;
      case "beat":
        return;
      case "profile":
        learnProfile(room, { memberId, name: body.name, lamport, signed: opened.signed });
        return;
      case "hello":
        this.#events.greeted(messageId, memberId);
        return;
      case "sync":
        for (const profile of opened.profiles) learnProfile(room, profile);
        // Only the owner's word shortens a life: anybody else's could end the room for newcomers.
        if (memberId === room.facts?.ownerId) limitLife(room, body.remainingMs);
        this.#events.synced(toHex(body.hello));
        return;
      default:
        body satisfies never;
    }
  }
}

function learnProfile(room: Room, { memberId, name, lamport, signed }: Profile): void {
  const known = room.profiles.get(memberId);
  if (!known || known.lamport < lamport) room.profiles.set(memberId, { name, lamport, signed });
}

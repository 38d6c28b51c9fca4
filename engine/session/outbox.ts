// Contents on their way out: numbered, sealed in the epoch we stand in, sent until the relay has fanned them out. Texts wait
// here while the room is not open, or while we know that others are ahead of us; the rest is only sent when it is open.
import { toHex } from "../../codec/bytes.ts";
import { randomBytes } from "../../core/crypto/random.ts";
import { addText } from "../../core/room/timeline.ts";
import type { ContentBody } from "../../core/room/content.ts";
import { EngineError } from "../../bridge/fault.ts";
import type { Head } from "../../wire/events.ts";
import { RelayLost, RelayRefusal } from "../relay/relay-client.ts";
import type { Sealed, SealRequest } from "../workers/group-contract.ts";
import { isReadOnly, selfIdOf } from "./room.ts";
import type { OutgoingText, Room } from "./room.ts";

const MAX_WAITING = 200;
const MAX_IN_FLIGHT = 16;
const RETRY_MS = 300;

export interface OutboxEvents {
  changed(): void;
  /** The relay did not take it, because it stands at `head`. */
  stale(head: Head): void;
}

export class Outbox {
  readonly #room: Room;
  readonly #events: OutboxEvents;
  #cancelRetry: (() => void) | undefined;

  constructor(room: Room, events: OutboxEvents) {
    this.#room = room;
    this.#events = events;
  }

  /** Throws `queue_full` when too much waits already, `read_only` when this member may not talk. */
  add(text: string): OutgoingText {
    const room = this.#room;
    const { outgoing, ports } = room;
    if (isReadOnly(room)) throw new EngineError("read_only");
    if (outgoing.filter(({ state }) => state !== "sent").length >= MAX_WAITING) throw new EngineError("queue_full");
    const messageId = randomBytes(16);
    const atMs = ports.clock.wallMs();
    const item: OutgoingText = { id: toHex(messageId), messageId, text, atMs, position: undefined, state: "waiting" };
    outgoing.push(item);
    this.#events.changed();
    this.flush();
    return item;
  }

  retry(id: string): void {
    const item = this.#room.outgoing.find((other) => other.id === id);
    if (item?.state !== "failed") return;
    item.state = "waiting";
    this.#events.changed();
    this.flush();
  }

  /** Sends what waits, in order, as far as the room is open. */
  flush(): void {
    void this.#room.queue.run(() => this.#sendWaiting()).catch(() => undefined);
  }

  close(): void {
    this.#cancelRetry?.();
  }

  async #sendWaiting(): Promise<void> {
    for (;;) {
      const room = this.#room;
      const flying = room.outgoing.filter(({ state }) => state === "in-flight").length;
      const item = room.outgoing.find(({ state }) => state === "waiting");
      const isOpen = room.phase === "open" && room.relay?.isConnected === true && room.holds.size === 0;
      if (!item || !isOpen || flying >= MAX_IN_FLIGHT) return;
      await this.#send(item);
    }
  }

  async #send(item: OutgoingText): Promise<void> {
    const room = this.#room;
    const place = item.position ?? {
      sequence: room.lastSequence + 1,
      lamport: room.timeline.lamport + 1,
      previous: room.lastDigest,
    };
    const body = { kind: "text", text: item.text } as const;
    const sealed = await sealContent(room, { ...place, kind: "message", messageId: item.messageId, body });
    item.state = "in-flight";
    const { digest, signed } = sealed;
    const position = { ...place, digest };
    const memberId = selfIdOf(room);
    const epoch = room.standing?.epoch;
    if (item.position) {
      room.ledger.renew({ memberId, run: room.run, sequence: place.sequence, signed, epoch });
    } else {
      const { sequence, lamport, previous } = position;
      item.position = position;
      room.lastSequence = sequence;
      room.lastDigest = digest;
      const at = { lamport, author: memberId, run: room.run, sequence };
      const { id, text, atMs } = item;
      room.timeline = addText(room.timeline, { id, at, text, atMs, isLate: false }) ?? room.timeline;
      room.ledger.expect(memberId, room.run);
      room.ledger.take({ memberId, run: room.run, sequence, previous, digest, signed, epoch }, true);
    }
    // The answer is not awaited inside the queue: what arrives meanwhile must not wait for it.
    void this.#awaitAnswer(item, position, sealed);
  }

  async #awaitAnswer(
    item: OutgoingText,
    { sequence, digest }: { sequence: number; digest: Uint8Array },
    { cid, envelope }: Sealed,
  ): Promise<void> {
    const room = this.#room;
    try {
      if (!room.relay) throw new RelayLost("no connection");
      await room.relay.request("message:send", { cid, envelope });
      item.state = "sent";
      if (sequence > room.lastSent) {
        room.lastSent = sequence;
        room.sentDigest = digest;
      }
    } catch (error) {
      item.state = this.#afterFailure(error);
    }
    this.#events.changed();
    this.flush();
  }

  #afterFailure(error: unknown): OutgoingText["state"] {
    if (error instanceof RelayLost) return "waiting";
    if (!(error instanceof RelayRefusal)) return "failed";
    const mayPass = ["stale_epoch", "try_later", "rate_limited"].includes(error.code);
    if (!mayPass) return "failed";
    if (error.head) this.#events.stale(error.head);
    // The newer ones behind it go out meanwhile and find their place by number.
    this.#retryIn(Math.max(error.retryAfterMs, RETRY_MS));
    return "held";
  }

  #retryIn(delayMs: number): void {
    this.#cancelRetry ??= this.#room.ports.clock.setTimer(delayMs, () => {
      this.#cancelRetry = undefined;
      for (const item of this.#room.outgoing) if (item.state === "held") item.state = "waiting";
      this.flush();
    });
  }
}

/** Seals a content in the current epoch. Call inside the room's queue. */
export function sealContent(
  room: Room,
  content: {
    kind: SealRequest["kind"];
    body: ContentBody;
    messageId?: Uint8Array;
    sequence?: number;
    lamport?: number;
    previous?: Uint8Array;
  },
): Promise<Sealed> {
  return room.host.seal(room.id, {
    kind: content.kind,
    body: content.body,
    messageId: content.messageId ?? randomBytes(16),
    run: room.run,
    // A volatile content says which number was the last that got through.
    sequence: content.sequence ?? room.lastSent,
    previous: content.previous ?? room.sentDigest,
    lamport: content.lamport ?? room.timeline.lamport + 1,
  });
}

/** Sends a content that does not wait: best effort, inside the room's queue. Who may only read has signals alone. */
export async function sendNow(room: Room, as: "message" | "signal", body: ContentBody): Promise<Sealed | undefined> {
  if (!room.relay?.isConnected || !room.standing) return undefined;
  const kind = isReadOnly(room) ? "signal" : as;
  const sealed = await sealContent(room, { kind, body });
  const { cid, envelope } = sealed;
  if (kind === "signal") room.relay.signal("signal:send", { cid, envelope });
  else void room.relay.request("message:send", { cid, envelope }).catch(() => undefined);
  return sealed;
}

// Contents on their way out: numbered, sealed in the epoch we stand in, sent until the relay has fanned them out. Texts wait
// here while the room is not open; the rest is only sent when it is.
import { toHex } from "../../codec/bytes.ts";
import { randomBytes } from "../../core/crypto/random.ts";
import { addText } from "../../core/room/timeline.ts";
import type { ContentBody } from "../../core/room/content.ts";
import { EngineError } from "../../bridge/fault.ts";
import { RelayLost, RelayRefusal } from "../relay/relay-client.ts";
import type { Sealed } from "../workers/group-contract.ts";
import { selfIdOf } from "./room.ts";
import type { OutgoingText, Room } from "./room.ts";

const MAX_WAITING = 200;
const MAX_IN_FLIGHT = 16;
const RETRY_MS = 300;

export class Outbox {
  readonly #room: Room;
  readonly #changed: () => void;
  #cancelRetry: (() => void) | undefined;

  constructor(room: Room, changed: () => void) {
    this.#room = room;
    this.#changed = changed;
  }

  /** Throws `queue_full` when too much waits already. */
  add(text: string): OutgoingText {
    const { outgoing, ports } = this.#room;
    if (outgoing.filter(({ state }) => state !== "sent").length >= MAX_WAITING) throw new EngineError("queue_full");
    const messageId = randomBytes(16);
    const atMs = ports.clock.wallMs();
    const item: OutgoingText = { id: toHex(messageId), messageId, text, atMs, position: undefined, state: "waiting" };
    outgoing.push(item);
    this.#changed();
    this.flush();
    return item;
  }

  retry(id: string): void {
    const item = this.#room.outgoing.find((other) => other.id === id);
    if (item?.state !== "failed") return;
    item.state = "waiting";
    this.#changed();
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
      if (!item || room.phase !== "open" || !room.relay?.isConnected || flying >= MAX_IN_FLIGHT) return;
      await this.#send(item);
    }
  }

  async #send(item: OutgoingText): Promise<void> {
    const room = this.#room;
    const isFirst = item.position === undefined;
    const position = item.position ?? {
      sequence: room.lastSequence + 1,
      lamport: room.timeline.lamport + 1,
      previous: room.lastDigest,
    };
    const body = { kind: "text", text: item.text } as const;
    const sealed = await sealContent(room, { ...position, kind: "message", messageId: item.messageId, body });
    item.state = "in-flight";
    if (isFirst) {
      item.position = position;
      room.lastSequence = position.sequence;
      room.lastDigest = sealed.digest;
      const at = { lamport: position.lamport, author: selfIdOf(room), run: room.run, sequence: position.sequence };
      const { id, text, atMs } = item;
      room.timeline = addText(room.timeline, { id, at, text, atMs, isLate: false }) ?? room.timeline;
    }
    // The answer is not awaited inside the queue: what arrives meanwhile must not wait for it.
    void this.#awaitAnswer(item, position.sequence, sealed);
  }

  async #awaitAnswer(item: OutgoingText, sequence: number, { cid, envelope }: Sealed): Promise<void> {
    const room = this.#room;
    try {
      await room.relay?.request("message:send", { cid, envelope });
      item.state = "sent";
      room.lastSent = Math.max(room.lastSent, sequence);
    } catch (error) {
      item.state = this.#afterFailure(error);
    }
    this.#changed();
    this.flush();
  }

  #afterFailure(error: unknown): OutgoingText["state"] {
    if (error instanceof RelayLost) return "waiting";
    if (!(error instanceof RelayRefusal)) return "failed";
    const mayPass = ["stale_epoch", "try_later", "rate_limited"].includes(error.code);
    if (!mayPass) return "failed";
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
    kind: "message" | "signal";
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
    previous: content.previous ?? room.lastDigest,
    lamport: content.lamport ?? room.timeline.lamport + 1,
  });
}

/** Sends a content that does not wait: best effort, inside the room's queue. */
export async function sendNow(room: Room, kind: "message" | "signal", body: ContentBody): Promise<Sealed | undefined> {
  if (!room.relay?.isConnected || !room.standing) return undefined;
  const sealed = await sealContent(room, { kind, body });
  const { cid, envelope } = sealed;
  if (kind === "signal") room.relay.signal("signal:send", { cid, envelope });
  else void room.relay.request("message:send", { cid, envelope }).catch(() => undefined);
  return sealed;
}

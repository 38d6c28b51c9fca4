// What owner or delegates have to tell the relay after a commit: signed, in order, and again after a reconnect until the
// relay has answered. Kept in memory; a restarted engine asks its keys for everything that the relay should know.
import { RelayLost, RelayRefusal } from "../relay/relay-client.ts";
import type { OwnerRequest } from "../workers/group-contract.ts";
import { isModerator, remainingMs } from "./room.ts";
import type { Room } from "./room.ts";

const RETRY_MS = 1_000;

interface Waiting {
  readonly request: OwnerRequest;
  readonly done: (refusal: RelayRefusal | undefined) => void;
}

export class OwnerRequests {
  readonly #room: Room;
  readonly #waiting: Waiting[] = [];
  #lastCounter = 0;
  #isSending = false;
  #cancelRetry: (() => void) | undefined;

  constructor(room: Room) {
    this.#room = room;
  }

  /** A counter for the relay: grows with every use, and with the clock from one engine to the next. */
  nextCounter(): number {
    this.#lastCounter = Math.max(this.#lastCounter + 1, Math.round(this.#room.ports.clock.wallMs()));
    return this.#lastCounter;
  }

  /** Resolves with the first refusal, if there was one, once the relay has answered all. */
  async add(requests: readonly OwnerRequest[]): Promise<RelayRefusal | undefined> {
    const answers = requests.map(
      (request) => new Promise<RelayRefusal | undefined>((done) => void this.#waiting.push({ request, done })),
    );
    this.flush();
    return (await Promise.all(answers)).find((refusal) => refusal !== undefined);
  }

  /** Asks now, or rejects. */
  async ask(request: OwnerRequest): Promise<void> {
    const { host, id, relay } = this.#room;
    if (!relay) throw new RelayLost("no connection");
    const proof = await host.proveOwner(id, { counter: this.nextCounter(), request });
    await relay.request(request.name, { body: request.body, proof });
  }

  /** Everything the relay ought to know, for when it may have forgotten or never heard it. */
  async addAll(): Promise<void> {
    const room = this.#room;
    if (!isModerator(room)) return;
    const { relayOrigin: relay } = room;
    void this.add(await room.host.ownerRequests(room.id, { relay, nowMs: room.ports.clock.wallMs() }));
  }

  /** Sends what waits, as soon as this member has its seat. */
  flush(): void {
    if (this.#isSending || this.#cancelRetry) return;
    this.#isSending = true;
    void this.#sendAll().finally(() => {
      this.#isSending = false;
    });
  }

  close(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    for (const { done } of this.#waiting.splice(0)) done(undefined);
  }

  async #sendAll(): Promise<void> {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      const room = this.#room;
      if (room.phase === "ended" || !room.relay?.isConnected || remainingMs(room) === 0) return;
      const refusal = await this.#send(first.request);
      if (refusal === "later") return;
      this.#waiting.shift();
      first.done(refusal);
    }
  }

  async #send(request: OwnerRequest): Promise<RelayRefusal | "later" | undefined> {
    try {
      await this.ask(request);
      return undefined;
    } catch (error) {
      if (!(error instanceof RelayRefusal)) {
        this.#retryIn(RETRY_MS);
        return "later";
      }
      // Anything else will not be answered otherwise the next time.
      if (error.code !== "rate_limited" && error.code !== "try_later") return error;
      this.#retryIn(Math.max(error.retryAfterMs, RETRY_MS));
      return "later";
    }
  }

  #retryIn(delayMs: number): void {
    this.#cancelRetry ??= this.#room.ports.clock.setTimer(delayMs, () => {
      this.#cancelRetry = undefined;
      this.flush();
    });
  }
}

// Who may commit a join next: first come, one holder, a short lease. Members' own commits need no ticket.
import { TICKET_LEASE_MS } from "../../wire/limits.ts";
import type { ConnectionId } from "./keys.ts";

/** Everything a queue knows, for a store outside this process. */
export interface TicketState {
  readonly waiting: readonly ConnectionId[];
  readonly holder: { readonly by: ConnectionId; readonly untilMs: number } | undefined;
  readonly pausedUntilMs: number | undefined;
}

export class TicketQueue {
  #waiting: ConnectionId[];
  #holder: TicketState["holder"];
  #pausedUntilMs: number | undefined;

  constructor({ waiting, holder, pausedUntilMs }: Partial<TicketState> = {}) {
    this.#waiting = [...(waiting ?? [])];
    this.#holder = holder;
    this.#pausedUntilMs = pausedUntilMs;
  }

  get state(): TicketState {
    return { waiting: this.#waiting, holder: this.#holder, pausedUntilMs: this.#pausedUntilMs };
  }

  get length(): number {
    return this.#waiting.length + (this.#holder === undefined ? 0 : 1);
  }

  isHeldBy(connection: ConnectionId): boolean {
    return this.#holder?.by === connection;
  }

  /** Joins the queue once; 0 is the holder's place or the next one to be granted. */
  take(by: ConnectionId): number {
    if (this.isHeldBy(by)) return 0;
    let index = this.#waiting.indexOf(by);
    if (index < 0) index = this.#waiting.push(by) - 1;
    return index + (this.#holder === undefined ? 0 : 1);
  }

  has(connection: ConnectionId): boolean {
    return this.isHeldBy(connection) || this.#waiting.includes(connection);
  }

  remove(connection: ConnectionId): void {
    if (this.isHeldBy(connection)) this.#holder = undefined;
    this.#waiting = this.#waiting.filter((waiting) => waiting !== connection);
  }

  /** Nobody is granted the ticket while the room waits for a fresh GroupInfo. */
  pause(untilMs: number): void {
    this.#pausedUntilMs = untilMs;
  }

  resume(): void {
    this.#pausedUntilMs = undefined;
  }

  /** Takes the ticket from a holder whose lease is over and gives it to the next; returns who got it. */
  grant(nowMs: number): ConnectionId | undefined {
    if (this.#holder !== undefined && this.#holder.untilMs <= nowMs) this.#holder = undefined;
    if (this.#pausedUntilMs !== undefined && this.#pausedUntilMs <= nowMs) this.#pausedUntilMs = undefined;
    if (this.#holder !== undefined || this.#pausedUntilMs !== undefined) return undefined;
    const by = this.#waiting.shift();
    if (by !== undefined) this.#holder = { by, untilMs: nowMs + TICKET_LEASE_MS };
    return by;
  }

  deadlineMs(): number {
    const waiting = this.#waiting.length > 0 && this.#pausedUntilMs !== undefined ? this.#pausedUntilMs : Infinity;
    return Math.min(this.#holder?.untilMs ?? Infinity, waiting);
  }
}

// Remembers which handles ended before their time, so that nobody opens a room under one again. Holds a keyed digest
// only: from a tombstone nobody learns a handle, and after a restart it means nothing.
import { createHmac } from "node:crypto";

export class Tombstones {
  readonly #key: Uint8Array;
  readonly #max: number;
  readonly #untilMs = new Map<string, number>();

  constructor(key: Uint8Array, max: number) {
    this.#key = key;
    this.#max = max;
  }

  get size(): number {
    return this.#untilMs.size;
  }

  add(handle: Uint8Array, untilMs: number): void {
    const oldest = this.#untilMs.keys().next();
    if (this.#untilMs.size >= this.#max && !oldest.done) this.#untilMs.delete(oldest.value);
    this.#untilMs.set(this.#digest(handle), untilMs);
  }

  covers(handle: Uint8Array, nowMs: number): boolean {
    const digest = this.#digest(handle);
    const untilMs = this.#untilMs.get(digest);
    if (untilMs === undefined || untilMs > nowMs) return untilMs !== undefined;
    this.#untilMs.delete(digest);
    return false;
  }

  /** Forgets those whose time is over. */
  sweep(nowMs: number): void {
    for (const [digest, untilMs] of this.#untilMs) if (untilMs <= nowMs) this.#untilMs.delete(digest);
  }

  #digest(handle: Uint8Array): string {
    return createHmac("sha256", this.#key).update(handle).digest("base64");
  }
}

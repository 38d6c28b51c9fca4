// How many rooms there are, and which handles are used up: two lists that belong to no room.
import type { StoreOptions } from "../room-keeper.ts";
import { endedKey } from "./key-names.ts";
import type { KeyNames, Tag } from "./key-names.ts";
import type { RedisLink } from "./redis-link.ts";

export class RoomList {
  readonly #link: RedisLink;
  readonly #keys: () => KeyNames;
  readonly #options: StoreOptions;
  /** Ended here, until when: a Redis that takes over may not know of it. */
  readonly #ended = new Map<Tag, number>();

  constructor(link: RedisLink, keys: () => KeyNames, options: StoreOptions) {
    this.#link = link;
    this.#keys = keys;
    this.#options = options;
  }

  /** `false` when there are as many rooms as there may be. To be called again before `untilMs`. */
  async reserve(tag: Tag, nowMs: number, untilMs: number): Promise<boolean> {
    const { rooms } = this.#options;
    return (await this.#link.script("srReserve", this.#keys().rooms, nowMs, rooms, tag, Math.ceil(untilMs))) === 1;
  }

  async release(tag: Tag): Promise<void> {
    await this.#link.commands.zrem(this.#keys().rooms, tag);
  }

  /** Some of them may be gone already. */
  async tags(): Promise<Tag[]> {
    return (await this.#link.commands.zrange(this.#keys().rooms, "0", "-1")) as Tag[];
  }

  /** The room ended before its time, which is `untilMs`. */
  async bury(tag: Tag, nowMs: number, untilMs: number): Promise<void> {
    const oldest = this.#ended.keys().next();
    if (this.#ended.size >= this.#options.tombstones && !oldest.done) this.#ended.delete(oldest.value);
    this.#ended.set(tag, untilMs);
    await this.#tell(tag, nowMs, untilMs);
  }

  /** Tells a Redis that has just taken over. */
  async remember(nowMs: number): Promise<void> {
    for (const [tag, untilMs] of this.#ended) if (untilMs > nowMs) await this.#tell(tag, nowMs, untilMs);
  }

  async #tell(tag: Tag, nowMs: number, untilMs: number): Promise<void> {
    const { tombstones } = this.#options;
    await this.#link.script("srBury", endedKey, nowMs, tombstones, tag, Math.ceil(untilMs));
  }

  async hasEnded(tag: Tag, nowMs: number): Promise<boolean> {
    this.#link.check();
    const untilMs = Number((await this.#link.commands.zscore(endedKey, tag)) ?? 0);
    return Math.max(untilMs, this.#ended.get(tag) ?? 0) > nowMs;
  }

  async countEnded(nowMs: number): Promise<number> {
    return this.#link.commands.zcount(endedKey, `(${nowMs}`, "+inf");
  }
}

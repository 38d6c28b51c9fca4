// Which room an invite belongs to, for those who know nothing but the invite. The room's document decides what it is worth.
import { equalBytes } from "../../../codec/bytes.ts";
import { KEY_BYTES } from "../../../wire/limits.ts";
import type { Invite } from "../invite.ts";
import type { KeyNames, Tag } from "./key-names.ts";
import { TAG_BYTES, tagBytes, tagFrom } from "./key-names.ts";
import type { RedisLink } from "./redis-link.ts";

export interface IndexedInvite {
  readonly tag: Tag;
  /** What proofs of it are checked with. */
  readonly authKey: Uint8Array;
}

export class InviteIndex {
  readonly #link: RedisLink;
  readonly #keys: () => KeyNames;

  constructor(link: RedisLink, keys: () => KeyNames) {
    this.#link = link;
    this.#keys = keys;
  }

  async find(inviteId: Uint8Array): Promise<IndexedInvite | undefined> {
    this.#link.check();
    const value = await this.#link.commands.getBuffer(this.#keys().invite(inviteId));
    if (value?.length !== TAG_BYTES + KEY_BYTES) return undefined;
    return { tag: tagFrom(value.subarray(0, TAG_BYTES)), authKey: new Uint8Array(value.subarray(TAG_BYTES)) };
  }

  /** `false` when the id belongs to another room. */
  async add(tag: Tag, { record }: Invite, lifeMs: number): Promise<boolean> {
    const key = this.#keys().invite(record.inviteId);
    const value = Buffer.concat([tagBytes(tag), record.authKey]);
    const before = await this.#link.commands.getBuffer(key);
    if (before !== null) return equalBytes(before, value);
    return (await this.#link.commands.set(key, value, "PX", Math.max(1, Math.ceil(lifeMs)), "NX")) === "OK";
  }

  async keep(inviteId: Uint8Array, lifeMs: number): Promise<void> {
    await this.#link.commands.pexpire(this.#keys().invite(inviteId), Math.max(1, Math.ceil(lifeMs)));
  }

  /** With it goes what is known of attempts at it. */
  async remove(inviteId: Uint8Array): Promise<void> {
    const keys = this.#keys();
    await Promise.all([
      this.#link.commands.del(keys.invite(inviteId)),
      this.#link.commands.del(keys.attempts(inviteId)),
    ]);
  }
}

// How things are called in Redis. No key holds the handle of a room or the id of an invite, only digests of them; all keys
// of one room share its hash slot, the lists do not belong to a room.
import { hash } from "node:crypto";
import { toHex } from "../../../codec/bytes.ts";

declare const kind: unique symbol;
/** Names a room in Redis: a digest of its handle. */
export type Tag = string & { readonly [kind]: "tag" };

export const TAG_BYTES = 16;
/** Nodes with another layout of the documents do not see these keys. */
const PREFIX = "sr1";

function digest(label: string, id: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([Buffer.from(`SR1 ${label}`), id]), "buffer").subarray(0, TAG_BYTES);
}

export function tagOf(handle: Uint8Array): Tag {
  return tagFrom(digest("room tag", handle));
}

export function tagFrom(bytes: Uint8Array): Tag {
  return toHex(bytes) as Tag;
}

export function tagBytes(tag: Tag): Buffer {
  return Buffer.from(tag, "hex");
}

/** Handles that may not be used again, whichever Redis it is. */
export const endedKey = `${PREFIX}:ended`;

/** What one life of a Redis knows; to the next one it is as if it had never been. */
export class KeyNames {
  readonly #run: string;

  constructor(run: string) {
    this.#run = run;
  }

  get rooms(): string {
    return this.#named("rooms");
  }

  room(tag: Tag): string {
    return this.#named(`{${tag}}`);
  }

  channel(tag: Tag): string {
    return this.#named(`{${tag}}:said`);
  }

  tagOf(channel: string): Tag | undefined {
    const tag = /\{([0-9a-f]{32})\}:said$/.exec(channel)?.[1] as Tag | undefined;
    return tag !== undefined && channel === this.channel(tag) ? tag : undefined;
  }

  invite(inviteId: Uint8Array): string {
    return this.#named(`invite:${toHex(digest("invite tag", inviteId))}`);
  }

  attempts(inviteId: Uint8Array): string {
    return this.#named(`try:${toHex(digest("attempt tag", inviteId))}`);
  }

  get everyAttempt(): string {
    return this.#named("try:*");
  }

  node(node: string): string {
    return this.#named(`node:${node}`);
  }

  #named(name: string): string {
    return `${PREFIX}:${this.#run}:${name}`;
  }
}

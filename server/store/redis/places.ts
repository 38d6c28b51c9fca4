// Which room each connection of this node is in. A hint where to ask: what the connection is to the room, the room knows.
import type { ConnectionId } from "../keys.ts";
import type { Tag } from "./key-names.ts";

export interface Place {
  readonly tag: Tag;
  readonly as: "seat" | "applicant" | "offerer";
}

export class Places {
  readonly #places = new Map<ConnectionId, Place>();
  readonly #byRoom = new Map<Tag, Set<ConnectionId>>();

  of(by: ConnectionId): Place | undefined {
    return this.#places.get(by);
  }

  in(tag: Tag): ConnectionId[] {
    return [...(this.#byRoom.get(tag) ?? [])];
  }

  set(by: ConnectionId, place: Place): void {
    this.delete(by);
    this.#places.set(by, place);
    const there = this.#byRoom.get(place.tag) ?? new Set();
    this.#byRoom.set(place.tag, there.add(by));
  }

  delete(by: ConnectionId): void {
    const place = this.#places.get(by);
    if (place === undefined) return;
    this.#places.delete(by);
    const there = this.#byRoom.get(place.tag);
    there?.delete(by);
    if (there?.size === 0) this.#byRoom.delete(place.tag);
  }

  clear(): void {
    this.#places.clear();
    this.#byRoom.clear();
  }
}

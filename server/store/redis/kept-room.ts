// What this node last knew to be in Redis about one room, and reading it anew.
import type { RedisLink } from "./redis-link.ts";
import { partsOf, readState } from "./snapshot.ts";
import type { PartName } from "./snapshot.ts";
import type { RoomState, WindowState } from "./room-document.ts";

export interface KeptRoom {
  /** Every decision makes another one; empty when there is no room. */
  readonly version: string;
  /** Moves with every message. */
  seq: number;
  /** Of the last publication about it. */
  place: number;
  readonly state: Uint8Array;
  readonly parts: ReadonlyMap<PartName, Uint8Array>;
}

export const noRoom: KeptRoom = { version: "", seq: 0, place: 0, state: new Uint8Array(), parts: new Map() };

const MAX_READS = 8;

/** Reads a room; of its parts only those that `known` does not have. */
export async function readRoom(
  { commands }: RedisLink,
  key: string,
  known: ReadonlyMap<PartName, Uint8Array>,
): Promise<{ kept: KeptRoom; document: RoomState | WindowState | undefined }> {
  for (let reads = 0; reads < MAX_READS; reads++) {
    const [version, seq, place, state] = await commands.hmgetBuffer(key, "v", "q", "p", "s");
    if (!version || !state) return { kept: { ...noRoom }, document: undefined };
    const document = readState(new Uint8Array(state));
    const names = partsOf(document);
    const missing = names.filter((name) => !known.has(name));
    const bytes = missing.length === 0 ? [] : await commands.hmgetBuffer(key, ...missing);
    const parts = new Map<PartName, Uint8Array>();
    for (const name of names) {
      const part = known.get(name) ?? bytes[missing.indexOf(name)];
      if (part) parts.set(name, part);
    }
    // The room has moved on in between.
    if (parts.size < names.length) continue;
    const kept = { version: version.toString(), seq: Number(seq), place: Number(place), state, parts };
    return { kept, document };
  }
  throw new Error("a room would not stand still");
}

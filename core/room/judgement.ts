// Judges where another member says it stands against where we stand: the same version of the room, another one, or one that
// is ahead of ours. The answer depends on the two alone.
import { equalBytes } from "../../codec/bytes.ts";

/** Where a member stands: the commit that opened its epoch, the epoch's number, and the group's authenticator. */
export interface Stand {
  readonly cid: Uint8Array;
  readonly epoch: number;
  /** First 16 bytes. */
  readonly authenticator: Uint8Array;
}

/** `past` is a stand that we left: its member has yet to follow, or does not know better. */
export type Verdict = "same" | "past" | "ahead" | "split";

/** `left` tells by which commit we entered an epoch that we have left, if it is still known. */
export function judgeStand(mine: Stand, theirs: Stand, left: (epoch: number) => Uint8Array | undefined): Verdict {
  if (equalBytes(mine.cid, theirs.cid)) {
    return mine.epoch === theirs.epoch && equalBytes(mine.authenticator, theirs.authenticator) ? "same" : "split";
  }
  if (theirs.epoch > mine.epoch) return "ahead";
  if (theirs.epoch === mine.epoch) return "split";
  const known = left(theirs.epoch);
  return known === undefined || equalBytes(known, theirs.cid) ? "past" : "split";
}

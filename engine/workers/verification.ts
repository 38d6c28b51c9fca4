// What people compare, for the room as it stands: room code, fingerprints, and the short code in two steps.
import { equalBytes, fromHex, toHex } from "../../codec/bytes.ts";
import { CoreError } from "../../core/errors.ts";
import { epochAuthenticator } from "../../core/mls/group.ts";
import { memberFingerprint, roomCode, sasCommitment, sasEmoji } from "../../core/room/verification.ts";
import type { SasShare, SharedEpoch } from "../../core/room/verification.ts";
import { epochIn } from "./group-room.ts";
import type { GroupRoom } from "./group-room.ts";

const MAX_SHARES = 400;

function sharedEpoch(room: GroupRoom): SharedEpoch {
  return { groupId: room.keys.policy.groupId, authenticator: epochAuthenticator(epochIn(room).group) };
}

export function roomCodeOf(room: GroupRoom): Promise<readonly string[]> {
  return roomCode(sharedEpoch(room));
}

/** Throws `not_a_member` for somebody who never was one. */
export async function fingerprintOf(room: GroupRoom, memberId: string): Promise<string> {
  const author = room.authors.get(memberId);
  if (!author) throw new CoreError("not_a_member", "fingerprint");
  return (await memberFingerprint(author.key)).join("");
}

/** Commits to a nonce: the own one to show it later, another's to compare it with what was shown before. */
export function commitShare(room: GroupRoom, { nonce, memberId }: { nonce: Uint8Array; memberId: string }): Uint8Array {
  const id = fromHex(memberId) ?? new Uint8Array();
  if (id.length !== 16 || nonce.length !== 32) throw new CoreError("malformed", "share of a short code");
  const commitment = sasCommitment(sharedEpoch(room), id, nonce);
  room.shares = [...room.shares, { memberId: id, nonce, commitment }].slice(-MAX_SHARES);
  return commitment;
}

/**
 * The short code of the members whose nonces these are. Each has to be one that was committed to in this very epoch: a new
 * one voids the round with `bad_signature`.
 */
export function shortCode(room: GroupRoom, nonces: readonly Uint8Array[]): readonly number[] {
  const shares = nonces.map((nonce): SasShare => {
    const share = room.shares.find((other) => equalBytes(other.nonce, nonce));
    if (!share) throw new CoreError("malformed", "nonce without a commitment");
    return share;
  });
  if (new Set(nonces.map(toHex)).size !== nonces.length) throw new CoreError("malformed", "a nonce twice");
  room.shares = [];
  return sasEmoji(sharedEpoch(room), shares);
}

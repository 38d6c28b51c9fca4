// The invite of a sheet: one of the list, or without an id the link that this person came by or made first.
import { computed } from "vue";
import type { ComputedRef } from "vue";
import type { InviteSnapshot, LocalRoomId } from "../bridge/contract.ts";
import { useEngineStore } from "../stores/engine.ts";

export interface ShownInvite {
  readonly link: string;
  readonly hasPassword: boolean;
  /** What only who made it knows. */
  readonly details: InviteSnapshot | undefined;
}

export function useInvite(
  roomId: () => LocalRoomId,
  inviteId: () => string | undefined,
): ComputedRef<ShownInvite | undefined> {
  const engine = useEngineStore();
  return computed(() => {
    const room = engine.room(roomId());
    const id = inviteId();
    const details = room?.invites.find((invite) => (id === undefined ? invite.link === room.link : invite.id === id));
    const link = details?.link ?? (id === undefined ? room?.link : undefined);
    if (room === undefined || link === undefined) return undefined;
    return { link, hasPassword: details?.hasPassword ?? room.hasPassword, details };
  });
}

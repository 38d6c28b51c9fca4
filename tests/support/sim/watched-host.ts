// A group host that is watched: which content each envelope carries, which epochs a member stood in, and keys that are kept
// where an honest device would overwrite them, so that a simulation can try to read with them.
import { toHex } from "../../../codec/bytes.ts";
import type {
  Change,
  GroupHost,
  Opened,
  Sealed,
  SealRequest,
  Standing,
} from "../../../engine/workers/group-contract.ts";
import { GroupRooms } from "../../../engine/workers/group-host.ts";

/** A text as it was sealed; one message may be sealed more than once. */
export interface SealedText {
  readonly author: string;
  readonly messageId: string;
  readonly text: string;
  readonly run: number;
  readonly sequence: number;
  /** Commit id of the epoch it was sealed in, hexadecimal. */
  readonly cid: string;
}

export interface HostWatch {
  sealed(request: SealRequest, sealed: Sealed): void;
  opened(opened: Opened): void;
  stood(standing: Standing): void;
  /** Somebody was removed against its will, by the commit of this standing. */
  kicked(memberId: string, standing: Standing): void;
  /** The member id is known as soon as there are keys, long before the room is entered. */
  named(memberId: string): void;
}

/** Members that a change kicked. */
function kickedIn(result: unknown): string[] {
  if (typeof result !== "object" || result === null) return [];
  if ("change" in result) return kickedIn(result.change);
  if (!("removed" in result && Array.isArray(result.removed))) return [];
  return (result as Change).removed.flatMap(({ id, reason }) => (reason === "kicked" ? [id] : []));
}

function standingIn(result: unknown): Standing | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  if ("standing" in result) return result.standing as Standing;
  return "change" in result ? standingIn(result.change) : undefined;
}

function memberIn(result: unknown): string | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  if ("selfId" in result && typeof result.selfId === "string") return result.selfId;
  return "facts" in result ? memberIn(result.facts) : undefined;
}

/** The host as the engine gets it. `keys` stays usable after the engine has closed or wiped it. */
export function watchHost(watch: HostWatch): { host: GroupHost; keys: GroupHost } {
  const keys: GroupHost = new GroupRooms();
  const kept: Partial<GroupHost> = {
    wipe: () => Promise.resolve(),
    close: () => undefined,
    seal: async (room, request) => {
      const sealed = await keys.seal(room, request);
      watch.sealed(request, sealed);
      return sealed;
    },
    open: async (room, options) => {
      const opened = await keys.open(room, options);
      watch.opened(opened);
      return opened;
    },
  };
  const host = new Proxy(keys, {
    get: (target, name) => {
      const own: unknown = Reflect.get(kept, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]): Promise<unknown> => {
        const result: unknown = await value.apply(target, args);
        const standing = standingIn(result);
        if (standing) watch.stood(standing);
        if (standing) for (const id of kickedIn(result)) watch.kicked(id, standing);
        const memberId = memberIn(result);
        if (memberId !== undefined) watch.named(memberId);
        return result;
      };
    },
  });
  return { host, keys };
}

export const envelopeKey = (envelope: Uint8Array): string => toHex(envelope.subarray(0, 24));

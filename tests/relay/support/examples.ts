// One well-formed request of each kind about a room, the owner's ones truly signed: to be sent by the wrong people, to be
// spoiled, or to be sent in the wrong order.
import type { Ask, OwnerBody, OwnerRequestName, RequestName } from "../../../wire/events.ts";
import { bytes, commitOn, invite, roomPlan, signAsk } from "./people.ts";
import type { RoomPlan } from "./people.ts";

export type ExampleAsks = { readonly [N in RequestName]: Ask<N> };

/** `cid` is the commit the room stands at. Each call counts the owner's requests on from `counter`. */
export function exampleAsks(plan: RoomPlan, cid: Uint8Array, counter = 1): ExampleAsks {
  const { record, handle, signer } = plan;
  const { inviteId } = plan.invite.record;
  let last = counter;
  const owned = <N extends OwnerRequestName>(name: N, body: OwnerBody<N>): Ask<N> =>
    signAsk(signer, last++, name, body);
  const head = { cid, epoch: 3, groupInfo: bytes(40), rotation: bytes(80) };
  return {
    "room:create": roomPlan().ask,
    "room:resume": { handle, resumeToken: bytes(32), cid },
    "room:restore": { record, seat: bytes(16), head, lifeMs: 60_000 },
    "room:leave": {},
    "invite:challenge": { inviteId },
    "invite:open": { inviteId, signature: bytes(64) },
    "ticket:take": {},
    "ticket:drop": { unusable: true },
    "commit:send": commitOn(cid, bytes(80)),
    "commit:reject": { cid },
    "gi:update": { cid, groupInfo: bytes(40) },
    "message:send": { cid, envelope: bytes(40) },
    "ice:get": {},
    "knock:send": { sealed: bytes(60) },
    "knock:answer": owned("knock:answer", { knock: bytes(16), isAdmitted: true, sealed: bytes(60) }),
    "room:lock": owned("room:lock", { isLocked: true }),
    "seat:evict": owned("seat:evict", { seat: bytes(16) }),
    "invite:put": owned("invite:put", { invite: invite().record }),
    "invite:revoke": owned("invite:revoke", { inviteId: bytes(16) }),
    "owner:undelegate": owned("owner:undelegate", { key: bytes(32) }),
    "owner:handover": owned("owner:handover", { key: plan.owner.publicKey }),
    "room:end": owned("room:end", {}),
  };
}

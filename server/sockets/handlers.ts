// What each request does. By now it is decoded and within its limits; the store decides, this file says how it is asked.
import type { Answer, Ask, OwnerRequestName, RequestName } from "../../wire/events.ts";
import type { Clock } from "../clock.ts";
import type { RelayConfig } from "../config.ts";
import { iceServers } from "../ice-servers.ts";
import { refuse } from "../store/room-store.ts";
import type { Decision, OwnerRequest, RoomStore } from "../store/room-store.ts";
import type { AddressBook } from "./address-book.ts";
import type { Admission } from "./admission.ts";
import type { Connection, Standing } from "./connection.ts";
import type { Handled } from "./handled.ts";
import { isProved } from "./owner-check.ts";
import type { SeatRates } from "./seat-rates.ts";

type Handler<N extends RequestName> = (from: Connection, ask: Ask<N>) => Promise<Handled<Answer<N>>>;
export type Handlers = { readonly [N in RequestName]: Handler<N> };

export interface HandlerParts {
  readonly store: RoomStore;
  readonly admission: Admission;
  readonly addresses: AddressBook;
  readonly seatRates: SeatRates;
  readonly clock: Clock;
  readonly turn: RelayConfig["turn"];
}

export function createHandlers(parts: HandlerParts): Handlers {
  const { store, admission, addresses, seatRates, clock, turn } = parts;
  const stands = <T extends object>(from: Connection, as: Standing, decision: Decision<T>): Decision<T> => {
    if (decision.ok) from.become(as, clock.nowMs());
    return decision;
  };
  const sits = <T extends object>(from: Connection, resumeToken: Uint8Array, decision: Decision<T>): Decision<T> => {
    if (decision.ok) seatRates.hold(from, resumeToken);
    return stands(from, "seated", decision);
  };
  return {
    ...ownerHandlers(store),
    "room:create": async (from, ask) => {
      const retryAfterMs = await addresses.roomsOpened.take(from.host);
      if (retryAfterMs > 0) return { ok: false, code: "rate_limited", retryAfterMs };
      const decision = await store.create(from.id, ask);
      return decision.ok ? sits(from, decision.value.seat.resumeToken, decision) : decision;
    },
    "room:resume": async (from, ask) => sits(from, ask.resumeToken, await store.resume(from.id, ask)),
    "room:restore": (from, ask) => restore(parts, from, ask),
    "room:leave": async (from) => stands(from, "stranger", await store.leave(from.id)),
    "invite:challenge": async (from, ask) => admission.challenge(from, ask),
    "invite:open": (from, ask) => admission.open(from, ask),
    "knock:send": async (from, ask) => stands(from, "knocking", await store.knock(from.id, ask)),
    "ticket:take": async (from) => {
      const decision = await store.takeTicket(from.id);
      return stands(from, from.standing === "knocking" ? "applicant" : from.standing, decision);
    },
    "ticket:drop": (from, ask) => store.dropTicket(from.id, ask),
    "commit:send": async (from, ask) => {
      const decision = await store.commit(from.id, ask);
      const seat = decision.ok ? decision.value.seat : undefined;
      return seat === undefined ? decision : sits(from, seat.resumeToken, decision);
    },
    "commit:reject": (from, ask) => store.reject(from.id, ask),
    "gi:update": (from, ask) => store.updateGroupInfo(from.id, ask),
    "message:send": (from, ask) => store.sendMessage(from.id, ask),
    "ice:get": async (from) => {
      const room = await store.findOwner(from.id);
      if (room === undefined) return refuse("not_admitted");
      // The wall clock, here alone: TURN servers compare the expiry of a login with theirs.
      return { ok: true, value: iceServers(turn, room.handle, Date.now()) };
    },
  };
}

/** All requests of owners and delegates go one way: signatures here, everything else in the store's one step. */
function ownerHandlers(store: RoomStore): { readonly [N in OwnerRequestName]: Handler<N> } {
  const handler =
    <N extends OwnerRequestName>(name: N): Handler<N> =>
    async (from, ask) => {
      const owner = await store.findOwner(from.id);
      if (owner === undefined || !isProved(owner, name, ask)) return refuse("not_admitted");
      const request = { name, body: ask.body, proof: ask.proof, ownerKey: owner.ownerKey } as OwnerRequest;
      return (await store.carryOut(from.id, request)) as Handled<Answer<N>>;
    };
  return {
    "room:end": handler("room:end"),
    "room:lock": handler("room:lock"),
    "seat:evict": handler("seat:evict"),
    "invite:put": handler("invite:put"),
    "invite:revoke": handler("invite:revoke"),
    "knock:answer": handler("knock:answer"),
    "owner:handover": handler("owner:handover"),
    "owner:undelegate": handler("owner:undelegate"),
  };
}

/** Opening a window costs as much as opening a room; joining one is free, as a room's members may share an address. */
async function restore(
  { store, addresses, seatRates, clock }: HandlerParts,
  from: Connection,
  ask: Ask<"room:restore">,
): Promise<Handled<Answer<"room:restore">>> {
  const retryAfterMs = await addresses.roomsOpened.take(from.host);
  if (retryAfterMs > 0) return { ok: false, code: "rate_limited", retryAfterMs };
  const offered = await store.offerRoom(from.id, ask);
  if (!offered.ok || !offered.value.isFirst) await addresses.roomsOpened.giveBack(from.host);
  if (!offered.ok) return offered;
  const { waitMs } = offered.value;
  if (waitMs > 0) await new Promise<void>((resolve) => void clock.setTimer(waitMs, resolve));
  const decision = await store.takeRestored(from.id);
  if (!decision.ok) return decision;
  const { seat } = decision.value;
  if (seat !== undefined) seatRates.hold(from, seat.resumeToken);
  from.become(seat === undefined ? "applicant" : "seated", clock.nowMs());
  return decision;
}

// What each request does. By now it is decoded and within its limits; the store decides, this file says how it is asked.
import type { Answer, Ask, RequestName } from "../../wire/events.ts";
import { ownerText } from "../../codec/signing.ts";
import type { Clock } from "../clock.ts";
import { refuse } from "../store/room-store.ts";
import type { Decision, RoomStore } from "../store/room-store.ts";
import type { AddressBook } from "./address-book.ts";
import type { Admission } from "./admission.ts";
import type { Connection } from "./connection.ts";
import type { Handled } from "./handled.ts";
import { verifySignature } from "./signature.ts";

export type Handlers = {
  readonly [N in RequestName]: (from: Connection, ask: Ask<N>) => Promise<Handled<Answer<N>>>;
};

export interface HandlerParts {
  readonly store: RoomStore;
  readonly admission: Admission;
  readonly addresses: AddressBook;
  readonly clock: Clock;
}

export function createHandlers({ store, admission, addresses, clock }: HandlerParts): Handlers {
  const seated = <T extends object>(from: Connection, decision: Decision<T>): Decision<T> => {
    if (decision.ok) from.become("seated", clock.nowMs());
    return decision;
  };
  return {
    "room:create": async (from, ask) => {
      const retryAfterMs = await addresses.roomsOpened.take(from.host);
      if (retryAfterMs > 0) return { ok: false, code: "rate_limited", retryAfterMs };
      return seated(from, await store.create(from.id, ask));
    },
    "room:resume": async (from, ask) => seated(from, await store.resume(from.id, ask)),
    "room:leave": async (from) => {
      const decision = await store.leave(from.id);
      if (decision.ok) from.become("stranger", clock.nowMs());
      return decision;
    },
    "room:end": async (from, ask) => {
      const owner = await store.findOwner(from.id);
      if (owner === undefined) return refuse("not_admitted");
      const text = ownerText(owner.handle, ask.counter, "end");
      return verifySignature(owner.ownerKey, text, ask.signature) ? store.end(from.id, ask) : refuse("not_admitted");
    },
    "seat:evict": async (from, ask) => {
      const owner = await store.findOwner(from.id);
      if (owner === undefined) return refuse("not_admitted");
      const text = ownerText(owner.handle, ask.counter, "evict", ask.seat);
      return verifySignature(owner.ownerKey, text, ask.signature) ? store.evict(from.id, ask) : refuse("not_admitted");
    },
    "invite:challenge": async (from, ask) => admission.challenge(from, ask),
    "invite:open": (from, ask) => admission.open(from, ask),
    "ticket:take": async (from) => {
      const decision = await store.takeTicket(from.id);
      if (decision.ok) from.become(from.standing, clock.nowMs());
      return decision;
    },
    "ticket:drop": (from, ask) => store.dropTicket(from.id, ask),
    "commit:send": async (from, ask) => {
      const decision = await store.commit(from.id, ask);
      return decision.ok && decision.value.seat !== undefined ? seated(from, decision) : decision;
    },
    "commit:reject": (from, ask) => store.reject(from.id, ask),
    "gi:update": (from, ask) => store.updateGroupInfo(from.id, ask),
    "message:send": (from, ask) => store.sendMessage(from.id, ask),
  };
}

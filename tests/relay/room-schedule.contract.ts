// Requests in any order, by anybody, at any time: what a room store keeps to whatever it is asked.
import { deepStrictEqual, ok } from "node:assert/strict";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { connectionId } from "../../server/store/keys.ts";
import type { ConnectionId } from "../../server/store/keys.ts";
import type { Decision, StoreSize } from "../../server/store/room-store.ts";
import { ownerBodies } from "../../wire/events.ts";
import type { OwnerRequestName } from "../../wire/events.ts";
import { bytes, commitOn, delegateOf, invite, roomPlan, sha256 } from "./support/people.ts";
import { RoomOnStore } from "./support/store-bench.ts";
import type { StoreBench } from "./support/store-bench.ts";

const SEED = 20_260_802;
const SLOTS = 6;
const inviteFlags = [0, 2, 4, 6];
const told = new Set(["ticket:granted", "knock:answered", "room:ended", "cut"]);
const ownerActions = Object.keys(ownerBodies) as OwnerRequestName[];
const actions = [
  "create",
  "admit",
  "knock",
  "takeTicket",
  "dropTicket",
  "commit",
  "staleCommit",
  "reject",
  "updateGroupInfo",
  "message",
  "signal",
  "resume",
  "offer",
  "takeRestored",
  "leave",
  "disconnect",
  "guess",
  "advance",
] as const;
type Action = (typeof actions)[number] | OwnerRequestName;

interface Step {
  readonly action: Action;
  /** Who does it, and which of several things it is done with. */
  readonly slot: number;
  readonly pick: number;
  readonly any: <T>(of: readonly T[]) => T;
  readonly yes: boolean;
}

type Act = (by: ConnectionId, at: Step) => Promise<Decision<object> | void>;

const step: fc.Arbitrary<Step> = fc
  .record({
    action: fc.constantFrom<Action[]>(...actions, ...ownerActions, "admit", "takeTicket", "commit", "commit", "create"),
    slot: fc.nat(SLOTS - 1),
    pick: fc.nat(1_000),
    yes: fc.boolean(),
  })
  .map((at) => ({ ...at, any: pickerOf(at.pick) }));

/** Takes one of several things, the same one for the same number. */
function pickerOf(pick: number): <T>(of: readonly T[]) => T {
  return (of) => {
    const one = of[pick % of.length];
    if (one === undefined) throw new Error("there is nothing to pick");
    return one;
  };
}

/** One room, and what everybody in it or around it might know. */
class Schedule {
  readonly #bench: StoreBench;
  readonly #room: RoomOnStore;
  readonly #invites = inviteFlags.map((flags) => invite({ flags, uses: flags }));
  readonly #connections: ConnectionId[];
  readonly #tokens: Uint8Array[] = [bytes(32)];
  readonly #seats: Uint8Array[] = [bytes(16)];
  readonly #cids: Uint8Array[] = [];
  readonly #seated = new Set<ConnectionId>();
  readonly #knocks: Uint8Array[] = [bytes(16)];
  readonly #acts: Record<Action, Act>;
  #counter = 0;
  #count = 0;

  constructor(bench: StoreBench) {
    this.#bench = bench;
    const plan = roomPlan({ maxMembers: 4, invites: this.#invites.map(({ record }) => record) });
    this.#room = new RoomOnStore(bench, {}, plan);
    this.#cids.push(plan.ask.cid);
    this.#connections = Array.from({ length: SLOTS }, () => this.#connect());
    this.#acts = this.#acting();
  }

  /** Takes the steps, then everybody goes; returns what the store holds an hour later. */
  async run(steps: readonly Step[]): Promise<StoreSize> {
    for (const at of steps) {
      const by = this.#connections[at.slot] ?? connectionId("nobody");
      const [sizeBefore, saidBefore] = [await this.#bench.store.size(), this.#bench.outlet.count];
      const decision = await this.#acts[at.action](by, at);
      const size = await this.#bench.store.size();
      if (decision?.ok === false) deepStrictEqual([at, size, this.#bench.outlet.count], [at, sizeBefore, saidBefore]);
      ok(size.rooms + size.windows <= 1 && size.seats <= 4 && size.connections <= SLOTS);
    }
    this.#checkNotices();
    for (const by of this.#connections) await this.#bench.store.disconnect(by);
    await this.#bench.advance(3_600_000);
    return this.#bench.store.size();
  }

  /** Strangers and applicants hear nothing of the room; seats hear everything once and in order. */
  #checkNotices(): void {
    for (const by of this.#bench.outlet.connections()) {
      const names = this.#bench.outlet.names(by);
      if (!this.#seated.has(by))
        deepStrictEqual(
          names.filter((name) => !told.has(name)),
          [],
        );
      const received = this.#bench.outlet.all(by, "message:received").map(({ seq }) => seq);
      deepStrictEqual(
        received,
        [...new Set(received)].toSorted((x, y) => x - y),
      );
    }
  }

  #connect(): ConnectionId {
    return connectionId(`c${++this.#count}`);
  }

  #acting(): Record<Action, Act> {
    const { store } = this.#bench;
    const room = this.#room;
    const { handle, ask } = room.plan;
    const [invites, cids] = [this.#invites.map(({ record }) => record.inviteId), this.#cids];
    const cid = (): Uint8Array => cids.at(-1) ?? bytes(32);
    const rules = ownerActions.map((name): [OwnerRequestName, Act] => [name, (by, at) => this.#rule(by, name, at)]);
    return {
      ...(Object.fromEntries(rules) as Record<OwnerRequestName, Act>),
      create: async (by) => this.#sit(by, await store.create(by, ask)),
      admit: (by, { any }) => store.admit(by, any(invites)),
      knock: async (by) => {
        const decision = await store.knock(by, { sealed: bytes(9) });
        if (decision.ok) this.#knocks.push(decision.value.knock);
        return decision;
      },
      takeTicket: (by) => store.takeTicket(by),
      dropTicket: (by, { yes }) => store.dropTicket(by, { unusable: yes }),
      commit: (by, { yes }) => this.#commit(by, yes),
      staleCommit: async (by, { any }) => this.#sit(by, await store.commit(by, commitOn(any(cids)))),
      reject: (by, { any, yes }) => store.reject(by, { cid: yes ? cid() : any(cids) }),
      updateGroupInfo: (by) => store.updateGroupInfo(by, { cid: cid(), groupInfo: bytes(9) }),
      message: (by, { any, yes }) => store.sendMessage(by, room.message(yes ? cid() : any(cids))),
      signal: (by) => store.sendSignal(by, room.message(cid())),
      resume: async (by, { any }) => {
        const resumeToken = any(this.#tokens);
        return this.#sit(by, await store.resume(by, { handle, resumeToken, cid: cid() }));
      },
      offer: async (by, { any, pick }) => {
        const decision = await store.offerRoom(by, room.offer(any(this.#seats), { cid: any(cids) }, 1 + pick * 1000));
        // The window may end in a seat.
        if (decision.ok) this.#seated.add(by);
        return decision;
      },
      takeRestored: async (by) => this.#sit(by, await store.takeRestored(by)),
      leave: (by) => store.leave(by),
      disconnect: async (by, { slot }) => {
        await store.disconnect(by);
        this.#connections[slot] = this.#connect();
      },
      guess: async (_by, { any, yes }) => {
        const id = any(invites);
        if ((await store.takeAttempt(id)) === 0) await (yes ? store.returnAttempt(id) : store.noteFailure(id));
      },
      advance: (_by, { any }) => this.#bench.advance(any([1, 2_000, 3_000, 90_000, 100_000])),
    };
  }

  /** An owner's request, now and then a delegate's or an old one. */
  async #rule(by: ConnectionId, name: OwnerRequestName, { any, yes }: Step): Promise<Decision<object>> {
    const signer = yes ? this.#room.plan.signer : delegateOf(this.#room.plan.signer);
    const bodies = {
      "room:end": {},
      "room:lock": { isLocked: yes },
      "seat:evict": { seat: any(this.#seats) },
      "invite:put": { invite: any([...this.#invites, invite()]).record },
      "invite:revoke": { inviteId: any(this.#invites).record.inviteId },
      "knock:answer": { knock: any(this.#knocks), isAdmitted: yes, sealed: bytes(9) },
      "owner:handover": { key: this.#room.plan.owner.publicKey },
      "owner:undelegate": { key: signer.key.publicKey },
    };
    const counter = any([0, 1, 2, 3]) === 0 ? 1 : ++this.#counter;
    return this.#bench.store.carryOut(by, this.#room.request(counter, name, bodies[name], signer));
  }

  /** On the commit the room stands at, as a refusal tells it. */
  async #commit(by: ConnectionId, isRotating: boolean): Promise<Decision<object>> {
    const probe = await this.#bench.store.commit(by, commitOn(bytes(32)));
    const base = probe.ok ? undefined : probe.head?.cid;
    if (base === undefined) return probe;
    const ask = commitOn(base, isRotating ? bytes(80) : undefined);
    const decision = await this.#bench.store.commit(by, ask);
    if (decision.ok) this.#cids.push(sha256(ask.envelope));
    return this.#sit(by, decision);
  }

  #sit<T extends object>(by: ConnectionId, decision: Decision<T>): Decision<T> {
    if (!decision.ok) return decision;
    this.#seated.add(by);
    const { seat } = decision.value as { seat?: { seat: Uint8Array; resumeToken: Uint8Array } };
    if (seat !== undefined) {
      this.#seats.push(seat.seat);
      this.#tokens.push(seat.resumeToken);
    }
    return decision;
  }
}

const nothing: StoreSize = {
  rooms: 0,
  invites: 0,
  seats: 0,
  connections: 0,
  tombstones: 0,
  knocks: 0,
  windows: 0,
  attempts: 0,
};

/** With the same settings as describeRoomStore. */
export function describeRoomSchedules(name: string, openBench: () => Promise<StoreBench>, numRuns = 200): void {
  describe(`${name}: any order`, () => {
    test("what is refused changes nothing, nobody hears what is not for it, and nothing is left at the end", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 120, size: "max" }), async (steps) => {
          expect(await new Schedule(await openBench()).run(steps)).toEqual(nothing);
        }),
        { numRuns, seed: SEED },
      );
    });
  });
}

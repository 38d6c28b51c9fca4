// Showing a room to a store that has lost it. Run against each implementation by its own test file.
import { describe, expect, test } from "vitest";
import { connectionId } from "../../server/store/keys.ts";
import type { ConnectionId } from "../../server/store/keys.ts";
import { RESTORE_WINDOW_MS, SEAT_LIFE_MS } from "../../wire/limits.ts";
import type { Answer, Ask, Head } from "../../wire/events.ts";
import { bytes, commitOn, invite, roomPlan } from "./support/people.ts";
import { code, RoomOnStore, value } from "./support/store-bench.ts";
import type { StoreBench } from "./support/store-bench.ts";

type Restored = Answer<"room:restore">;

class Offers {
  readonly #bench: StoreBench;
  readonly #room: RoomOnStore;
  readonly made: ConnectionId[] = [];

  constructor(bench: StoreBench, room: RoomOnStore) {
    this.#bench = bench;
    this.#room = room;
  }

  async add(seat: Uint8Array, head?: Partial<Head>, lifeMs?: number): Promise<ConnectionId> {
    const by = this.#room.newConnection();
    value(await this.#bench.store.offerRoom(by, this.#room.offer(seat, head, lifeMs)));
    this.made.push(by);
    return by;
  }

  /** What became of each offer, in the order in which they were made. */
  async outcomes(): Promise<Restored[]> {
    const all: Restored[] = [];
    for (const by of this.made) all.push(value(await this.#bench.store.takeRestored(by)));
    return all;
  }
}

function hasSeat({ seat }: Restored): boolean {
  return seat !== undefined;
}

/** With the same settings as describeRoomStore. */
export function describeRoomRestore(name: string, openBench: () => Promise<StoreBench>): void {
  async function start(change: Parameters<typeof roomPlan>[0] = {}) {
    const bench = await openBench();
    const room = new RoomOnStore(bench, change);
    return { bench, room, offers: new Offers(bench, room) };
  }

  describe(`${name}: restoring`, () => {
    test("one member alone gets its room back where it stood, when the window is over", async () => {
      const { bench, room, offers } = await start();
      const seat = bytes(16);
      const by = room.newConnection();
      const head = { cid: bytes(32), epoch: 7, groupInfo: bytes(50), rotation: bytes(80) };
      const offer = value(await bench.store.offerRoom(by, room.offer(seat, head, 500_000)));
      expect(offer).toEqual({ isFirst: true, waitMs: RESTORE_WINDOW_MS });
      await bench.advance(RESTORE_WINDOW_MS - 1);
      expect(code(await bench.store.takeRestored(by))).toBe("try_later");
      expect(await bench.store.size()).toMatchObject({ rooms: 0, windows: 1 });
      await bench.advance(1);
      const answer = value(await bench.store.takeRestored(by));
      expect(answer).toMatchObject({ seat: { seat }, seq: 0, lifeMs: 500_000 });
      expect(await bench.store.size()).toMatchObject({ rooms: 1, windows: 0, seats: 1, connections: 1, invites: 0 });
      const stale = await bench.store.commit(by, commitOn(bytes(32)));
      expect(stale).toMatchObject({ code: "stale_epoch", head });
      expect(offers.made).toEqual([]);
    });

    test("a restored room lives on: messages, commits, resuming, invites and its owner", async () => {
      const { bench, room, offers } = await start();
      const seats = [bytes(16), bytes(16)] as const;
      const [a, b] = [await offers.add(seats[0]), await offers.add(seats[1])];
      await bench.advance(RESTORE_WINDOW_MS);
      const answers = await offers.outcomes();
      value(await bench.store.sendMessage(a, room.message()));
      expect(bench.outlet.all(b, "message:received")).toMatchObject([{ seq: 1 }]);
      await room.commit(b);
      const token = answers[0]?.seat?.resumeToken ?? bytes(32);
      const { answer } = await room.resume({ by: a, seat: seats[0], token }, room.plan.ask.cid);
      expect(answer).toMatchObject({ mustRejoin: false, missed: [{ seq: 2, epoch: 6 }] });
      const again = invite();
      value(await bench.store.carryOut(b, room.request(1, "invite:put", { invite: again.record })));
      await room.join(await room.applicant(again));
      expect(await bench.store.findOwner(b)).toEqual({ handle: room.plan.handle, ownerKey: room.plan.owner.publicKey });
    });

    test("what most seats say counts, whatever the epoch; the others get no seat but may rejoin", async () => {
      const { bench, room, offers } = await start();
      const liar = { cid: bytes(32), epoch: 99 };
      const lying = await offers.add(bytes(16), liar);
      await offers.add(bytes(16));
      await offers.add(bytes(16));
      await bench.advance(RESTORE_WINDOW_MS);
      expect((await offers.outcomes()).map(hasSeat)).toEqual([false, true, true]);
      expect(code(await bench.store.sendMessage(lying, room.message()))).toBe("not_admitted");
      value(await bench.store.takeTicket(lying));
      expect(bench.outlet.all(lying, "ticket:granted")[0]?.head).toMatchObject({ cid: room.cid, epoch: 5 });
      const { seat } = await room.commit(lying);
      expect(seat?.seat).toEqual(room.cid.slice(0, 16));
      expect(await bench.store.size()).toMatchObject({ seats: 3, connections: 3 });
    });

    test("of two states that as many claim the higher epoch counts", async () => {
      const { bench, offers } = await start();
      await offers.add(bytes(16), { epoch: 4 });
      await offers.add(bytes(16), { epoch: 5, cid: bytes(32) });
      await bench.advance(RESTORE_WINDOW_MS);
      expect((await offers.outcomes()).map(hasSeat)).toEqual([false, true]);
    });

    test("the same commit in another epoch is another state", async () => {
      const { bench, offers } = await start();
      await offers.add(bytes(16), { epoch: 9 });
      await offers.add(bytes(16), { epoch: 5 });
      await offers.add(bytes(16), { epoch: 5 });
      await bench.advance(RESTORE_WINDOW_MS);
      expect((await offers.outcomes()).map(hasSeat)).toEqual([false, true, true]);
    });

    test("a seat counts once however often it is offered, and goes to who offered it first", async () => {
      const { bench, offers } = await start();
      const seat = bytes(16);
      const liar = { cid: bytes(32), epoch: 99 };
      for (let i = 0; i < 5; i++) await offers.add(seat, liar);
      const own = bytes(16);
      await offers.add(own);
      await offers.add(own);
      await offers.add(bytes(16));
      await bench.advance(RESTORE_WINDOW_MS);
      const seated = (await offers.outcomes()).map(hasSeat);
      expect(seated).toEqual([false, false, false, false, false, true, false, true]);
    });

    test("the room lives as long as the least of the winners says, and never longer than its record", async () => {
      const { bench, offers } = await start({ lifeS: 600 });
      await offers.add(bytes(16), {}, 5_000_000);
      await offers.add(bytes(16), {}, 5_000_000);
      await offers.add(bytes(16), { cid: bytes(32) }, 1);
      await bench.advance(RESTORE_WINDOW_MS);
      expect((await offers.outcomes()).map(({ lifeMs }) => lifeMs)).toEqual([600_000, 600_000, 600_000]);
      const short = await start();
      await short.offers.add(bytes(16), {}, 90_000);
      const by = await short.offers.add(bytes(16), {}, 30_000);
      await short.bench.advance(RESTORE_WINDOW_MS + 29_999);
      expect(await short.bench.store.size()).toMatchObject({ rooms: 1 });
      await short.bench.advance(1);
      expect(short.bench.outlet.all(by, "room:ended")).toEqual([{ reason: "expired", proof: undefined }]);
    });

    test("an offer of somebody who is gone when the window ends counts for nothing", async () => {
      const { bench, offers } = await start();
      const gone = [await offers.add(bytes(16), { epoch: 9 }), await offers.add(bytes(16), { epoch: 9 })];
      await offers.add(bytes(16));
      for (const by of gone) await bench.store.disconnect(by);
      await bench.advance(RESTORE_WINDOW_MS);
      for (const by of gone) expect(code(await bench.store.takeRestored(by))).toBe("not_admitted");
      expect(await bench.store.size()).toMatchObject({ rooms: 1, seats: 1, connections: 1 });
    });

    test("when everybody has gone before the end nothing is restored and nothing kept", async () => {
      const { bench, offers } = await start();
      const by = await offers.add(bytes(16));
      await bench.store.disconnect(by);
      await bench.advance(RESTORE_WINDOW_MS);
      const nothing = { rooms: 0, windows: 0, seats: 0, connections: 0, tombstones: 0 };
      expect(await bench.store.size()).toMatchObject(nothing);
    });

    test("a late offer gets no seat but the ticket, for as long as a seat would have waited", async () => {
      const { bench, room, offers } = await start({ lifeS: 24 * 3600 });
      const seat = bytes(16);
      await offers.add(seat, {}, 24 * 3600_000);
      await bench.advance(RESTORE_WINDOW_MS);
      await bench.advance(60_000);
      const late = room.newConnection();
      expect(value(await bench.store.offerRoom(late, room.offer(bytes(16))))).toEqual({ isFirst: false, waitMs: 0 });
      expect(hasSeat(value(await bench.store.takeRestored(late)))).toBe(false);
      expect((await room.join(late)).seat).toEqual(room.cid.slice(0, 16));
      await bench.advance(SEAT_LIFE_MS - 60_000);
      expect(code(await bench.store.offerRoom(room.newConnection(), room.offer(bytes(16))))).toBe("not_admitted");
    });

    test("who comes back so is not kept out by the lock, but by a full room", async () => {
      const { bench, room, offers } = await start({ maxMembers: 2 });
      const owner = await offers.add(bytes(16));
      await bench.advance(RESTORE_WINDOW_MS);
      value(await bench.store.carryOut(owner, room.request(1, "room:lock", { isLocked: true })));
      const [first, second] = [room.newConnection(), room.newConnection()];
      for (const by of [first, second]) value(await bench.store.offerRoom(by, room.offer(bytes(16))));
      await room.join(first);
      expect(code(await bench.store.takeTicket(second))).toBe("full");
    });

    test("a room that was never lost is not restored, and one that ended neither", async () => {
      const { bench, room } = await start();
      const owner = await room.open();
      expect(code(await bench.store.offerRoom(room.newConnection(), room.offer(owner.seat)))).toBe("not_admitted");
      expect(code(await bench.store.takeRestored(owner.by))).toBe("not_admitted");
      expect(await bench.store.size()).toMatchObject({ windows: 0, connections: 1 });
      value(await bench.store.carryOut(owner.by, room.request(1, "room:end", {})));
      expect(code(await bench.store.offerRoom(room.newConnection(), room.offer(owner.seat)))).toBe("expired");
      await bench.advance(3_600_000);
      const late = room.offer(owner.seat, {}, 0);
      expect(code(await bench.store.offerRoom(room.newConnection(), late))).toBe("expired");
    });

    test("a restored room that ends leaves its tombstone too", async () => {
      const { bench, room, offers } = await start();
      const by = await offers.add(bytes(16));
      await bench.advance(RESTORE_WINDOW_MS);
      value(await bench.store.carryOut(by, room.request(1, "room:end", {})));
      expect(code(await bench.store.offerRoom(room.newConnection(), room.offer(bytes(16))))).toBe("expired");
    });

    test("a record belongs to its own handle: with any field changed it is another room", async () => {
      const { bench, room } = await start();
      await room.open();
      const offer = room.offer(bytes(16));
      const { record } = offer;
      const changes: Partial<Ask<"room:restore">["record"]>[] = [
        { ownerKey: bytes(32) },
        { lifeS: record.lifeS + 1 },
        { maxMembers: record.maxMembers + 1 },
      ];
      for (const change of changes) {
        const decision = await bench.store.offerRoom(room.newConnection(), {
          ...offer,
          record: { ...record, ...change },
        });
        expect(value(decision)).toMatchObject({ isFirst: true });
      }
      expect(await bench.store.size()).toMatchObject({ rooms: 1, windows: 3 });
      const more = { ...offer, record: { ...record, salt: bytes(16) } };
      expect(code(await bench.store.offerRoom(room.newConnection(), more))).toBe("try_later");
    });

    test("limits out of range, and whoever is in a room or offers one already, are refused", async () => {
      const { bench, room, offers } = await start();
      const owner = await new RoomOnStore(bench).open();
      const offer = room.offer(bytes(16));
      const by = await offers.add(bytes(16));
      for (const busy of [owner.by, by]) {
        expect(code(await bench.store.offerRoom(busy, offer))).toBe("malformed");
        expect(code(await bench.store.create(busy, roomPlan().ask))).toBe("malformed");
        const resume = { handle: room.plan.handle, resumeToken: bytes(32), cid: undefined };
        expect(code(await bench.store.resume(busy, resume))).toBe("malformed");
      }
      for (const change of [{ lifeS: 9 }, { lifeS: 31 * 24 * 3600 }, { maxMembers: 1 }, { maxMembers: 5_000 }]) {
        const other = new RoomOnStore(bench, change);
        expect(code(await bench.store.offerRoom(other.newConnection(), other.offer(bytes(16))))).toBe("malformed");
      }
    });

    test("while a room is being restored nobody opens it anew or comes in otherwise", async () => {
      const { bench, room, offers } = await start();
      const by = await offers.add(bytes(16));
      expect(code(await bench.store.create(room.newConnection(), room.plan.ask))).toBe("malformed");
      for (const decision of [
        await bench.store.takeTicket(by),
        await bench.store.sendMessage(by, room.message()),
        await bench.store.commit(by, commitOn(room.cid)),
        await bench.store.admit(by, bytes(16)),
        await bench.store.leave(by),
      ])
        expect(code(decision)).toBe("not_admitted");
    });

    test("handovers that are shown again make the last owner the owner", async () => {
      const { bench, room, offers } = await start();
      const by = await offers.add(bytes(16));
      await bench.advance(RESTORE_WINDOW_MS);
      const next = bytes(32);
      value(await bench.store.carryOut(by, room.request(7, "owner:handover", { key: next })));
      expect(await bench.store.findOwner(by)).toMatchObject({ ownerKey: next });
    });

    test("more states than anybody honest could claim are not weighed", async () => {
      const { bench, offers } = await start();
      for (let i = 0; i < 8; i++) await offers.add(bytes(16), { cid: bytes(32), epoch: i });
      await offers.add(bytes(16), { cid: bytes(32), epoch: 1_000 });
      await bench.advance(RESTORE_WINDOW_MS);
      expect((await offers.outcomes()).map(hasSeat).indexOf(true)).toBe(7);
    });

    test("nobody gets a seat for an offer that was never made", async () => {
      const { bench } = await start();
      expect(code(await bench.store.takeRestored(connectionId("nobody")))).toBe("not_admitted");
    });
  });
}

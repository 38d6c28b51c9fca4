// How a room store undoes commits, removes seats and ends rooms. Run against each implementation by its own test file.
import { describe, expect, test } from "vitest";
import { bytes, invite, roomPlan } from "./support/people.ts";
import { code, RoomOnStore, value } from "./support/store-bench.ts";
import type { StoreBench } from "./support/store-bench.ts";

const nothing = { rooms: 0, invites: 0, seats: 0, connections: 0, knocks: 0, windows: 0, attempts: 0 };

/** With the same settings as {@link describeRoomStore}. */
export function describeRoomEndings(name: string, openBench: () => Promise<StoreBench>): void {
  describe(`${name}: rolling back`, () => {
    test("half of the others change nothing, a majority brings the room back", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const [a, b, d, c] = [await room.join(), await room.join(), await room.join(), await room.join()];
      const before = room.cid;
      const { cid } = await room.commit(c.by);
      const seats = await bench.store.size();
      value(await bench.store.reject(a.by, { cid }));
      value(await bench.store.reject(a.by, { cid }));
      value(await bench.store.reject(b.by, { cid }));
      expect(bench.outlet.names(owner.by)).not.toContain("commit:rolled-back");
      expect(await bench.store.size()).toEqual(seats);
      value(await bench.store.reject(d.by, { cid }));
      for (const { by } of [owner, a, b, c, d]) {
        const [told] = bench.outlet.all(by, "commit:rolled-back");
        expect(told).toMatchObject({ cid, head: { cid: before, epoch: 4 }, seq: 6 });
      }
      expect(bench.outlet.names(c.by).at(-1)).toBe("cut");
      expect(bench.outlet.all(a.by, "seat:gone")).toEqual([{ seat: c.seat, reason: "evicted" }]);
      room.cid = before;
      value(await bench.store.sendMessage(owner.by, room.message()));
      await room.commit(owner.by);
      expect(code(await bench.store.sendMessage(c.by, room.message()))).toBe("not_admitted");
      const resume = { handle: room.plan.handle, resumeToken: c.token, cid: undefined };
      expect(code(await bench.store.resume(room.newConnection(), resume))).toBe("not_admitted");
    });

    test("messages sealed in a commit that was rolled back are no longer passed on", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      const { cid } = await room.commit(guest.by);
      value(await bench.store.reject(owner.by, { cid }));
      expect(code(await bench.store.sendMessage(owner.by, room.message(cid)))).toBe("stale_epoch");
      value(await bench.store.sendMessage(owner.by, room.message(room.plan.ask.cid)));
    });

    test("a join that is refused takes its seat and everything after it, and gives the invite's use back", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench, {}, roomPlan({}, invite({ uses: 2 })));
      const owner = await room.open();
      const bad = await room.join();
      const { cid } = { cid: room.cid };
      const later = await room.join();
      expect(await bench.store.size()).toMatchObject({ seats: 3, invites: 0 });
      value(await bench.store.reject(owner.by, { cid }));
      expect(bench.outlet.names(bad.by).slice(-2)).toEqual(["commit:rolled-back", "cut"]);
      expect(bench.outlet.names(later.by).slice(-2)).toEqual(["commit:rolled-back", "cut"]);
      expect(await bench.store.size()).toMatchObject({ seats: 1, invites: 1, connections: 1 });
      room.cid = room.plan.ask.cid;
      await room.join();
      await room.join();
      expect(await bench.store.size()).toMatchObject({ seats: 3, invites: 0 });
    });

    test("a member that had committed on top of it keeps its seat, and a rejoined one its old one", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const [bad, top, back] = [await room.join(), await room.join(), await room.join()];
      const { cid } = await room.commit(bad.by);
      await room.commit(top.by);
      value(await bench.store.takeTicket(back.by));
      const renewed = await room.commit(back.by);
      expect(renewed.seat?.seat).not.toEqual(back.seat);
      value(await bench.store.reject(owner.by, { cid }));
      value(await bench.store.reject(top.by, { cid }));
      expect(bench.outlet.names(bad.by).at(-1)).toBe("cut");
      expect(bench.outlet.names(top.by)).not.toContain("cut");
      value(await bench.store.carryOut(owner.by, room.request(1, "seat:evict", { seat: back.seat })));
      expect(bench.outlet.all(back.by, "seat:gone").at(-1)).toEqual({ seat: back.seat, reason: "evicted" });
    });

    test("neither the committer, nor who came later, nor who is not there has a vote", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const [away, guest] = [await room.join(), await room.join()];
      const { cid } = await room.commit(guest.by);
      const late = await room.join();
      expect(code(await bench.store.reject(guest.by, { cid }))).toBe("not_admitted");
      expect(code(await bench.store.reject(late.by, { cid }))).toBe("not_admitted");
      expect(code(await bench.store.reject(owner.by, { cid: bytes(32) }))).toBe("stale_epoch");
      await bench.store.disconnect(away.by);
      value(await bench.store.reject(owner.by, { cid }));
      expect(bench.outlet.names(owner.by)).toContain("commit:rolled-back");
    });
  });

  describe(`${name}: leaving and ending`, () => {
    test("who leaves is gone at once, and the last one ends the room", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      const waiting = await room.applicant();
      value(await bench.store.leave(guest.by));
      expect(bench.outlet.all(owner.by, "seat:gone")).toEqual([{ seat: guest.seat, reason: "left" }]);
      expect(bench.outlet.names(guest.by)).not.toContain("seat:gone");
      const resume = { handle: room.plan.handle, resumeToken: guest.token, cid: undefined };
      expect(code(await bench.store.resume(room.newConnection(), resume))).toBe("not_admitted");
      value(await bench.store.leave(owner.by));
      expect(bench.outlet.all(waiting, "room:ended")).toEqual([{ reason: "empty", proof: undefined }]);
      expect(await bench.store.size()).toMatchObject(nothing);
    });

    test("dropped connections leave the room two minutes, then it ends", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      await bench.store.disconnect(owner.by);
      await bench.advance(60_000);
      await bench.store.disconnect(guest.by);
      await bench.advance(119_999);
      expect(await bench.store.size()).toMatchObject({ rooms: 1, seats: 2 });
      const by = room.newConnection();
      const resume = { handle: room.plan.handle, resumeToken: owner.token, cid: room.cid };
      value(await bench.store.resume(by, resume));
      await bench.advance(60_000);
      expect(await bench.store.size()).toMatchObject({ rooms: 1 });
      await bench.store.disconnect(by);
      await bench.advance(120_000);
      expect(await bench.store.size()).toMatchObject(nothing);
    });

    test("a member that leaves while the others are away leaves them their two minutes", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      await bench.store.disconnect(owner.by);
      value(await bench.store.leave(guest.by));
      await bench.advance(119_999);
      expect(await bench.store.size()).toMatchObject({ rooms: 1, seats: 1 });
      await bench.advance(1);
      expect(await bench.store.size()).toMatchObject(nothing);
    });

    test("a room of thirty days lives thirty days, not a moment longer", async () => {
      const bench = await openBench();
      const lifeS = 30 * 24 * 3600;
      const room = new RoomOnStore(bench, { lifeS });
      const owner = await room.open();
      const waiting = await room.applicant();
      await bench.advance(lifeS * 1000 - 1);
      value(await bench.store.sendMessage(owner.by, room.message()));
      await bench.advance(1);
      for (const by of [owner.by, waiting]) {
        expect(bench.outlet.all(by, "room:ended")).toEqual([{ reason: "expired", proof: undefined }]);
        expect(bench.outlet.names(by).at(-1)).toBe("cut");
      }
      expect(code(await bench.store.sendMessage(owner.by, room.message()))).toBe("not_admitted");
      const resume = { handle: room.plan.handle, resumeToken: owner.token, cid: undefined };
      expect(code(await bench.store.resume(room.newConnection(), resume))).toBe("not_admitted");
      expect(await bench.store.size()).toMatchObject({ ...nothing, tombstones: 0 });
    });

    test("an ended room leaves nothing but a handle that cannot be used for its original life", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench, { lifeS: 3600 });
      const owner = await room.open();
      const guest = await room.join();
      value(await bench.store.takeTicket(await room.applicant()));
      const end = room.request(7, "room:end", {});
      value(await bench.store.carryOut(owner.by, end));
      for (const { by } of [owner, guest]) {
        expect(bench.outlet.all(by, "room:ended")).toEqual([{ reason: "ended", proof: end.proof }]);
        expect(bench.outlet.names(by).at(-1)).toBe("cut");
      }
      expect(await bench.store.size()).toEqual({ ...nothing, tombstones: 1 });
      expect(code(await bench.store.create(room.newConnection(), room.plan.ask))).toBe("malformed");
      await bench.advance(3_600_000);
      expect(code(await bench.store.create(room.newConnection(), room.plan.ask))).toBe("ok");
    });

    test("there are never more tombstones than allowed", async () => {
      const bench = await openBench();
      for (let i = 0; i < 3; i++) value(await bench.store.leave((await new RoomOnStore(bench).open()).by));
      expect(await bench.store.size()).toEqual({ ...nothing, tombstones: 2 });
    });

    test("the owner's counter only grows", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      value(await bench.store.carryOut(owner.by, room.request(5, "seat:evict", { seat: bytes(16) })));
      for (const counter of [0, 4, 5]) {
        const evict = room.request(counter, "seat:evict", { seat: guest.seat });
        expect(code(await bench.store.carryOut(owner.by, evict))).toBe("not_admitted");
        expect(code(await bench.store.carryOut(owner.by, room.request(counter, "room:end", {})))).toBe("not_admitted");
      }
      expect(await bench.store.size()).toMatchObject({ rooms: 1, seats: 2 });
    });

    test("an evicted seat hears why, is closed, and does not come back", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      value(await bench.store.carryOut(owner.by, room.request(1, "seat:evict", { seat: guest.seat })));
      const gone = { seat: guest.seat, reason: "evicted" };
      expect(bench.outlet.all(guest.by, "seat:gone")).toEqual([gone]);
      expect(bench.outlet.all(owner.by, "seat:gone")).toEqual([gone]);
      expect(bench.outlet.names(guest.by).at(-1)).toBe("cut");
      bench.outlet.clear();
      value(await bench.store.sendMessage(owner.by, room.message()));
      expect(bench.outlet.names(guest.by)).toEqual([]);
      expect(code(await bench.store.sendMessage(guest.by, room.message()))).toBe("not_admitted");
      const resume = { handle: room.plan.handle, resumeToken: guest.token, cid: undefined };
      expect(code(await bench.store.resume(room.newConnection(), resume))).toBe("not_admitted");
    });
  });
}

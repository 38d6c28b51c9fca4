// Asking to be let in, at a room store. Run against each implementation by its own test file.
import { describe, expect, test } from "vitest";
import { bytes, commitOn, invite, roomPlan } from "./support/people.ts";
import { code, RoomOnStore, value } from "./support/store-bench.ts";
import type { StoreBench } from "./support/store-bench.ts";

const ASK_FIRST = 2;

function askFirst(bench: StoreBench): RoomOnStore {
  return new RoomOnStore(bench, {}, roomPlan({}, invite({ flags: ASK_FIRST })));
}

/** With the same settings as describeRoomStore. */
export function describeRoomKnock(name: string, openBench: () => Promise<StoreBench>): void {
  describe(`${name}: knocking`, () => {
    test("every seat hears a knock, and whoever knocked waits without the ticket", async () => {
      const bench = await openBench();
      const room = askFirst(bench);
      const owner = await room.open();
      const by = await room.applicant();
      expect(code(await bench.store.takeTicket(by))).toBe("not_admitted");
      const sealed = bytes(512);
      const { knock } = value(await bench.store.knock(by, { sealed }));
      const { inviteId } = room.plan.invite.record;
      expect(bench.outlet.all(owner.by, "knock:received")).toEqual([{ knock, inviteId, sealed }]);
      expect(code(await bench.store.takeTicket(by))).toBe("not_admitted");
      expect(code(await bench.store.commit(by, commitOn(room.cid)))).toBe("not_admitted");
      expect(bench.outlet.names(by)).toEqual([]);
      expect(await bench.store.size()).toMatchObject({ knocks: 1 });
    });

    test("a yes reaches whoever knocked, lets it take the ticket, and ends the knock for everybody", async () => {
      const bench = await openBench();
      const room = askFirst(bench);
      const owner = await room.open();
      const by = await room.applicant();
      const { knock } = value(await bench.store.knock(by, { sealed: bytes(9) }));
      const sealed = bytes(1024);
      const answer = { knock, isAdmitted: true, sealed };
      value(await bench.store.carryOut(owner.by, room.request(1, "knock:answer", answer)));
      expect(bench.outlet.all(by, "knock:answered")).toEqual([{ isAdmitted: true, sealed }]);
      expect(bench.outlet.all(owner.by, "knock:gone")).toEqual([{ knock }]);
      expect(await bench.store.size()).toMatchObject({ knocks: 0 });
      expect((await room.join(by)).seat).toEqual(room.cid.slice(0, 16));
    });

    test("a no reaches whoever knocked, closes it, and nothing of it is left", async () => {
      const bench = await openBench();
      const room = askFirst(bench);
      const owner = await room.open();
      const by = await room.applicant();
      const { knock } = value(await bench.store.knock(by, { sealed: bytes(9) }));
      const answer = { knock, isAdmitted: false, sealed: bytes(9) };
      value(await bench.store.carryOut(owner.by, room.request(1, "knock:answer", answer)));
      expect(bench.outlet.names(by)).toEqual(["knock:answered", "cut"]);
      expect(bench.outlet.names(owner.by)).toEqual(["knock:received", "knock:gone"]);
      expect(code(await bench.store.takeTicket(by))).toBe("not_admitted");
      expect(await bench.store.size()).toMatchObject({ knocks: 0, connections: 1 });
    });

    test("a knock is answered once: a second answer reaches nobody", async () => {
      const bench = await openBench();
      const room = askFirst(bench);
      const owner = await room.open();
      const by = await room.applicant();
      const { knock } = value(await bench.store.knock(by, { sealed: bytes(9) }));
      const answer = (counter: number, isAdmitted: boolean) =>
        room.request(counter, "knock:answer", { knock, isAdmitted, sealed: bytes(9) });
      value(await bench.store.carryOut(owner.by, answer(1, true)));
      value(await bench.store.carryOut(owner.by, answer(2, false)));
      expect(bench.outlet.names(by)).toEqual(["knock:answered"]);
      expect(bench.outlet.names(owner.by)).toEqual(["knock:received", "knock:gone"]);
    });

    test("who was let in is as new as anybody: lock, cap and uses still hold", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench, {}, roomPlan({}, invite({ flags: ASK_FIRST, uses: 1 })));
      const owner = await room.open();
      const waiting = [await room.applicant(), await room.applicant()] as const;
      for (const [index, by] of waiting.entries()) {
        const { knock } = value(await bench.store.knock(by, { sealed: bytes(9) }));
        const answer = { knock, isAdmitted: true, sealed: bytes(9) };
        value(await bench.store.carryOut(owner.by, room.request(index + 1, "knock:answer", answer)));
      }
      value(await bench.store.carryOut(owner.by, room.request(3, "room:lock", { isLocked: true })));
      expect(code(await bench.store.takeTicket(waiting[0]))).toBe("locked");
      value(await bench.store.carryOut(owner.by, room.request(4, "room:lock", { isLocked: false })));
      await room.join(waiting[0]);
      expect(code(await bench.store.takeTicket(waiting[1]))).toBe("not_admitted");
    });

    test("only an applicant by an ask-first invite knocks, and only once", async () => {
      const bench = await openBench();
      const [room, open] = [askFirst(bench), new RoomOnStore(bench)];
      const owner = await room.open();
      await open.open();
      const knock = { sealed: bytes(9) };
      for (const by of [owner.by, room.newConnection(), await open.applicant()])
        expect(code(await bench.store.knock(by, knock))).toBe("not_admitted");
      const by = await room.applicant();
      value(await bench.store.knock(by, knock));
      expect(code(await bench.store.knock(by, knock))).toBe("malformed");
      expect(bench.outlet.names(owner.by)).toEqual(["knock:received"]);
    });

    test("a locked room and a full one tell so instead of asking anybody", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench, {}, roomPlan({ maxMembers: 2 }, invite({ flags: ASK_FIRST })));
      const owner = await room.open();
      const open = invite();
      value(await bench.store.carryOut(owner.by, room.request(1, "invite:put", { invite: open.record })));
      const by = await room.applicant();
      value(await bench.store.carryOut(owner.by, room.request(2, "room:lock", { isLocked: true })));
      expect(code(await bench.store.knock(by, { sealed: bytes(9) }))).toBe("locked");
      value(await bench.store.carryOut(owner.by, room.request(3, "room:lock", { isLocked: false })));
      await room.join(await room.applicant(open));
      expect(code(await bench.store.knock(by, { sealed: bytes(9) }))).toBe("full");
      expect(bench.outlet.names(owner.by)).not.toContain("knock:received");
    });

    test("of one room 32 knocks wait and no more", async () => {
      const bench = await openBench();
      const room = askFirst(bench);
      await room.open();
      const first = await room.applicant();
      value(await bench.store.knock(first, { sealed: bytes(9) }));
      for (let i = 1; i < 32; i++) value(await bench.store.knock(await room.applicant(), { sealed: bytes(9) }));
      const more = await room.applicant();
      expect(code(await bench.store.knock(more, { sealed: bytes(9) }))).toBe("try_later");
      await bench.store.disconnect(first);
      value(await bench.store.knock(more, { sealed: bytes(9) }));
      expect(await bench.store.size()).toMatchObject({ knocks: 32 });
    });

    test("whoever leaves, drops, or proves another invite knocks no longer", async () => {
      const bench = await openBench();
      const room = askFirst(bench);
      const owner = await room.open();
      const ends = [
        (by: Parameters<typeof bench.store.leave>[0]) => bench.store.leave(by),
        (by: Parameters<typeof bench.store.leave>[0]) => bench.store.disconnect(by),
        (by: Parameters<typeof bench.store.leave>[0]) => bench.store.admit(by, room.plan.invite.record.inviteId),
      ];
      for (const end of ends) {
        const by = await room.applicant();
        const { knock } = value(await bench.store.knock(by, { sealed: bytes(9) }));
        await end(by);
        expect(bench.outlet.all(owner.by, "knock:gone").at(-1)).toEqual({ knock });
      }
      expect(await bench.store.size()).toMatchObject({ knocks: 0 });
    });

    test.each(["revoked", "expired"])("when its invite is %s, a knock is answered with no", async (how) => {
      const bench = await openBench();
      const room = new RoomOnStore(bench, {}, roomPlan({}, invite({ flags: ASK_FIRST, lifeS: 60 })));
      const owner = await room.open();
      const by = await room.applicant();
      const { knock } = value(await bench.store.knock(by, { sealed: bytes(9) }));
      const { inviteId } = room.plan.invite.record;
      if (how === "expired") await bench.advance(60_000);
      else value(await bench.store.carryOut(owner.by, room.request(1, "invite:revoke", { inviteId })));
      expect(bench.outlet.all(by, "knock:answered")).toEqual([{ isAdmitted: false, sealed: new Uint8Array() }]);
      expect(bench.outlet.names(by).at(-1)).toBe("cut");
      expect(bench.outlet.all(owner.by, "knock:gone")).toEqual([{ knock }]);
      expect(await bench.store.size()).toMatchObject({ knocks: 0, connections: 1 });
    });

    test("who comes back or comes in hears of the knocks that wait, after its seat", async () => {
      const bench = await openBench();
      const room = askFirst(bench);
      const owner = await room.open();
      const open = invite();
      value(await bench.store.carryOut(owner.by, room.request(1, "invite:put", { invite: open.record })));
      const knocker = await room.applicant();
      const sealed = bytes(9);
      const { knock } = value(await bench.store.knock(knocker, { sealed }));
      await bench.store.disconnect(owner.by);
      const { by } = await room.resume(owner);
      const newcomer = await room.join(await room.applicant(open));
      const received = { knock, inviteId: room.plan.invite.record.inviteId, sealed };
      expect(bench.outlet.all(by, "knock:received")).toEqual([received]);
      expect(bench.outlet.all(newcomer.by, "knock:received")).toEqual([received]);
    });

    test("the end of a room reaches whoever knocks", async () => {
      const bench = await openBench();
      const room = askFirst(bench);
      const owner = await room.open();
      const by = await room.applicant();
      value(await bench.store.knock(by, { sealed: bytes(9) }));
      value(await bench.store.leave(owner.by));
      expect(bench.outlet.names(by)).toEqual(["room:ended", "cut"]);
      expect(await bench.store.size()).toMatchObject({ rooms: 0, knocks: 0, connections: 0 });
    });
  });
}

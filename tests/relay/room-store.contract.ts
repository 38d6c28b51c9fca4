// What every room store guarantees. Run against each implementation by its own test file.
import { describe, expect, test } from "vitest";
import { MAX_MEMBERS, RING_COMMITS, RING_LIFE_MS, SEAT_LIFE_MS } from "../../wire/limits.ts";
import { bytes, commitOn, invite, roomPlan, sha256 } from "./support/people.ts";
import { code, RoomOnStore, value } from "./support/store-bench.ts";
import type { StoreBench } from "./support/store-bench.ts";

/** The settings the suite counts on: grace 120 s, 30 days, `MAX_MEMBERS`, 8 waiting joiners, 4 rooms, 2 tombstones. */
export function describeRoomStore(name: string, openBench: () => Promise<StoreBench>): void {
  describe(`${name}: opening a room`, () => {
    test("the creator holds the seat named by the genesis commit", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      expect(owner.seat).toEqual(room.plan.ask.cid.slice(0, 16));
      expect(owner.token).toHaveLength(32);
      expect(await bench.store.size()).toMatchObject({ rooms: 1, invites: 1, seats: 1, connections: 1 });
    });

    test("a taken handle, a taken invite and limits out of range open nothing", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      await room.open();
      const { invites } = room.plan.ask;
      const twice = invite().record;
      const changes = [
        room.plan.record,
        { invites },
        { invites: [twice, twice] },
        { invites: [invite({ lifeS: 0 }).record] },
        { invites: [invite({ flags: 8 }).record] },
        { lifeS: 9 },
        { lifeS: 30 * 24 * 3600 + 1 },
        { maxMembers: 1 },
        { maxMembers: MAX_MEMBERS + 1 },
      ];
      for (const change of changes) {
        const other = new RoomOnStore(bench, change);
        const decision = await bench.store.create(other.newConnection(), other.plan.ask);
        expect(code(decision)).toBe("malformed");
      }
      expect(await bench.store.size()).toMatchObject({ rooms: 1, invites: 1, seats: 1, connections: 1 });
    });

    test("a connection holds one seat at most", async () => {
      const bench = await openBench();
      const owner = await new RoomOnStore(bench).open();
      expect(code(await bench.store.create(owner.by, roomPlan().ask))).toBe("malformed");
      const other = new RoomOnStore(bench);
      await other.open();
      expect(code(await bench.store.admit(owner.by, other.plan.invite.record.inviteId))).toBe("not_admitted");
    });

    test("a full store says to come back later and leaves living rooms alone", async () => {
      const bench = await openBench();
      for (let i = 0; i < 4; i++) await new RoomOnStore(bench).open();
      const room = new RoomOnStore(bench);
      expect(code(await bench.store.create(room.newConnection(), room.plan.ask))).toBe("try_later");
      expect(await bench.store.size()).toMatchObject({ rooms: 4, seats: 4 });
    });

    test("room handles, invite ids and seat ids share no namespace", async () => {
      const bench = await openBench();
      const plan = roomPlan();
      const made = invite({ inviteId: plan.handle });
      const cid = new Uint8Array([...plan.handle, ...plan.handle]);
      const ask = { ...plan.ask, cid, invites: [made.record] };
      const room = new RoomOnStore(bench, {}, { ...plan, invite: made, ask });
      const owner = await room.open();
      const other = new RoomOnStore(bench);
      await other.open();
      const stranger = room.newConnection();
      const otherInvite = other.plan.invite.record.inviteId;
      const resume = { handle: otherInvite, resumeToken: owner.token, cid: undefined };
      expect(code(await bench.store.resume(stranger, resume))).toBe("not_admitted");
      expect(code(await bench.store.admit(stranger, other.plan.handle))).toBe("not_admitted");
      expect(await bench.store.findInviteKey(other.plan.handle)).toBeUndefined();
      const joiner = await room.join();
      value(await bench.store.sendMessage(joiner.by, room.message()));
      expect(bench.outlet.names(owner.by)).toEqual(["commit:accepted", "message:received"]);
    });
  });

  describe(`${name}: joining`, () => {
    test("a joiner gets the seat its commit names, and everything after it but nothing before", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      value(await bench.store.sendMessage(owner.by, room.message()));
      const joiner = await room.join();
      expect(joiner.seat).toEqual(room.cid.slice(0, 16));
      expect(bench.outlet.all(owner.by, "commit:accepted")[0]).toMatchObject({
        seq: 2,
        epoch: 1,
        baseCid: room.plan.ask.cid,
      });
      value(await bench.store.sendMessage(owner.by, room.message()));
      expect(bench.outlet.names(joiner.by)).toEqual(["ticket:granted", "message:received"]);
      expect(bench.outlet.all(joiner.by, "message:received")[0]?.seq).toBe(3);
    });

    test("an applicant without the ticket is not admitted, and hears nothing of the room", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const applicant = await room.applicant();
      value(await bench.store.sendMessage(owner.by, room.message()));
      expect(code(await bench.store.commit(applicant, commitOn(room.cid)))).toBe("not_admitted");
      for (const decision of [
        await bench.store.sendMessage(applicant, room.message()),
        await bench.store.sendSignal(applicant, room.message()),
        await bench.store.reject(applicant, { cid: room.cid }),
        await bench.store.updateGroupInfo(applicant, { cid: room.cid, groupInfo: bytes(9) }),
        await bench.store.carryOut(applicant, room.request(1, "room:end", {})),
        await bench.store.carryOut(applicant, room.request(1, "seat:evict", { seat: owner.seat })),
      ])
        expect(code(decision)).toBe("not_admitted");
      expect(bench.outlet.names(applicant)).toEqual([]);
      expect(bench.outlet.names(owner.by)).toEqual([]);
      expect(await bench.store.size()).toMatchObject({ seats: 1 });
    });

    test("an invite lets in as many as it has uses", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench, {}, roomPlan({}, invite({ uses: 1 })));
      await room.open();
      const [first, second] = [await room.applicant(), await room.applicant()];
      await room.join(first);
      expect(code(await bench.store.takeTicket(second))).toBe("not_admitted");
      expect(code(await bench.store.admit(room.newConnection(), room.plan.invite.record.inviteId))).toBe(
        "not_admitted",
      );
      expect(await bench.store.size()).toMatchObject({ seats: 2, invites: 0 });
    });

    test("a used-up invite is refused at the commit too", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench, {}, roomPlan({}, invite({ uses: 1 })));
      await room.open();
      const [first, second] = [await room.applicant(), await room.applicant()];
      value(await bench.store.takeTicket(first));
      value(await bench.store.takeTicket(second));
      await room.commit(first);
      expect(code(await bench.store.commit(second, commitOn(room.cid)))).toBe("not_admitted");
    });

    test("an invite dies at its time and the room lives on", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench, {}, roomPlan({}, invite({ lifeS: 60 })));
      const owner = await room.open();
      await bench.advance(60_000);
      expect(await bench.store.findInviteKey(room.plan.invite.record.inviteId)).toBeUndefined();
      expect(code(await bench.store.admit(room.newConnection(), room.plan.invite.record.inviteId))).toBe(
        "not_admitted",
      );
      expect(await bench.store.size()).toMatchObject({ rooms: 1, invites: 0 });
      value(await bench.store.sendMessage(owner.by, room.message()));
    });

    test("a full room tells so to whoever has proved an invite", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench, { maxMembers: 2 });
      await room.open();
      const [first, second] = [await room.applicant(), await room.applicant()];
      value(await bench.store.takeTicket(first));
      value(await bench.store.takeTicket(second));
      await room.commit(first);
      expect(code(await bench.store.commit(second, commitOn(room.cid)))).toBe("full");
      expect(code(await bench.store.takeTicket(second))).toBe("full");
      expect(code(await bench.store.admit(room.newConnection(), room.plan.invite.record.inviteId))).toBe("full");
      expect(await bench.store.size()).toMatchObject({ seats: 2 });
    });
  });

  describe(`${name}: tickets`, () => {
    test("the ticket goes round first come, first served, with the head of its moment", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      await room.open();
      const joiners = [await room.applicant(), await room.applicant(), await room.applicant()] as const;
      const positions: number[] = [];
      for (const by of joiners) positions.push(value(await bench.store.takeTicket(by)).position);
      expect(positions).toEqual([0, 1, 2]);
      expect(bench.outlet.names(joiners[1])).toEqual([]);
      await room.commit(joiners[0]);
      expect(bench.outlet.all(joiners[1], "ticket:granted")[0]?.head).toMatchObject({ cid: room.cid, epoch: 1 });
      expect(bench.outlet.names(joiners[2])).toEqual([]);
      value(await bench.store.dropTicket(joiners[1], { unusable: false }));
      expect(bench.outlet.names(joiners[2])).toEqual(["ticket:granted"]);
    });

    test("taking the ticket twice changes nothing", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      await room.open();
      const [first, second] = [await room.applicant(), await room.applicant()];
      for (const [by, position] of [
        [first, 0],
        [second, 1],
        [first, 0],
        [second, 1],
      ] as const)
        expect(value(await bench.store.takeTicket(by)).position).toBe(position);
      expect(bench.outlet.names(first)).toEqual(["ticket:granted"]);
    });

    test("a lease that runs out passes the ticket on, and the late commit is told the head", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      await room.open();
      const [slow, next] = [await room.applicant(), await room.applicant()];
      value(await bench.store.takeTicket(slow));
      value(await bench.store.takeTicket(next));
      await bench.advance(3_999);
      expect(bench.outlet.names(next)).toEqual([]);
      await bench.advance(1);
      expect(bench.outlet.names(next)).toEqual(["ticket:granted"]);
      const late = await bench.store.commit(slow, commitOn(room.cid));
      expect(late).toMatchObject({ ok: false, code: "stale_epoch", head: { cid: room.cid } });
      await room.commit(next);
    });

    test("a holder that disconnects frees the ticket, one in the queue frees its place", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      await room.open();
      const [holder, gone, next] = [await room.applicant(), await room.applicant(), await room.applicant()];
      for (const by of [holder, gone, next]) value(await bench.store.takeTicket(by));
      await bench.store.disconnect(gone);
      await bench.store.disconnect(holder);
      expect(bench.outlet.names(gone)).toEqual([]);
      expect(bench.outlet.names(next)).toEqual(["ticket:granted"]);
    });

    test("no more joiners wait than the store allows", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      await room.open();
      for (let i = 0; i < 8; i++) value(await bench.store.takeTicket(await room.applicant()));
      expect(code(await bench.store.takeTicket(await room.applicant()))).toBe("try_later");
    });

    test("members commit without the ticket, and the holder's base is then stale", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const joiner = await room.applicant();
      value(await bench.store.takeTicket(joiner));
      const base = room.cid;
      await room.commit(owner.by);
      const stale = await bench.store.commit(joiner, commitOn(base));
      expect(stale).toMatchObject({ ok: false, code: "stale_epoch", head: { cid: room.cid, epoch: 1 } });
      await room.commit(joiner);
      expect(await bench.store.size()).toMatchObject({ seats: 2 });
    });

    test("an unusable GroupInfo is asked for again and the ticket waits for it", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const joiner = await room.applicant();
      value(await bench.store.takeTicket(joiner));
      value(await bench.store.dropTicket(joiner, { unusable: true }));
      expect(bench.outlet.all(owner.by, "gi:wanted")).toEqual([{ cid: room.cid }]);
      value(await bench.store.takeTicket(joiner));
      expect(bench.outlet.all(joiner, "ticket:granted")).toHaveLength(1);
      const groupInfo = bytes(50);
      value(await bench.store.updateGroupInfo(owner.by, { cid: room.cid, groupInfo }));
      expect(bench.outlet.all(joiner, "ticket:granted")[1]?.head.groupInfo).toEqual(groupInfo);
      // Nobody asked a second time.
      expect(code(await bench.store.updateGroupInfo(owner.by, { cid: room.cid, groupInfo }))).toBe("not_admitted");
    });

    test("a member that does not answer holds the queue up for two seconds only", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      await room.open();
      const joiner = await room.applicant();
      value(await bench.store.takeTicket(joiner));
      value(await bench.store.dropTicket(joiner, { unusable: true }));
      value(await bench.store.takeTicket(joiner));
      await bench.advance(2_000);
      expect(bench.outlet.all(joiner, "ticket:granted")).toHaveLength(2);
    });

    test("a GroupInfo of another commit, or one nobody asked for, is refused", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const groupInfo = bytes(50);
      expect(code(await bench.store.updateGroupInfo(owner.by, { cid: bytes(32), groupInfo }))).toBe("stale_epoch");
      expect(code(await bench.store.updateGroupInfo(owner.by, { cid: room.cid, groupInfo }))).toBe("not_admitted");
    });
  });

  describe(`${name}: order`, () => {
    test("of two commits for one epoch exactly one wins, and the other is told where the room stands", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      const [one, two] = [commitOn(room.cid), commitOn(room.cid)];
      const decisions = await Promise.all([bench.store.commit(owner.by, one), bench.store.commit(guest.by, two)]);
      expect(decisions.map(code).toSorted((a, b) => a.localeCompare(b))).toEqual(["ok", "stale_epoch"]);
      const winner = decisions[0].ok ? one : two;
      const head = { cid: sha256(winner.envelope), epoch: 2, groupInfo: winner.groupInfo };
      expect(decisions.find((decision) => !decision.ok)).toMatchObject({ head });
    });

    test("commits and messages share one sequence without gaps", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      bench.outlet.clear();
      value(await bench.store.sendMessage(owner.by, room.message()));
      await room.commit(owner.by);
      value(await bench.store.sendMessage(owner.by, room.message()));
      const seqs = [
        ...bench.outlet.all(guest.by, "message:received"),
        ...bench.outlet.all(guest.by, "commit:accepted"),
      ];
      expect(seqs.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual([2, 3, 4]);
      expect(bench.outlet.names(guest.by)).toEqual(["message:received", "commit:accepted", "message:received"]);
    });

    test("a message names one of the last eight commits", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const cids = [room.cid];
      for (let i = 0; i < 8; i++) cids.push((await room.commit(owner.by)).cid);
      value(await bench.store.sendMessage(owner.by, room.message(cids[1])));
      value(await bench.store.sendSignal(owner.by, room.message(cids[1])));
      const refused = await bench.store.sendMessage(owner.by, room.message(cids[0]));
      expect(refused).toMatchObject({ ok: false, code: "stale_epoch", head: { cid: room.cid } });
      expect(code(await bench.store.sendSignal(owner.by, room.message(cids[0])))).toBe("stale_epoch");
    });

    test("the same commit is not accepted twice", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const { ask, cid } = await room.commit(owner.by);
      expect(code(await bench.store.commit(owner.by, { ...ask, baseCid: cid }))).toBe("malformed");
    });
  });

  describe(`${name}: coming back`, () => {
    test("who blinked gets the missed commits in order, then everything new once", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      const known = room.cid;
      await bench.store.disconnect(guest.by);
      const first = await room.commit(owner.by);
      value(await bench.store.sendMessage(owner.by, room.message()));
      const second = await room.commit(owner.by);
      const by = room.newConnection();
      const resume = { handle: room.plan.handle, resumeToken: guest.token, cid: known };
      const answer = value(await bench.store.resume(by, resume));
      expect(answer).toMatchObject({ seq: 4, mustRejoin: false });
      expect(answer.missed.map(({ seq, envelope }) => [seq, envelope])).toEqual([
        [2, first.ask.envelope],
        [4, second.ask.envelope],
      ]);
      value(await bench.store.sendMessage(owner.by, room.message()));
      expect(bench.outlet.all(by, "message:received").map(({ seq }) => seq)).toEqual([5]);
      expect(bench.outlet.names(guest.by)).not.toContain("message:received");
    });

    test("who missed more than the ring holds, or nothing it knows, must rejoin", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      const known = room.cid;
      const resume = async (cid: Uint8Array | undefined): Promise<boolean> => {
        const by = room.newConnection();
        const ask = { handle: room.plan.handle, resumeToken: guest.token, cid };
        return value(await bench.store.resume(by, ask)).mustRejoin;
      };
      for (let i = 0; i < RING_COMMITS; i++) await room.commit(owner.by);
      expect(await resume(known)).toBe(false);
      await room.commit(owner.by);
      expect(await resume(known)).toBe(true);
      expect(await resume(room.cid)).toBe(false);
      expect(await resume(undefined)).toBe(true);
      expect(await resume(bytes(32))).toBe(true);
    });

    test("the ring forgets a commit after two minutes even when nothing happens", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const known = room.cid;
      await room.commit(owner.by);
      await bench.advance(RING_LIFE_MS);
      await bench.store.disconnect(owner.by);
      const resume = { handle: room.plan.handle, resumeToken: owner.token, cid: known };
      expect(value(await bench.store.resume(room.newConnection(), resume)).mustRejoin).toBe(true);
    });

    test("a second connection takes the seat over and the first is closed", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      const by = room.newConnection();
      const resume = { handle: room.plan.handle, resumeToken: guest.token, cid: room.cid };
      value(await bench.store.resume(by, resume));
      expect(bench.outlet.names(guest.by).at(-1)).toBe("cut");
      expect(code(await bench.store.sendMessage(guest.by, room.message()))).toBe("not_admitted");
      await bench.store.disconnect(guest.by);
      value(await bench.store.sendMessage(owner.by, room.message()));
      expect(bench.outlet.names(by)).toEqual(["message:received"]);
      expect(await bench.store.size()).toMatchObject({ seats: 2, connections: 2 });
    });

    test("a wrong token, another room's token and an unknown room are refused alike", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const other = await new RoomOnStore(bench).open();
      const { handle } = room.plan;
      for (const [at, resumeToken] of [
        [handle, bytes(32)],
        [handle, other.token],
        [bytes(16), owner.token],
      ] as const) {
        const decision = await bench.store.resume(room.newConnection(), { handle: at, resumeToken, cid: undefined });
        expect(decision).toEqual({ ok: false, code: "not_admitted" });
      }
    });

    test("a member that rejoins renews its seat and keeps its token", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      value(await bench.store.takeTicket(guest.by));
      const { seat, cid } = await room.commit(guest.by);
      expect(seat?.seat).toEqual(cid.slice(0, 16));
      expect(seat?.token).toEqual(guest.token);
      expect(bench.outlet.names(owner.by)).not.toContain("seat:gone");
      expect(await bench.store.size()).toMatchObject({ seats: 2 });
    });

    test("a seat nobody comes back to is given up after two hours", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench, { lifeS: 24 * 3600 });
      const owner = await room.open();
      const guest = await room.join();
      await bench.store.disconnect(guest.by);
      await bench.advance(SEAT_LIFE_MS - 1);
      expect(bench.outlet.names(owner.by)).not.toContain("seat:gone");
      await bench.advance(1);
      expect(bench.outlet.all(owner.by, "seat:gone")).toEqual([{ seat: guest.seat, reason: "expired" }]);
      const resume = { handle: room.plan.handle, resumeToken: guest.token, cid: undefined };
      expect(code(await bench.store.resume(room.newConnection(), resume))).toBe("not_admitted");
    });
  });
}

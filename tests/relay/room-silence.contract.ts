// A room store's word about the silent, and about guesses at an invite. Run against each implementation by its own test file.
import { createPublicKey, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { goneText } from "../../codec/signing.ts";
import { SEAT_LIFE_MS, SILENCE_MS } from "../../wire/limits.ts";
import { bytes, invite, roomPlan } from "./support/people.ts";
import { RoomOnStore, value } from "./support/store-bench.ts";
import type { StoreBench } from "./support/store-bench.ts";

function isSigned(relayKey: Uint8Array, text: Uint8Array, receipt: Uint8Array): boolean {
  const x = Buffer.from(relayKey).toString("base64url");
  return verify(null, text, createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }), receipt);
}

/** With the same settings as describeRoomStore. */
export function describeRoomSilence(name: string, openBench: () => Promise<StoreBench>): void {
  describe(`${name}: silence`, () => {
    test("90 s after a connection dropped every other seat is told once, with the relay's signature", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const by = room.newConnection();
      const { relayKey } = value(await bench.store.create(by, room.plan.ask));
      const [guest, other] = [await room.join(), await room.join()];
      await bench.store.disconnect(guest.by);
      await bench.advance(SILENCE_MS - 1);
      expect(bench.outlet.names(by)).not.toContain("seat:silent");
      await bench.advance(1);
      await bench.advance(10 * SILENCE_MS);
      for (const listener of [by, other.by]) {
        const [told, ...more] = bench.outlet.all(listener, "seat:silent");
        expect(more).toEqual([]);
        expect(told?.seat).toEqual(guest.seat);
        expect(isSigned(relayKey, goneText(room.plan.handle, guest.seat), told?.receipt ?? bytes(64))).toBe(true);
        expect(isSigned(relayKey, goneText(room.plan.handle, other.seat), told?.receipt ?? bytes(64))).toBe(false);
      }
    });

    test("each room has a relay key of its own, the same for all who come in", async () => {
      const bench = await openBench();
      const [room, other] = [new RoomOnStore(bench), new RoomOnStore(bench)];
      const keys = [room, other].map(async (of) => value(await bench.store.create(of.newConnection(), of.plan.ask)));
      const [first, second] = await Promise.all(keys);
      expect(first?.relayKey).not.toEqual(second?.relayKey);
      const guest = await room.join();
      expect((await room.resume(guest)).answer.relayKey).toEqual(first?.relayKey);
    });

    test("who comes back in time is not called silent, and its time starts anew", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      await bench.store.disconnect(guest.by);
      await bench.advance(SILENCE_MS - 1);
      const { by, answer } = await room.resume(guest);
      expect(answer.mustRejoin).toBe(false);
      await bench.advance(SILENCE_MS);
      await bench.store.disconnect(by);
      await bench.advance(SILENCE_MS - 1);
      expect(bench.outlet.names(owner.by)).not.toContain("seat:silent");
      await bench.advance(1);
      expect(bench.outlet.all(owner.by, "seat:silent")).toHaveLength(1);
    });

    test("who was called silent has to rejoin, and then the receipt names nobody", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      await bench.store.disconnect(guest.by);
      await bench.advance(SILENCE_MS);
      const { by, answer } = await room.resume(guest);
      expect(answer).toMatchObject({ mustRejoin: true, missed: [] });
      value(await bench.store.takeTicket(by));
      expect((await room.commit(by)).seat?.seat).not.toEqual(guest.seat);
      await bench.store.disconnect(by);
      await bench.advance(SILENCE_MS);
      expect(new Set(bench.outlet.all(owner.by, "seat:silent").map(({ seat }) => seat.join())).size).toBe(2);
    });

    test("seats that come back or come in while somebody is silent are told too", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const [silent, guest] = [await room.join(), await room.join()];
      await bench.store.disconnect(silent.by);
      await bench.store.disconnect(guest.by);
      await bench.advance(SILENCE_MS - 1);
      const early = await room.resume(guest);
      expect(bench.outlet.names(early.by)).toEqual([]);
      await bench.advance(1);
      const late = await room.resume(guest);
      const newcomer = await room.join();
      const told = bench.outlet.all(owner.by, "seat:silent");
      expect(told).toHaveLength(1);
      for (const by of [early.by, late.by, newcomer.by]) expect(bench.outlet.all(by, "seat:silent")).toEqual(told);
      await room.resume(silent);
      const after = await room.resume(guest);
      expect(bench.outlet.names(after.by)).toEqual([]);
    });

    test("who was alone and silent was called so to nobody, and need not rejoin", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      await bench.store.disconnect(owner.by);
      await bench.advance(SILENCE_MS + 1);
      const { by, answer } = await room.resume(owner);
      expect(answer.mustRejoin).toBe(false);
      expect(bench.outlet.names(by)).toEqual([]);
    });

    test("of two who were away together the first one back learns of the other", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      await bench.store.disconnect(guest.by);
      await bench.store.disconnect(owner.by);
      await bench.advance(SILENCE_MS + 1);
      const first = await room.resume(owner);
      expect(bench.outlet.all(first.by, "seat:silent").map(({ seat }) => seat)).toEqual([guest.seat]);
      expect((await room.resume(guest)).answer.mustRejoin).toBe(true);
    });

    test("a seat that is gone is silent no longer", async () => {
      const bench = await openBench();
      const lifeS = 24 * 3600;
      const room = new RoomOnStore(bench, {}, roomPlan({ lifeS }, invite({ lifeS })));
      await room.open();
      const guest = await room.join();
      await bench.store.disconnect(guest.by);
      await bench.advance(SEAT_LIFE_MS);
      const newcomer = await room.join();
      expect(bench.outlet.names(newcomer.by)).toEqual(["ticket:granted"]);
    });
  });

  describe(`${name}: guesses`, () => {
    test("an id has five attempts at once and then one every two seconds, whether or not it is an invite's", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      await room.open();
      for (const id of [room.plan.invite.record.inviteId, bytes(16)]) {
        for (let i = 0; i < 5; i++) expect(await bench.store.takeAttempt(id)).toBe(0);
        expect(await bench.store.takeAttempt(id)).toBe(2_000);
        await bench.advance(1_999);
        expect(await bench.store.takeAttempt(id)).toBe(1);
        await bench.advance(1);
        expect(await bench.store.takeAttempt(id)).toBe(0);
        expect(await bench.store.takeAttempt(id)).toBe(2_000);
      }
    });

    test("an attempt that is given back can be taken again, and never more than five", async () => {
      const bench = await openBench();
      const id = bytes(16);
      for (let i = 0; i < 20; i++) {
        expect(await bench.store.takeAttempt(id)).toBe(0);
        await bench.store.returnAttempt(id);
      }
      await bench.store.returnAttempt(id);
      for (let i = 0; i < 5; i++) expect(await bench.store.takeAttempt(id)).toBe(0);
      expect(await bench.store.takeAttempt(id)).toBe(2_000);
      expect(await bench.store.size()).toMatchObject({ attempts: 1 });
    });

    test("ids that were tried are forgotten soon, and those of a room with the room", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      await bench.store.takeAttempt(bytes(16));
      await bench.store.takeAttempt(room.plan.invite.record.inviteId);
      expect(await bench.store.size()).toMatchObject({ attempts: 2 });
      value(await bench.store.leave(owner.by));
      expect(await bench.store.size()).toMatchObject({ attempts: 1 });
      await bench.advance(12_000);
      expect(await bench.store.size()).toMatchObject({ attempts: 0 });
    });

    test("the seats hear of failures at once, then every five seconds, and of the last one", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const applicant = await room.applicant();
      const { inviteId } = room.plan.invite.record;
      const told = (): number[] => bench.outlet.all(owner.by, "invite:guessed").map(({ failures }) => failures);
      await bench.store.noteFailure(inviteId);
      expect(told()).toEqual([1]);
      for (let i = 0; i < 50; i++) {
        await bench.store.noteFailure(inviteId);
        await bench.advance(200);
      }
      expect(told()).toEqual([1, 26, 51]);
      await bench.store.noteFailure(inviteId);
      await bench.store.noteFailure(inviteId);
      expect(told()).toHaveLength(3);
      await bench.advance(5_000);
      await bench.advance(60_000);
      expect(told()).toEqual([1, 26, 51, 53]);
      expect(bench.outlet.names(applicant)).toEqual([]);
    });

    test("failures are counted for each invite, and for those that are there", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench, {}, roomPlan({}, invite({ uses: 1 })));
      const owner = await room.open();
      const other = invite();
      value(await bench.store.carryOut(owner.by, room.request(1, "invite:put", { invite: other.record })));
      const spent = room.plan.invite.record.inviteId;
      await room.join();
      for (const id of [spent, bytes(16), other.record.inviteId]) await bench.store.noteFailure(id);
      expect(bench.outlet.all(owner.by, "invite:guessed")).toEqual([{ inviteId: other.record.inviteId, failures: 1 }]);
    });
  });
}

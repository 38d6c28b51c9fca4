// What a room store does for owners and delegates, and for nobody else. Run against each implementation by its own test file.
import { describe, expect, test } from "vitest";
import { MAX_INVITES } from "../../wire/limits.ts";
import type { OwnerBody, OwnerRequestName } from "../../wire/events.ts";
import { bytes, commitOn, delegateOf, invite, roomPlan, signingKey } from "./support/people.ts";
import { code, RoomOnStore, value } from "./support/store-bench.ts";
import type { StoreBench } from "./support/store-bench.ts";

const bodies: { readonly [N in OwnerRequestName]: OwnerBody<N> } = {
  "room:lock": { isLocked: true },
  "seat:evict": { seat: bytes(16) },
  "invite:put": { invite: invite().record },
  "invite:revoke": { inviteId: bytes(16) },
  "knock:answer": { knock: bytes(16), isAdmitted: false, sealed: bytes(9) },
  "owner:undelegate": { key: bytes(32) },
  "owner:handover": { key: bytes(32) },
  "room:end": {},
};
const names = Object.keys(bodies) as OwnerRequestName[];

/** With the same settings as describeRoomStore. */
export function describeRoomOwner(name: string, openBench: () => Promise<StoreBench>): void {
  describe(`${name}: who is the owner`, () => {
    test.each(names)("%s by a seat of another room, an applicant or a stranger is refused", async (request) => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      await room.open();
      const applicant = await room.applicant();
      for (const by of [applicant, room.newConnection()])
        expect(code(await bench.store.carryOut(by, room.request(1, request, bodies[request])))).toBe("not_admitted");
      expect(await bench.store.findOwner(applicant)).toBeUndefined();
      expect(await bench.store.size()).toMatchObject({ rooms: 1, seats: 1, invites: 1 });
    });

    test.each(names)("%s checked with a key that is not the owner's any more is refused", async (request) => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const next = signingKey().publicKey;
      value(await bench.store.carryOut(owner.by, room.request(1, "owner:handover", { key: next })));
      expect(await bench.store.findOwner(owner.by)).toEqual({ handle: room.plan.handle, ownerKey: next });
      const late = room.request(2, request, bodies[request]);
      expect(code(await bench.store.carryOut(owner.by, late))).toBe("not_admitted");
      room.ownerKey = next;
      value(await bench.store.carryOut(owner.by, room.request(1, request, bodies[request])));
    });

    test.each(names)("%s is carried out once for each counter, and the counter only grows", async (request) => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      value(await bench.store.carryOut(owner.by, room.request(5, "room:lock", { isLocked: false })));
      for (const counter of [0, 4, 5]) {
        const old = room.request(counter, request, bodies[request]);
        expect(code(await bench.store.carryOut(owner.by, old))).toBe("not_admitted");
      }
      value(await bench.store.carryOut(owner.by, room.request(2 ** 53 - 1, request, bodies[request])));
    });

    test("a request that is refused uses up no counter", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const bad = room.request(1, "invite:put", { invite: invite({ lifeS: 0 }).record });
      expect(code(await bench.store.carryOut(owner.by, bad))).toBe("malformed");
      value(await bench.store.carryOut(owner.by, room.request(1, "invite:put", { invite: invite().record })));
    });

    test("any seat may carry what the owner signed", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      await room.open();
      const guest = await room.join();
      value(await bench.store.carryOut(guest.by, room.request(1, "room:end", {})));
      expect(await bench.store.size()).toMatchObject({ rooms: 0 });
    });
  });

  describe(`${name}: delegates`, () => {
    test("they may do what moderators do and nothing else", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const delegate = delegateOf(room.plan.signer);
      let counter = 0;
      const codes = new Map<OwnerRequestName, string>();
      for (const request of names) {
        const asked = room.request(++counter, request, bodies[request], delegate);
        codes.set(request, code(await bench.store.carryOut(owner.by, asked)));
      }
      const allowed = [...codes].filter(([, outcome]) => outcome === "ok").map(([request]) => request);
      expect(allowed).toEqual(["seat:evict", "invite:put", "invite:revoke", "knock:answer"]);
      expect(new Set(codes.values())).toEqual(new Set(["ok", "not_admitted"]));
    });

    test("each key counts for itself", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const [a, b] = [delegateOf(room.plan.signer), delegateOf(room.plan.signer)];
      const evict = { seat: bytes(16) };
      value(await bench.store.carryOut(owner.by, room.request(9, "seat:evict", evict)));
      value(await bench.store.carryOut(owner.by, room.request(3, "seat:evict", evict, a)));
      value(await bench.store.carryOut(owner.by, room.request(1, "seat:evict", evict, b)));
      const replayed = room.request(3, "seat:evict", evict, a);
      expect(code(await bench.store.carryOut(owner.by, replayed))).toBe("not_admitted");
    });

    test("one whose power was taken back has none, whichever counter it uses, until another owner gives it", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const delegate = delegateOf(room.plan.signer);
      const evict = (counter: number, by = delegate) => room.request(counter, "seat:evict", { seat: bytes(16) }, by);
      value(await bench.store.carryOut(owner.by, evict(1)));
      value(await bench.store.carryOut(owner.by, room.request(1, "owner:undelegate", { key: delegate.key.publicKey })));
      expect(code(await bench.store.carryOut(owner.by, evict(2)))).toBe("not_admitted");
      const next = signingKey();
      value(await bench.store.carryOut(owner.by, room.request(2, "owner:handover", { key: next.publicKey })));
      expect(code(await bench.store.carryOut(owner.by, evict(2)))).toBe("not_admitted");
      room.ownerKey = next.publicKey;
      const again = delegateOf({ ...room.plan.signer, key: next }, delegate.key);
      expect(code(await bench.store.carryOut(owner.by, evict(1, again)))).toBe("not_admitted");
      value(await bench.store.carryOut(owner.by, evict(2, again)));
    });

    test("one that is named again by a later token has the power again, and not by the one of before", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const first = delegateOf(room.plan.signer, undefined, 5);
      const evict = (counter: number, by: typeof first) => room.request(counter, "seat:evict", { seat: bytes(16) }, by);
      value(await bench.store.carryOut(owner.by, evict(1, first)));
      value(await bench.store.carryOut(owner.by, room.request(5, "owner:undelegate", { key: first.key.publicKey })));
      expect(code(await bench.store.carryOut(owner.by, evict(2, first)))).toBe("not_admitted");
      const again = delegateOf(room.plan.signer, first.key, 6);
      value(await bench.store.carryOut(owner.by, evict(3, again)));
      expect(code(await bench.store.carryOut(owner.by, evict(4, first)))).toBe("not_admitted");
    });

    test("a power that was taken back stays so when the room returns to the owner who took it", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const [first, second] = [room.ownerKey, signingKey().publicKey];
      const delegate = delegateOf(room.plan.signer);
      value(await bench.store.carryOut(owner.by, room.request(1, "owner:undelegate", { key: delegate.key.publicKey })));
      value(await bench.store.carryOut(owner.by, room.request(2, "owner:handover", { key: second })));
      room.ownerKey = second;
      value(await bench.store.carryOut(owner.by, room.request(1, "owner:handover", { key: first })));
      room.ownerKey = first;
      const evict = room.request(1, "seat:evict", { seat: bytes(16) }, delegate);
      expect(code(await bench.store.carryOut(owner.by, evict))).toBe("not_admitted");
      // The first owner's counter went on where it was.
      expect(code(await bench.store.carryOut(owner.by, room.request(2, "room:end", {})))).toBe("not_admitted");
      value(await bench.store.carryOut(owner.by, room.request(3, "room:end", {})));
    });

    test("no more keys are remembered than 256, and the owner's keeps working", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      value(await bench.store.carryOut(owner.by, room.request(1, "room:lock", { isLocked: false })));
      const asked = (key: Uint8Array) =>
        room.request(1, "seat:evict", { seat: bytes(16) }, { delegation: { key, issued: 0, token: bytes(64) } });
      for (let i = 1; i < 256; i++) value(await bench.store.carryOut(owner.by, asked(bytes(32))));
      expect(code(await bench.store.carryOut(owner.by, asked(bytes(32))))).toBe("try_later");
      value(await bench.store.carryOut(owner.by, room.request(2, "room:lock", { isLocked: false })));
      for (let i = 0; i < 256; i++)
        value(await bench.store.carryOut(owner.by, room.request(3 + i, "owner:undelegate", { key: bytes(32) })));
      const more = room.request(300, "owner:undelegate", { key: bytes(32) });
      expect(code(await bench.store.carryOut(owner.by, more))).toBe("try_later");
    });
  });

  describe(`${name}: the lock`, () => {
    test("a locked room tells so to whoever proves an invite, waits for the ticket or holds it", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const [holder, waiting] = [await room.applicant(), await room.applicant()];
      value(await bench.store.takeTicket(holder));
      value(await bench.store.carryOut(owner.by, room.request(1, "room:lock", { isLocked: true })));
      expect(code(await bench.store.commit(holder, commitOn(room.cid)))).toBe("locked");
      expect(code(await bench.store.takeTicket(waiting))).toBe("locked");
      expect(code(await bench.store.admit(room.newConnection(), room.plan.invite.record.inviteId))).toBe("locked");
      value(await bench.store.carryOut(owner.by, room.request(2, "room:lock", { isLocked: false })));
      await room.commit(holder);
      await room.join(waiting);
    });

    test("members of a locked room talk, rejoin and come back", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      value(await bench.store.carryOut(owner.by, room.request(1, "room:lock", { isLocked: true })));
      value(await bench.store.sendMessage(guest.by, room.message()));
      await bench.store.disconnect(guest.by);
      const { by } = await room.resume(guest);
      value(await bench.store.takeTicket(by));
      expect((await room.commit(by)).seat?.token).toEqual(guest.token);
    });
  });

  describe(`${name}: invites made later`, () => {
    test("a new one lets people in as often as it says, and dies at its time", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const [once, short] = [invite({ uses: 1 }), invite({ lifeS: 60 })];
      value(await bench.store.carryOut(owner.by, room.request(1, "invite:put", { invite: once.record })));
      value(await bench.store.carryOut(owner.by, room.request(2, "invite:put", { invite: short.record })));
      expect(await bench.store.findInviteKey(once.record.inviteId)).toEqual(once.record.authKey);
      await room.join(await room.applicant(once));
      expect(await bench.store.findInviteKey(once.record.inviteId)).toBeUndefined();
      await bench.advance(60_000);
      expect(await bench.store.findInviteKey(short.record.inviteId)).toBeUndefined();
      expect(await bench.store.size()).toMatchObject({ invites: 1, seats: 2 });
    });

    test("a packet is replaced, while uses and expiry stay as they are", async () => {
      const bench = await openBench();
      const made = invite({ uses: 2, lifeS: 100 });
      const room = new RoomOnStore(bench, {}, roomPlan({}, made));
      const owner = await room.open();
      await room.join();
      await bench.advance(50_000);
      const packet = bytes(70);
      const put = { invite: { ...made.record, packet, uses: 9, lifeS: 1000 } };
      value(await bench.store.carryOut(owner.by, room.request(1, "invite:put", put)));
      const by = room.newConnection();
      expect(value(await bench.store.admit(by, made.record.inviteId)).packet).toEqual(packet);
      await room.join(by);
      expect(await bench.store.findInviteKey(made.record.inviteId)).toBeUndefined();
    });

    test("a packet that is replaced does not prolong the invite", async () => {
      const bench = await openBench();
      const made = invite({ lifeS: 100 });
      const room = new RoomOnStore(bench, {}, roomPlan({}, made));
      const owner = await room.open();
      await bench.advance(50_000);
      const put = { invite: { ...made.record, lifeS: 1000 } };
      value(await bench.store.carryOut(owner.by, room.request(1, "invite:put", put)));
      await bench.advance(50_000);
      expect(await bench.store.findInviteKey(made.record.inviteId)).toBeUndefined();
    });

    test("another room's invite, another key or flags under a taken id, and nonsense are refused", async () => {
      const bench = await openBench();
      const [room, other] = [new RoomOnStore(bench), new RoomOnStore(bench)];
      const owner = await room.open();
      await other.open();
      const own = room.plan.invite.record;
      for (const record of [
        other.plan.invite.record,
        { ...own, authKey: bytes(32) },
        { ...own, flags: 4 },
        invite({ lifeS: 0 }).record,
        invite({ flags: 8 }).record,
      ]) {
        const put = room.request(1, "invite:put", { invite: record });
        expect(code(await bench.store.carryOut(owner.by, put))).toBe("malformed");
      }
      expect(await bench.store.findInviteKey(own.inviteId)).toEqual(own.authKey);
      expect(await bench.store.size()).toMatchObject({ invites: 2 });
    });

    test("a room has so many invites and no more", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const put = (counter: number) => room.request(counter, "invite:put", { invite: invite().record });
      for (let i = 1; i < MAX_INVITES; i++) value(await bench.store.carryOut(owner.by, put(i)));
      expect(code(await bench.store.carryOut(owner.by, put(MAX_INVITES)))).toBe("full");
      const packet = { invite: { ...room.plan.invite.record, packet: bytes(9) } };
      value(await bench.store.carryOut(owner.by, room.request(MAX_INVITES, "invite:put", packet)));
    });

    test("a revoked one lets nobody in, not even those on the way, and the others go on", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const other = invite();
      value(await bench.store.carryOut(owner.by, room.request(1, "invite:put", { invite: other.record })));
      const [holder, waiting, unharmed] = [await room.applicant(), await room.applicant(), await room.applicant(other)];
      for (const by of [holder, unharmed]) value(await bench.store.takeTicket(by));
      const revoke = { inviteId: room.plan.invite.record.inviteId };
      value(await bench.store.carryOut(owner.by, room.request(2, "invite:revoke", revoke)));
      for (const by of [holder, waiting]) {
        expect(bench.outlet.names(by).at(-1)).toBe("cut");
        expect(code(await bench.store.commit(by, commitOn(room.cid)))).toBe("not_admitted");
        expect(code(await bench.store.takeTicket(by))).toBe("not_admitted");
      }
      expect(code(await bench.store.admit(room.newConnection(), revoke.inviteId))).toBe("not_admitted");
      expect(bench.outlet.names(unharmed)).toEqual(["ticket:granted"]);
      await room.commit(unharmed);
    });

    test("a rollback gives no use back to an invite that was revoked", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench, {}, roomPlan({}, invite({ uses: 2 })));
      const owner = await room.open();
      await room.join();
      const { cid } = room;
      const { inviteId } = room.plan.invite.record;
      value(await bench.store.carryOut(owner.by, room.request(1, "invite:revoke", { inviteId })));
      value(await bench.store.reject(owner.by, { cid }));
      expect(await bench.store.findInviteKey(inviteId)).toBeUndefined();
      expect(await bench.store.size()).toMatchObject({ invites: 0, seats: 1 });
    });

    test("nobody revokes the invite of another room", async () => {
      const bench = await openBench();
      const [room, other] = [new RoomOnStore(bench), new RoomOnStore(bench)];
      const owner = await room.open();
      await other.open();
      const { inviteId, authKey } = other.plan.invite.record;
      value(await bench.store.carryOut(owner.by, room.request(1, "invite:revoke", { inviteId })));
      expect(await bench.store.findInviteKey(inviteId)).toEqual(authKey);
    });
  });

  describe(`${name}: outer keys`, () => {
    test("the last rotation stays with the room until the next, and a rollback brings the former back", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench);
      const owner = await room.open();
      const guest = await room.join();
      const rotationNow = async (): Promise<Uint8Array | undefined> => {
        const stale = await bench.store.commit(owner.by, commitOn(bytes(32)));
        return stale.ok ? undefined : stale.head?.rotation;
      };
      expect(await rotationNow()).toBeUndefined();
      const [first, second] = [bytes(80), bytes(160)];
      await room.commit(owner.by, first);
      await room.commit(owner.by);
      expect(await rotationNow()).toEqual(first);
      const before = room.cid;
      const { cid } = await room.commit(guest.by, second);
      expect(await rotationNow()).toEqual(second);
      value(await bench.store.reject(owner.by, { cid }));
      expect(bench.outlet.all(owner.by, "commit:rolled-back")[0]?.head).toMatchObject({ cid: before, rotation: first });
      expect(await rotationNow()).toEqual(first);
    });
  });

  describe(`${name}: read-only seats`, () => {
    test("they send signals and commits, but no message, also after coming back", async () => {
      const bench = await openBench();
      const room = new RoomOnStore(bench, {}, roomPlan({}, invite({ flags: 4 })));
      const owner = await room.open();
      const reader = await room.join();
      expect(await bench.store.sendMessage(reader.by, room.message())).toEqual({ ok: false, code: "read_only" });
      value(await bench.store.sendSignal(reader.by, room.message()));
      await room.commit(reader.by);
      await bench.store.disconnect(reader.by);
      const { by } = await room.resume(reader);
      expect(code(await bench.store.sendMessage(by, room.message()))).toBe("read_only");
      value(await bench.store.takeTicket(by));
      await room.commit(by);
      expect(code(await bench.store.sendMessage(by, room.message()))).toBe("read_only");
      value(await bench.store.sendMessage(owner.by, room.message()));
      expect(bench.outlet.names(owner.by)).not.toContain("message:received");
    });
  });
}

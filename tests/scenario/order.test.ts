// Many at once and hostile commits: one order, one epoch, and the room lives on.
import { describe, expect, test } from "vitest";
import { randomBytes } from "../../core/crypto/random.ts";
import type { GroupHost } from "../../engine/workers/group-contract.ts";
import { agree, changed, counts, isOpen, roomOfPeople, shows, useRelay } from "./setting.ts";

const setting = useRelay();

describe("the order of commits", () => {
  test("lets 20 members join at once, all into one epoch, none with more than two tries", async () => {
    const owner = await (await setting.open()).createRoom();
    const tries: number[] = [];
    const rooms = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        tries[i] = 0;
        const client = await setting.open({
          groupHost: (host) =>
            changed(host, {
              prepareJoin: (room, head) => {
                tries[i] = (tries[i] ?? 0) + 1;
                return host.prepareJoin(room, head);
              },
            }),
        });
        return client.join(owner.link, { name: `Guest ${i}` });
      }),
    );
    await agree([owner, ...rooms]);
    expect(Math.max(...tries)).toBeLessThanOrEqual(2);
    await rooms[7]?.send("hello all");
    for (const room of [owner, ...rooms]) await room.until(shows("hello all"), "everybody reads");
  });

  test("takes exactly one of two commits for one epoch, and everybody agrees", async () => {
    const { clients, rooms } = await roomOfPeople(setting, 3);
    const before = Number(rooms[0]?.state().epoch);
    await Promise.all(clients.map((client, i) => client.engine.renewKeys(rooms[i]?.id ?? "")));
    await agree(rooms);
    const after = Number(rooms[0]?.state().epoch);
    expect(after).toBeGreaterThan(before);
    expect(after).toBeLessThanOrEqual(before + clients.length);
    await rooms[2]?.send("one order");
    for (const room of rooms) await room.until(shows("one order"), "everybody reads");
  });

  test("undoes a commit that honest members refuse, and the room lives on", async () => {
    const { rooms } = await roomOfPeople(setting, 2);
    const [owner, second, third] = rooms;
    if (!owner || !second || !third) throw new Error("members");
    const rogue = await setting.open({
      groupHost: (host) =>
        changed(host, {
          prepareCommit: async (room, purpose) => {
            const prepared = await host.prepareCommit(room, purpose);
            // Sealed under no key of the room: the relay cannot tell, the members can.
            return prepared && { ...prepared, envelope: randomBytes(1024), groupInfo: randomBytes(4096) };
          },
        }),
    });
    const rogueRoom = await rogue.join(owner.link, { name: "Rogue" });
    await agree([...rooms, rogueRoom]);
    const { cid } = owner.state();
    await rogue.engine.renewKeys(rogueRoom.id).catch(() => undefined);
    await rogueRoom.until((room) => room.state().phase !== "open", "the rogue is off the relay");
    for (const room of rooms) {
      await room.until(isOpen, "it is open");
      expect(room.state().cid).toBe(cid);
    }
    await second.send("we live on");
    for (const room of rooms) await room.until(shows("we live on"), "everybody reads");
    const late = await (await setting.open()).join(owner.link, { name: "Late" });
    await late.until(isOpen, "a newcomer comes in");
    await owner.until(counts(5), "the newcomer is known");
  });

  test("takes back a commit from the members who had applied it, when most refuse it", async () => {
    const mood = { refuses: false };
    const contrary = (host: GroupHost) =>
      changed(host, {
        apply: async (room, commit) => (mood.refuses ? { kind: "refused" } : host.apply(room, commit)),
      });
    const seen: string[] = [];
    const watched = await setting.open({
      groupHost: (host) =>
        changed(host, {
          apply: async (room, commit) => {
            const applied = await host.apply(room, commit);
            if (mood.refuses) seen.push(applied.kind);
            return applied;
          },
        }),
    });
    const owner = await watched.createRoom();
    const second = await (await setting.open({ groupHost: contrary })).join(owner.link, { name: "Second" });
    const third = await (await setting.open({ groupHost: contrary })).join(owner.link, { name: "Third" });
    const author = await setting.open();
    const fourth = await author.join(owner.link, { name: "Fourth" });
    await agree([owner, second, third, fourth]);
    const { cid } = owner.state();
    mood.refuses = true;
    await author.engine.renewKeys(fourth.id);
    await fourth.until((room) => room.state().phase !== "open", "the author is off the relay");
    await expect.poll(() => seen).toEqual(["applied"]);
    await owner.until((room) => room.state().cid === cid, "it is taken back");
    mood.refuses = false;
    await second.send("where we were");
    for (const room of [owner, third]) await room.until(shows("where we were"), "they read");
    expect(new Set([owner, second, third].map((room) => room.state().cid))).toEqual(new Set([cid]));
  });

  test("brings a newcomer in by fresh state when the members refused what it made of the state it was handed", async () => {
    const refused: string[] = [];
    let fresh = 0;
    /** Refuses the first commit that brings in a third, as honest members do when it builds on a state that is not theirs. */
    const wary = (who: string) => (host: GroupHost) =>
      changed(host, {
        apply: async (room, commit) => {
          if (!mood.isWary || refused.includes(who)) return host.apply(room, commit);
          refused.push(who);
          return { kind: "refused" };
        },
        groupInfo: (room) => {
          fresh++;
          return host.groupInfo(room);
        },
      });
    const mood = { isWary: false };
    const owner = await (await setting.open({ groupHost: wary("owner") })).createRoom();
    const second = await (await setting.open({ groupHost: wary("second") })).join(owner.link, { name: "Second" });
    await agree([owner, second]);
    mood.isWary = true;
    const newcomer = await (await setting.open()).join(owner.link, { name: "New" });
    await agree([owner, second, newcomer]);
    expect(refused).toHaveLength(2);
    expect(fresh).toBeGreaterThan(0);
    expect(owner.timeline().filter(({ kind }) => kind === "joined")).toHaveLength(2);
    await newcomer.send("at last");
    for (const room of [owner, second]) await room.until(shows("at last"), "they read");
  });

  test("refuses an applicant whose joining commit proves no invite", async () => {
    const { rooms } = await roomOfPeople(setting, 1);
    const [owner] = rooms;
    if (!owner) throw new Error("members");
    const { cid } = owner.state();
    const stranger = await setting.open({
      groupHost: (host) =>
        changed(host, {
          prepareJoin: async (room, head) => {
            const prepared = await host.prepareJoin(room, head);
            return { ...prepared, envelope: randomBytes(1024) };
          },
        }),
    });
    await stranger.join(owner.link, { name: "Stranger" }).catch(() => undefined);
    await owner.until((room) => room.state().cid === cid && isOpen(room), "the members stand where they stood");
    await owner.send("only us");
    await rooms[1]?.until(shows("only us"), "they talk on");
    expect(owner.members()).toHaveLength(2);
  });
});

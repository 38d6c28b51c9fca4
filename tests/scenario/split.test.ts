// Beats: nobody is shown another version of the room for long without knowing it, and nobody sends into one that is past.
import { describe, expect, test } from "vitest";
import type { RelaySocket } from "../../engine/ports.ts";
import type { GroupHost } from "../../engine/workers/group-contract.ts";
import type { ClientRoom } from "../support/node-client.ts";
import { SkipClock } from "../support/skip-clock.ts";
import { agree, changed, isOpen, shows, useRelay } from "./setting.ts";

const clock = new SkipClock();
const setting = useRelay();

const warns = (kind: string) => (room: ClientRoom) => room.snapshot().warning?.kind === kind;

/** A connection on which some notices get lost while `mood.isDeaf`. */
function lossy(mood: { isDeaf: boolean }, lost: string) {
  return (socket: RelaySocket): RelaySocket =>
    new Proxy(socket, {
      get: (target, name) => {
        if (name === "on") {
          return (event: string, listener: (value: unknown) => void) =>
            target.on(event, (value) => (mood.isDeaf && event === lost ? undefined : listener(value)));
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
}

describe("a member that shows another version of the same epoch", () => {
  test("is named to everybody within seconds of its beat, until it shows the same again", async () => {
    const mood = { isForked: true };
    const forked = (host: GroupHost) =>
      changed(host, {
        seal: (room, request) => {
          const { body } = request;
          if (body.kind !== "beat" || !mood.isForked) return host.seal(room, request);
          return host.seal(room, { ...request, body: { ...body, authenticator: new Uint8Array(16) } });
        },
      });
    const owner = await (await setting.open()).createRoom();
    const third = await (await setting.open()).join(owner.link, { name: "Third" });
    const other = await (await setting.open({ groupHost: forked, clock })).join(owner.link, { name: "Other" });
    await agree([owner, third, other]);
    clock.skip(3_000);
    for (const room of [owner, third]) await room.until(warns("split"), "the split is shown", 10_000);
    expect(owner.snapshot().warning).toEqual({ kind: "split", names: ["Other"] });
    mood.isForked = false;
    await agree([owner, third, other]);
    clock.skip(20_000);
    await owner.until((room) => room.snapshot().warning === undefined, "it is over");
    expect(third.snapshot().members).toHaveLength(3);
  });
});

describe("a member that a commit did not reach", () => {
  test("learns it from a beat, sends nothing until it has caught up, and then what waited, once", async () => {
    const mood = { isDeaf: false };
    const owner = await (await setting.open({ clock })).createRoom();
    const client = await setting.open({ socket: lossy(mood, "commit:accepted") });
    const guest = await client.join(owner.link, { name: "Guest" });
    await agree([owner, guest]);
    const { epoch } = guest.state();
    mood.isDeaf = true;
    await owner.renewKeys();
    expect(guest.state().epoch).toBe(epoch);
    clock.skip(3_000);
    await guest.until((room) => !isOpen(room), "it has noticed");
    mood.isDeaf = false;
    await guest.send("after all");
    await owner.until(shows("after all"), "it arrives");
    await agree([owner, guest]);
    expect(owner.messages().filter(({ text }) => text === "after all")).toHaveLength(1);
    expect(guest.snapshot().warning).toBeUndefined();
    expect(Number(guest.state().epoch)).toBe(Number(epoch) + 1);
  });
});

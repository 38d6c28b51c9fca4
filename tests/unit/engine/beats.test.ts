// What a member makes of beats, on a virtual clock: when it warns, when it stops sending, and what a liar can achieve.
import { describe, expect, test } from "vitest";
import type { EnginePorts } from "../../../engine/ports.ts";
import { Beats } from "../../../engine/session/beats.ts";
import { CommitFlow } from "../../../engine/session/commit-flow.ts";
import { OwnerRequests } from "../../../engine/session/owner-requests.ts";
import { newRoom } from "../../../engine/session/room.ts";
import type { Room } from "../../../engine/session/room.ts";
import { GroupRooms } from "../../../engine/workers/group-host.ts";
import type { RoomTerms, Standing } from "../../../engine/workers/group-contract.ts";
import { Scheduler } from "../../support/sim/scheduler.ts";

const [self = "", honest = "", liar = ""] = ["0a", "1b", "2c"].map((pair) => pair.repeat(16));
const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);
const terms: RoomTerms = {
  ownerId: self,
  delegates: [],
  readOnly: [],
  isLocked: false,
  maxMembers: 5,
  invites: [],
  relayKey: undefined,
  generation: 0,
};

function standing(epoch: number): Standing {
  const common = { members: [self, honest, liar], leaving: [], terms };
  return { ...common, cid: bytes(32, epoch), epoch, authenticator: bytes(16, epoch) };
}

interface Bench {
  readonly room: Room;
  readonly beats: Beats;
  readonly clock: Scheduler;
  /** What was asked for, in order. */
  readonly asked: string[];
  /** A beat of a member that stands in `epoch`, by the commit `cid`. */
  readonly hear: (memberId: string, epoch: number, cid?: number) => void;
}

const unused = (): never => {
  throw new Error("not part of this test");
};

function bench(): Bench {
  const clock = new Scheduler();
  const ports: EnginePorts = {
    clock,
    vault: { load: unused, save: unused },
    settings: { load: unused, save: unused },
    defaultRelay: "",
    keepAlive: unused,
    openGroupHost: unused,
    openRelaySocket: unused,
    jitter: () => 0.5,
  };
  const room = newRoom({
    id: "room",
    relayOrigin: "https://relay.example.org",
    ports,
    host: new GroupRooms(),
    settings: unused,
    displayName: "Self",
  });
  room.phase = "open";
  room.standing = standing(5);
  const asked: string[] = [];
  const note = (what: string) => () => void asked.push(what);
  const commits = new CommitFlow(room, new OwnerRequests(room), {
    entered: unused,
    removed: unused,
    thrownOut: unused,
    behind: unused,
    lost: unused,
  });
  const events = { changed: () => undefined, compared: () => undefined };
  const beats = new Beats(room, commits, { ...events, catchUp: note("catch up"), comeBack: note("come back") });
  const hear = (memberId: string, epoch: number, cid = epoch): void =>
    beats.heard(memberId, bytes(32, cid), {
      kind: "beat",
      epoch,
      authenticator: bytes(16, cid),
      seen: bytes(16, 0),
    });
  return { room, beats, clock, asked, hear };
}

const after = (clock: Scheduler, ms: number) => clock.run(clock.nowMs() + ms);

describe("a beat of somebody who is ahead", () => {
  test("stops sending at once and asks the relay; once we are there too, nothing is left of it", async () => {
    const { room, beats, clock, asked, hear } = bench();
    hear(honest, 6);
    expect(room.holds).toContain("behind");
    expect(asked).toEqual(["catch up"]);
    room.standing = standing(6);
    beats.judge();
    await after(clock, 60_000);
    expect(room.holds.size).toBe(0);
    expect(room.warning).toBeUndefined();
    expect(asked).toEqual(["catch up"]);
  });

  test("is shown when the relay does not help, and after five seconds we come back", async () => {
    const { room, clock, asked, hear } = bench();
    hear(honest, 6);
    await after(clock, 4_900);
    expect(room.warning).toEqual({ kind: "behind", members: [honest] });
    expect(asked).toEqual(["catch up"]);
    await after(clock, 200);
    expect(asked).toEqual(["catch up", "come back"]);
    expect(room.holds).toContain("behind");
  });

  test("that we could not confirm by coming back keeps us from nothing, but its warning stays", async () => {
    const { room, beats, clock, asked, hear } = bench();
    hear(liar, 900);
    await after(clock, 5_000);
    room.standing = standing(6);
    beats.cameBack();
    expect(room.holds.size).toBe(0);
    expect(room.warning).toEqual({ kind: "behind", members: [liar] });
    hear(liar, 901);
    hear(honest, 6);
    await after(clock, 60_000);
    expect(asked).toEqual(["catch up", "come back"]);
    expect(room.holds.size).toBe(0);
    // An honest member is believed all the same.
    hear(honest, 7);
    expect(room.holds).toContain("behind");
  });

  test("counts again once it has stood with us", async () => {
    const { room, beats, clock, hear } = bench();
    hear(liar, 900);
    await after(clock, 5_000);
    beats.cameBack();
    hear(liar, 5);
    expect(room.warning).toBeUndefined();
    hear(liar, 6);
    expect(room.holds).toContain("behind");
  });
});

describe("a beat of another version of our epoch", () => {
  test("is shown within seconds and asks the relay once, without stopping us", async () => {
    const { room, clock, asked, hear } = bench();
    hear(honest, 5, 77);
    expect(room.warning).toBeUndefined();
    await after(clock, 2_000);
    expect(room.warning).toEqual({ kind: "split", members: [honest] });
    hear(liar, 5, 77);
    expect(room.warning).toEqual({ kind: "split", members: [honest, liar] });
    await after(clock, 60_000);
    expect(asked).toEqual(["catch up"]);
    expect(room.holds.size).toBe(0);
    hear(honest, 5);
    hear(liar, 5);
    expect(room.warning).toBeUndefined();
  });

  test("is nobody's business when it is over before it would be shown", async () => {
    const { room, clock, asked, hear } = bench();
    hear(honest, 5, 77);
    await after(clock, 1_000);
    hear(honest, 5);
    await after(clock, 60_000);
    expect(room.warning).toBeUndefined();
    expect(asked).toEqual([]);
  });
});

describe("a beat of a stranger", () => {
  test("says nothing", async () => {
    const { room, clock, asked, hear } = bench();
    hear("ff".repeat(16), 900);
    await after(clock, 60_000);
    expect(room.claims.size).toBe(0);
    expect(room.warning).toBeUndefined();
    expect(asked).toEqual([]);
  });
});

// What somebody has who takes everything a member holds at one moment: nothing that was said before, and nothing that is said
// after that member's next commit (SECURITY.md D14, D15). The attacker is given the outer key and every sealed byte.
import { decodeGroupState, encodeGroupState } from "ts-mls";
import { beforeAll, describe, expect, test } from "vitest";
import { decryptApplication } from "../../../core/mls/group.ts";
import type { Group } from "../../../core/mls/group.ts";
import { clientConfig, PAST_EPOCHS } from "../../../core/mls/profile.ts";
import { openEnvelope } from "../../../core/room/envelope.ts";
import { openContent, sealContent } from "../../../engine/workers/group-contents.ts";
import { epochIn } from "../../../engine/workers/group-room.ts";
import type { GroupRoom } from "../../../engine/workers/group-room.ts";
import { apply, prepareCommit, settle } from "../../../engine/workers/group-session.ts";
import type { Sealed } from "../../../engine/workers/group-contract.ts";
import { bareMember, commitAs, deliver, memberAt, roomOf, seal, text } from "../../support/group-of.ts";
import type { TestRoom } from "../../support/group-of.ts";

let room: TestRoom;
let victim: GroupRoom;

beforeAll(async () => {
  room = await roomOf(3);
  victim = await bareMember(room);
});

/** Everything the victim's group holds, as a thief would carry it away. */
function stolen(): Group {
  const { suite, state } = epochIn(victim).group;
  const copy = decodeGroupState(encodeGroupState(state), 0)?.[0];
  if (!copy) throw new Error("no state");
  return { suite, state: { ...copy, clientConfig } };
}

async function opens(group: Group, { cid, envelope }: Sealed): Promise<boolean> {
  const bytes = await openEnvelope(epochIn(victim).outer.keys, "message", cid, envelope);
  return decryptApplication(group, bytes).then(
    () => true,
    () => false,
  );
}

const receive = (sealed: Sealed) => openContent(victim, { kind: "message", nowMs: 0, ...sealed });
const sayAs = (from: GroupRoom, value: string) =>
  sealContent(from, {
    kind: "message",
    messageId: new Uint8Array(16),
    run: 1,
    sequence: 1,
    previous: new Uint8Array(32),
    lamport: 1,
    body: text(value),
  });

/** A commit of somebody else reaches the victim and the others. */
async function renewBy(index: number): Promise<void> {
  const from = memberAt(room, index);
  const prepared = await from.host.prepareCommit("room", { purpose: { kind: "update" }, relay: "", nowMs: 0 });
  if (!prepared) throw new Error("nothing to commit");
  await deliver(room, from, prepared);
  await from.host.settle("room", true);
  expect((await apply(victim, prepared)).kind).toBe("applied");
}

describe("a stolen state", () => {
  test("opens nothing that was read before, in this epoch or an earlier one", async () => {
    const recorded: Sealed[] = [];
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const value of ["one", "two"]) {
        const sealed = await seal(memberAt(room, 0), text(value));
        recorded.push(sealed);
        await receive(sealed);
      }
      recorded.push(await sayAs(victim, "own"));
      await renewBy(1);
    }
    for (const sealed of recorded) expect(await opens(stolen(), sealed)).toBe(false);
    const unread = await seal(memberAt(room, 0), text("not read yet"));
    expect(await opens(stolen(), unread)).toBe(true);
  });

  test("opens what was not read only within the epochs that are kept", async () => {
    const unread = await seal(memberAt(room, 0), text("never read"));
    for (let epoch = 0; epoch < PAST_EPOCHS; epoch++) await renewBy(1);
    expect(await opens(stolen(), unread)).toBe(true);
    await renewBy(1);
    expect(await opens(stolen(), unread)).toBe(false);
  });

  test("opens what others say until the victim commits, and nothing afterwards", async () => {
    const thief = stolen();
    expect(await opens(thief, await seal(memberAt(room, 0), text("still open")))).toBe(true);
    const own = await prepareCommit(victim, { removals: [], orders: [], invites: [] }, 0);
    await deliver(room, undefined, own);
    settle(victim, true);
    const after = [await seal(memberAt(room, 0), text("after the update"))];
    await commitAs(room, memberAt(room, 0), { kind: "update" });
    after.push(await seal(memberAt(room, 1), text("an epoch later")));
    for (const sealed of after) {
      // Also when it claims to be in the epoch it was shut out of.
      const { groupContext } = epochIn(victim).group.state;
      const posing = { ...thief, state: { ...thief.state, groupContext } };
      for (const group of [thief, posing]) expect(await opens(group, sealed)).toBe(false);
    }
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judgeStand } from "../../../core/room/judgement.ts";
import type { Stand } from "../../../core/room/judgement.ts";

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);
const stand = (epoch: number, cid: number, authenticator = cid): Stand => ({
  epoch,
  cid: bytes(32, cid),
  authenticator: bytes(16, authenticator),
});
const mine = stand(5, 50);
const left = (epoch: number) => (epoch === 4 ? bytes(32, 40) : undefined);

describe("where another member says it stands", () => {
  test.each([
    ["the same", stand(5, 50), "same"],
    ["under our commit, with another group behind it", stand(5, 50, 51), "split"],
    ["under our commit, in another epoch", stand(6, 50), "split"],
    ["in our epoch, by another commit", stand(5, 60), "split"],
    ["one further", stand(6, 60), "ahead"],
    ["far ahead", stand(500, 60), "ahead"],
    ["where we came from", stand(4, 40), "past"],
    ["before where we remember", stand(1, 10), "past"],
    ["in an epoch we left, by another commit", stand(4, 41), "split"],
  ] as const)("is %s", (_what, theirs, verdict) => {
    expect(judgeStand(mine, theirs, left)).toBe(verdict);
  });

  test("is never judged the same when anything differs", () => {
    const small = fc.integer({ min: 0, max: 3 });
    const any = fc.tuple(small, small, small).map(([epoch, cid, authenticator]) => stand(epoch, cid, authenticator));
    fc.assert(
      fc.property(any, any, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(judgeStand(one, other, () => undefined) === "same").toBe(isSame);
      }),
    );
  });
});

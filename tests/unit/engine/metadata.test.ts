// What passes the relay, as the relay sees it: sizes in a few steps, and no value that comes twice (SECURITY.md C20, C21).
import { beforeAll, describe, expect, test } from "vitest";
import { randomBytes } from "../../../core/crypto/random.ts";
import type { ContentBody } from "../../../core/room/content.ts";
import { toHex } from "../../../codec/bytes.ts";
import { memberAt, ROOM, roomOf, seal, text } from "../../support/group-of.ts";
import type { TestRoom } from "../../support/group-of.ts";

let rooms: TestRoom[];

beforeAll(async () => {
  rooms = [await roomOf(3), await roomOf(3)];
});

async function sizeOf(body: ContentBody): Promise<number> {
  const [room] = rooms;
  if (!room) throw new Error("no room");
  return (await seal(memberAt(room, 0), body)).envelope.length;
}

describe("the size of what is sent", () => {
  test("takes at most eight values for texts of 0 to 4,000 bytes, and grows with them", async () => {
    const sizes: number[] = [];
    for (let length = 0; length <= 4000; length += 25) sizes.push(await sizeOf(text("x".repeat(length))));
    expect(new Set(sizes).size).toBeLessThanOrEqual(8);
    expect(sizes.toSorted((a, b) => a - b)).toEqual(sizes);
    for (const size of sizes) expect(Number.isInteger(Math.log2(size))).toBe(true);
  });

  test("does not tell a short text from anything small that is sent by itself", async () => {
    const heads = [{ memberId: randomBytes(16), run: 1, sequence: 1 }];
    const small: ContentBody[] = [
      text("yes"),
      { kind: "hello" },
      { kind: "profile", name: "Heron 7" },
      { kind: "typing", isTyping: true },
      { kind: "receipt", heads },
      { kind: "have", heads: heads.map((head) => ({ ...head, digest: randomBytes(16) })) },
      { kind: "sas-commit", round: randomBytes(16), commitment: randomBytes(32) },
      { kind: "sas-reveal", round: randomBytes(16), nonce: randomBytes(32) },
      { kind: "leave", statement: new Uint8Array(64) },
    ];
    const sizes = new Set<number>();
    for (const body of small) sizes.add(await sizeOf(body));
    expect([...sizes]).toEqual([512]);
  });
});

describe("what is sent", () => {
  test("holds no eight bytes twice: no sender, no device, no room, within one room or across two", async () => {
    const seen = new Map<string, number>();
    let envelopes = 0;
    const note = (envelope: Uint8Array): void => {
      envelopes++;
      for (let at = 0; at + 8 <= envelope.length; at++) {
        const piece = toHex(envelope.subarray(at, at + 8));
        const before = seen.get(piece);
        if (before !== undefined && before !== envelopes)
          throw new Error(`seen in envelope ${before} and ${envelopes}`);
        seen.set(piece, envelopes);
      }
    };
    for (const room of rooms) {
      for (const member of room.members) {
        for (let i = 0; i < 5; i++) {
          note((await seal(member, text("the same text"))).envelope);
          note((await seal(member, { kind: "typing", isTyping: true }, { kind: "signal" })).envelope);
          const beat = { kind: "beat", epoch: 3, authenticator: new Uint8Array(16), seen: new Uint8Array(16) } as const;
          note((await seal(member, beat, { kind: "beat" })).envelope);
        }
        note((await member.host.groupInfo(ROOM)).groupInfo);
        const options = { purpose: { kind: "update" }, relay: "", nowMs: 0 } as const;
        const commit = await member.host.prepareCommit(ROOM, options);
        if (commit) note(commit.envelope);
        await member.host.settle(ROOM, false);
      }
    }
    expect(envelopes).toBe(2 * 3 * 17);
  });
});

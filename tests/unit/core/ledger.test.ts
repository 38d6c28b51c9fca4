import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat } from "../../../codec/bytes.ts";
import { encode, u16, u32 } from "../../../codec/codec.ts";
import { sha256 } from "../../../core/crypto/hash.ts";
import { Ledger } from "../../../core/room/ledger.ts";
import type { Numbered } from "../../../core/room/ledger.ts";

const authors = ["0a", "1b", "2c"].map((pair) => pair.repeat(16));
const [first = "", second = ""] = authors;
const START = new Uint8Array(32);

const digestOf = (author: string, run: number, sequence: number, version = 0) =>
  sha256(concat(new TextEncoder().encode(author), encode(u16, run), encode(u32, sequence), Uint8Array.of(version)));

interface Spoken {
  readonly run?: number;
  readonly version?: number;
  readonly epoch?: number;
  readonly bytes?: number;
}

/** What an author said under a number; another `version` is another content under the same one. */
function said(memberId: string, sequence: number, { run = 1, version = 0, epoch, bytes = 100 }: Spoken = {}): Numbered {
  const previous = sequence === 1 ? START : digestOf(memberId, run, sequence - 1);
  const digest = digestOf(memberId, run, sequence, version);
  return { memberId, run, sequence, previous, digest, signed: new Uint8Array(bytes), epoch };
}

function expecting(...ids: readonly string[]): Ledger {
  const ledger = new Ledger();
  for (const id of ids) ledger.expect(id);
  return ledger;
}

const take = (ledger: Ledger, sequences: readonly number[]) =>
  sequences.map((sequence) => ledger.take(said(first, sequence), true));
const sequencesOf = (contents: readonly Numbered[]) => contents.map(({ sequence }) => sequence);

describe("a ledger", () => {
  test("takes each number once, in whatever order, and has no hole when all have come", () => {
    const order = fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7], { minLength: 7 });
    fc.assert(
      fc.property(order, (sequences) => {
        const ledger = expecting(first);
        expect(take(ledger, sequences)).toEqual(sequences.map(() => "new"));
        expect(take(ledger, sequences)).toEqual(sequences.map(() => "known"));
        expect(ledger.holes()).toBe("");
        expect(ledger.heads()).toMatchObject([{ memberId: first, run: 1, sequence: 7 }]);
      }),
    );
  });

  test("has a hole exactly while a number is missing", () => {
    const ledger = expecting(first);
    take(ledger, [1, 3]);
    expect(ledger.holes()).toBe(`${first}/1/1`);
    expect(ledger.heads()).toMatchObject([{ sequence: 1 }]);
    take(ledger, [2]);
    expect(ledger.holes()).toBe("");
    ledger.tell(said(first, 5), digestOf(first, 1, 5));
    expect(ledger.holes()).toBe(`${first}/1/3`);
  });

  test("notices two contents under one number, before or after the others", () => {
    const ledger = expecting(first);
    take(ledger, [1, 2, 4]);
    for (const sequence of [1, 2, 4]) {
      expect(ledger.take(said(first, sequence, { version: 1 }), true)).toBe("conflict");
    }
    // Another third one does not lead to the fourth.
    expect(ledger.take(said(first, 3, { version: 1 }), true)).toBe("conflict");
    expect(ledger.take(said(first, 3), true)).toBe("new");
  });

  test("notices a content that does not follow from the one before", () => {
    const ledger = expecting(first);
    take(ledger, [1]);
    const forked = { ...said(first, 2), previous: digestOf(first, 1, 1, 1) };
    expect(ledger.take(forked, true)).toBe("conflict");
    const beginning = { ...said(second, 1), previous: digestOf(second, 1, 9) };
    expect(ledger.take(beginning, true)).toBe("conflict");
    expect(expecting(second).take(beginning, true)).toBe("conflict");
  });

  test("takes nothing from before it heard the author, but what was sent since it came in", () => {
    const ledger = new Ledger();
    ledger.tell(said(first, 5), digestOf(first, 1, 5));
    expect(ledger.take(said(first, 5), false)).toBe("old");
    expect(ledger.take(said(first, 5), true)).toBe("new");
    expect(ledger.take(said(first, 5), true)).toBe("known");
    expect(ledger.take(said(first, 6), false)).toBe("old");
    expect(ledger.take(said(second, 1), false)).toBe("old");
    ledger.closeBelow();
    expect(ledger.take(said(first, 4), true)).toBe("old");
    // It was not for us, and is not missing.
    expect(ledger.received()).toMatchObject([{ memberId: first, sequence: 6 }]);
    expect(ledger.holes()).toBe("");
    expect(ledger.beyond([], 0).map(({ sequence }) => sequence)).not.toContain(6);
  });

  test("confirms nothing that did not come", () => {
    const ledger = new Ledger();
    ledger.tell(said(first, 5), digestOf(first, 1, 5));
    expect(ledger.received()).toEqual([]);
  });

  test("begins a run anew, and takes one it slept through, but none from before it came", () => {
    const ledger = new Ledger();
    expect(ledger.take(said(first, 3, { run: 2 }), true)).toBe("new");
    expect(ledger.take(said(first, 2, { run: 4 }), true)).toBe("new");
    expect(ledger.holes()).toBe(`${first}/4/0`);
    expect(ledger.take(said(first, 1, { run: 3 }), true)).toBe("new");
    expect(ledger.take(said(first, 1, { run: 1 }), true)).toBe("old");
  });
});

describe("what a ledger hands on", () => {
  test("is the latest that its own author has signed", () => {
    const ledger = expecting(first);
    take(ledger, [1]);
    const again = { ...said(first, 1), signed: Uint8Array.of(9), epoch: 7 };
    ledger.renew(again);
    ledger.renew({ ...again, sequence: 2 });
    const none = [{ memberId: first, run: 1, sequence: 0, digest: new Uint8Array(16) }];
    expect(ledger.beyond(none, 0)).toMatchObject([{ sequence: 1, signed: Uint8Array.of(9), epoch: 7 }]);
  });

  test("is what the other lacks, in the order of its numbers", () => {
    const ledger = expecting(first, second);
    take(ledger, [3, 1, 2]);
    ledger.take(said(second, 1), true);
    const other = expecting(first, second);
    other.take(said(first, 1), true);
    const handedOn = ledger.beyond(other.heads(), 0);
    expect(sequencesOf(handedOn.filter(({ memberId }) => memberId === first))).toEqual([2, 3]);
    expect(sequencesOf(handedOn.filter(({ memberId }) => memberId === second))).toEqual([1]);
    expect(other.beyond(ledger.heads(), 0)).toEqual([]);
  });

  test("fills every hole of everybody, whoever heard what", () => {
    const some = fc.subarray([1, 2, 3, 4, 5, 6]);
    fc.assert(
      fc.property(some, some, (one, other) => {
        const [a, b] = [expecting(first), expecting(first)];
        take(a, one);
        take(b, other);
        for (const content of a.beyond(b.heads(), 0)) expect(b.take(content, false)).not.toBe("conflict");
        for (const content of b.beyond(a.heads(), 0)) expect(a.take(content, false)).not.toBe("conflict");
        const all = new Set([...one, ...other]);
        let top = 0;
        while (all.has(top + 1)) top++;
        expect(a.heads()).toMatchObject([{ sequence: top }]);
        expect(b.seen([first])).toEqual(a.seen([first]));
      }),
    );
  });

  test("includes the other version of what somebody holds, so that it can see both", () => {
    const ledger = expecting(first);
    take(ledger, [1, 2]);
    const other = expecting(first);
    other.take(said(first, 1), true);
    other.take(said(first, 2, { version: 1 }), true);
    const [proof] = ledger.beyond(other.heads(), 0);
    expect(proof?.sequence).toBe(2);
    expect(proof && other.take(proof, false)).toBe("conflict");
  });

  test("is for a newcomer what was sent since it came in, of authors that it has not heard", () => {
    const ledger = expecting(first);
    for (const sequence of [1, 2, 3]) ledger.take(said(first, sequence, { epoch: 10 + sequence }), true);
    const newcomer = new Ledger();
    const heads = newcomer.heads([first]);
    expect(sequencesOf(ledger.beyond(heads, 12))).toEqual([2, 3]);
    newcomer.tell(said(first, 3), digestOf(first, 1, 3));
    expect(sequencesOf(ledger.beyond(newcomer.heads([first]), 12))).toEqual([2, 3]);
    newcomer.closeBelow();
    expect(ledger.beyond(newcomer.heads([first]), 12)).toEqual([]);
  });

  test("is bounded in number and in size: the oldest go first, and still count as come", () => {
    const many = expecting(first);
    for (let sequence = 1; sequence <= 2_500; sequence++) many.take(said(first, sequence), true);
    const none = expecting(first).heads();
    const kept = many.beyond(none, 0);
    expect(kept).toHaveLength(2_000);
    expect(kept[0]?.sequence).toBe(501);
    expect(many.holes()).toBe("");
    expect(many.take(said(first, 1), true)).toBe("known");
    const large = expecting(first);
    for (let sequence = 1; sequence <= 300; sequence++) large.take(said(first, sequence, { bytes: 24 * 1024 }), true);
    const bytes = large.beyond(none, 0).reduce((sum, { signed }) => sum + signed.length, 0);
    expect(bytes).toBeGreaterThan(4_000_000);
    expect(bytes).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  test("is nothing once it is cleared", () => {
    const ledger = expecting(first);
    take(ledger, [1, 2]);
    ledger.clear();
    expect(ledger.heads()).toEqual([]);
    expect(ledger.beyond(expecting(first).heads(), 0)).toEqual([]);
  });
});

describe("what a member has seen", () => {
  test("is equal for a newcomer once it has heard everybody, and differs with every message", () => {
    const old = expecting(first, second);
    take(old, [1, 2]);
    const newcomer = new Ledger();
    expect(newcomer.seen(authors)).not.toEqual(old.seen(authors));
    newcomer.tell(said(first, 2), digestOf(first, 1, 2));
    newcomer.tell({ memberId: second, run: 1, sequence: 0 }, START);
    expect(newcomer.seen(authors)).toEqual(old.seen(authors));
    old.take(said(second, 1), true);
    expect(newcomer.seen(authors)).not.toEqual(old.seen(authors));
  });

  test("does not depend on the order of members, nor on those that are gone", () => {
    const ledger = expecting(first, second);
    take(ledger, [1]);
    ledger.take(said(second, 1), true);
    expect(ledger.seen([second, first])).toEqual(ledger.seen([first, second]));
    const other = expecting(first);
    take(other, [1]);
    expect(ledger.seen([first])).toEqual(other.seen([first]));
  });
});

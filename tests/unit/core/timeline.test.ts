import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addLine,
  addText,
  dropLines,
  emptyTimeline,
  expectFrom,
  noteLast,
  noteNumber,
} from "../../../core/room/timeline.ts";
import type { Position, Timeline } from "../../../core/room/timeline.ts";

const authors = ["0a", "1b", "2c", "3d"];
const expecting = authors.reduce(expectFrom, emptyTimeline);

interface Said {
  readonly at: Position;
  readonly text: string;
}

const idOf = ({ author, run, sequence }: Position) => `${author}/${run}/${sequence}`;

function hear(timeline: Timeline, { at, text }: Said): Timeline {
  return addText(timeline, { id: idOf(at), at, text, atMs: 0, isLate: false }) ?? timeline;
}

/** What each author says, numbered from 1, with Lamport times that grow. */
const anySaid: fc.Arbitrary<Said[]> = fc
  .array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 3 })), { maxLength: 30 })
  .map((entries) => {
    const last = authors.map(() => ({ sequence: 0, lamport: 0 }));
    return entries.map(([who, step]) => {
      const own = last[who] ?? { sequence: 0, lamport: 0 };
      own.sequence++;
      own.lamport += step;
      const at = { author: authors[who] ?? "", run: 1, sequence: own.sequence, lamport: own.lamport };
      return { at, text: idOf(at) };
    });
  });

/** Some of it, in any order, some of it several times. */
const anyReception = anySaid.chain((said) =>
  fc.record({
    said: fc.constant(said),
    heard: said.length === 0 ? fc.constant<Said[]>([]) : fc.array(fc.constantFrom(...said), { maxLength: 60 }),
  }),
);

const placed = (lamport: number, author: string, run: number, sequence: number) => ({ lamport, author, run, sequence });
const numbered = (sequence: number) => ({ author: "0a", run: 1, sequence, lamport: sequence });
const byText = (a: string, b: string) => (a < b ? -1 : Number(a > b));
const shown = (timeline: Timeline) => timeline.entries.map((entry) => (entry.kind === "gap" ? "gap" : entry.id));
const texts = (timeline: Timeline) => timeline.entries.filter(({ kind }) => kind === "text").map(({ id }) => id);

function missing(timeline: Timeline): string[] {
  return timeline.entries.flatMap((entry) => {
    if (entry.kind !== "gap") return [];
    const count = entry.to - entry.at.sequence + 1;
    return Array.from({ length: count }, (_, i) => idOf({ ...entry.at, sequence: entry.at.sequence + i }));
  });
}

/** Everything below an author's highest number that was not heard. */
function expectedMissing(heard: readonly Said[]): string[] {
  const ids = new Set(heard.map(({ at }) => idOf(at)));
  return authors.flatMap((author) => {
    const top = Math.max(0, ...heard.filter(({ at }) => at.author === author).map(({ at }) => at.sequence));
    const all = Array.from({ length: top }, (_, i) => idOf({ author, run: 1, sequence: i + 1, lamport: 0 }));
    return all.filter((id) => !ids.has(id));
  });
}

describe("a timeline", () => {
  test("shows the same messages in the same order on every device that heard the same ones", () => {
    const twice = anyReception.chain(({ heard }) =>
      fc.tuple(fc.constant(heard), fc.shuffledSubarray(heard, { minLength: heard.length })),
    );
    fc.assert(
      fc.property(twice, ([one, two]) => {
        expect(texts(two.reduce(hear, expecting))).toEqual(texts(one.reduce(hear, expecting)));
      }),
    );
  });

  test("shows each message once, however often it comes", () => {
    fc.assert(
      fc.property(anyReception, ({ heard }) => {
        const ids = texts(heard.reduce(hear, expecting));
        const once = [...new Set(heard.map(({ at }) => idOf(at)))];
        expect(ids.toSorted(byText)).toEqual(once.toSorted(byText));
      }),
    );
  });

  test("keeps each author's messages in the order of their numbers", () => {
    fc.assert(
      fc.property(anyReception, ({ heard }) => {
        const { entries } = heard.reduce(hear, expecting);
        for (const author of authors) {
          const numbers = entries.filter(({ at }) => at.author === author).map(({ at }) => at.sequence);
          expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  test("orders by Lamport time, then author, run and number", () => {
    const order = [
      placed(1, "2c", 1, 1),
      placed(2, "0a", 1, 1),
      placed(2, "0a", 1, 2),
      placed(2, "1b", 1, 1),
      placed(3, "0a", 1, 3),
    ];
    const timeline = order.toReversed().reduce((all, each) => hear(all, { at: each, text: "" }), expecting);
    expect(texts(timeline)).toEqual(order.map(idOf));
    const restarted = [placed(5, "1b", 1, 2), placed(5, "1b", 2, 1)].reduce(
      (all, each) => hear(all, { at: each, text: "" }),
      timeline,
    );
    const between = hear(restarted, { at: placed(5, "0a", 1, 4), text: "" });
    expect(texts(between).slice(-3)).toEqual(["0a/1/4", "1b/1/2", "1b/2/1"]);
  });

  test("the number of a run before sorts before one of the next at the same time", () => {
    const first = { author: "0a", run: 1, sequence: 5, lamport: 3 };
    const next = { author: "0a", run: 2, sequence: 1, lamport: 3 };
    const timeline = [first, next].reduce((all, at) => hear(all, { at, text: "" }), emptyTimeline);
    expect(texts(timeline)).toEqual([idOf(first), idOf(next)]);
  });

  test("an author's old last number, or none yet, changes nothing but the time", () => {
    const said = [1, 5].map((sequence) => ({ at: numbered(sequence), text: "" }));
    const timeline = said.reduce(hear, expecting);
    expect(missing(timeline)).toEqual(["0a/1/2", "0a/1/3", "0a/1/4"]);
    for (const sequence of [0, 1, 2, 3, 4, 5]) {
      const told = noteLast(timeline, { ...numbered(sequence), lamport: 40 }, 0);
      expect(told).toEqual({ ...timeline, lamport: 40 });
    }
    expect(noteLast(emptyTimeline, { ...numbered(3), lamport: 40 }, 0).lamport).toBe(40);
    expect(noteLast(timeline, { ...numbered(6), lamport: 40 }, 0).lamport).toBe(40);
  });

  test("expecting an author who has spoken changes nothing", () => {
    const timeline = hear(emptyTimeline, { at: numbered(7), text: "" });
    expect(expectFrom(timeline, "0a")).toEqual(timeline);
  });

  test("marks as missing exactly what is missing", () => {
    fc.assert(
      fc.property(anyReception, ({ heard }) => {
        expect(missing(heard.reduce(hear, expecting)).toSorted(byText)).toEqual(
          expectedMissing(heard).toSorted(byText),
        );
      }),
    );
  });

  test("has no gap left once everything has come, in whatever order", () => {
    fc.assert(
      fc.property(anyReception, fc.nat(), ({ said, heard }, turn) => {
        const rest = said.map((_, i) => said[(i + turn) % said.length]).filter((entry) => entry !== undefined);
        const all = [...heard, ...rest].reduce(hear, expecting);
        expect(missing(all)).toEqual([]);
        expect(shown(all)).toEqual(shown(said.reduce(hear, expecting)));
      }),
    );
  });

  test("an author's last number makes everything up to it missing, and says nothing twice", () => {
    fc.assert(
      fc.property(anyReception, ({ said, heard }) => {
        let timeline = heard.reduce(hear, expecting);
        for (const author of authors) {
          const last = said.findLast(({ at }) => at.author === author);
          if (!last) continue;
          timeline = noteLast(timeline, last.at, 0);
          timeline = noteLast(timeline, last.at, 0);
        }
        const ids = new Set(heard.map(({ at }) => idOf(at)));
        const want = said.map(({ at }) => idOf(at)).filter((id) => !ids.has(id));
        expect(missing(timeline).toSorted(byText)).toEqual(want.toSorted(byText));
        expect(texts(timeline)).toEqual(texts(heard.reduce(hear, expecting)));
        expect(missing(said.reduce(hear, timeline))).toEqual([]);
      }),
    );
  });

  test("a number that shows nothing fills its place and is seen once", () => {
    const third = noteNumber(expecting, numbered(3), 0);
    if (!third) throw new Error("seen");
    expect(missing(third)).toEqual(["0a/1/1", "0a/1/2"]);
    const first = noteNumber(third, numbered(1), 0);
    if (!first) throw new Error("seen");
    expect(missing(first)).toEqual(["0a/1/2"]);
    expect(noteNumber(first, numbered(1), 0)).toBeUndefined();
    expect(noteNumber(first, numbered(3), 0)).toBeUndefined();
  });

  test("somebody who was there before us may have spoken before: no gap", () => {
    const timeline = hear(emptyTimeline, { at: { author: "0a", run: 1, sequence: 9, lamport: 5 }, text: "hi" });
    expect(missing(timeline)).toEqual([]);
    const told = noteLast(emptyTimeline, { author: "0a", run: 1, sequence: 9, lamport: 5 }, 0);
    expect(missing(told)).toEqual([]);
    const later = hear(told, { at: { author: "0a", run: 1, sequence: 11, lamport: 6 }, text: "hi" });
    expect(missing(later)).toEqual(["0a/1/10"]);
  });

  test("numbers begin anew with an author's next run; what is missing of the one before can still come, once", () => {
    const first = hear(expecting, { at: { author: "0a", run: 1, sequence: 1, lamport: 1 }, text: "one" });
    const second = hear(first, { at: { author: "0a", run: 2, sequence: 2, lamport: 2 }, text: "two" });
    expect(missing(second)).toEqual(["0a/2/1"]);
    const third = hear(second, { at: { author: "0a", run: 1, sequence: 3, lamport: 1 }, text: "three" });
    expect(missing(third)).toEqual(["0a/1/2", "0a/2/1"]);
    const whole = hear(third, { at: { author: "0a", run: 1, sequence: 2, lamport: 1 }, text: "two" });
    expect(texts(whole)).toEqual(["0a/1/1", "0a/1/2", "0a/1/3", "0a/2/2"]);
    for (const sequence of [1, 2, 3]) {
      const at = { author: "0a", run: 1, sequence, lamport: 3 };
      expect(addText(whole, { id: "x", at, text: "again", atMs: 0, isLate: false })).toBeUndefined();
    }
    expect(texts(hear(whole, { at: { author: "0a", run: 2, sequence: 3, lamport: 3 }, text: "on" }))).toHaveLength(5);
  });

  test("of a run from before the first one heard nothing is shown, of one slept through all", () => {
    const first = hear(emptyTimeline, { at: { author: "0a", run: 2, sequence: 4, lamport: 5 }, text: "" });
    const before = { author: "0a", run: 1, sequence: 9, lamport: 4 };
    expect(addText(first, { id: "x", at: before, text: "old", atMs: 0, isLate: false })).toBeUndefined();
    const later = hear(first, { at: { author: "0a", run: 4, sequence: 1, lamport: 9 }, text: "" });
    const slept = hear(later, { at: { author: "0a", run: 3, sequence: 1, lamport: 7 }, text: "" });
    expect(texts(slept)).toEqual(["0a/2/4", "0a/3/1", "0a/4/1"]);
    expect(missing(slept)).toEqual([]);
  });

  test("the lines of a commit that never happened are taken back, and nothing else", () => {
    const line = { kind: "joined", member: "0a", by: undefined, approvedBy: undefined, atMs: 0 } as const;
    const said = hear(expecting, { at: numbered(1), text: "one-c1" });
    const lined = addLine(addLine(said, { ...line, id: "joined-c1" }), { ...line, id: "joined-c2" });
    const dropped = dropLines(lined, (id) => id.endsWith("1"));
    expect(shown(dropped)).toEqual(["0a/1/1", "joined-c2"]);
    expect(dropLines(dropped, (id) => id.endsWith("c1"))).toBe(dropped);
  });

  test("a member that names the end of time keeps nobody from sending the next message", () => {
    const at = { author: "0a", run: 1, sequence: 1, lamport: Number.MAX_SAFE_INTEGER };
    for (const timeline of [hear(expecting, { at, text: "far" }), noteLast(expecting, at, 0)]) {
      expect(Number.isSafeInteger(timeline.lamport + 1)).toBe(true);
    }
  });

  test("Lamport time never goes back", () => {
    fc.assert(
      fc.property(anyReception, ({ heard }) => {
        let timeline = expecting;
        for (const said of heard) {
          const next = hear(timeline, said);
          expect(next.lamport).toBeGreaterThanOrEqual(timeline.lamport);
          timeline = next;
        }
        const highest = Math.max(0, ...heard.map(({ at }) => at.lamport));
        expect(timeline.lamport).toBe(highest);
      }),
    );
  });

  test("a line of the room stands after everything said up to then and leaves messages their order", () => {
    fc.assert(
      fc.property(anyReception, ({ heard }) => {
        const plain = heard.reduce(hear, expecting);
        const line = { kind: "joined", id: "line", member: "0a", by: "1b", approvedBy: undefined, atMs: 0 } as const;
        const lined = addLine(plain, line);
        expect(lined.entries.at(-1)?.id).toBe("line");
        expect(texts(lined)).toEqual(texts(plain));
      }),
    );
  });

  test("nothing changes a timeline that somebody holds", () => {
    fc.assert(
      fc.property(anyReception, ({ heard }) => {
        const before = heard.reduce(hear, expecting);
        const copy = structuredClone({ entries: before.entries, progress: before.progress });
        for (const said of heard) hear(before, said);
        noteLast(before, { author: "0a", run: 1, sequence: 99, lamport: 99 }, 0);
        expect({ entries: before.entries, progress: before.progress }).toEqual(copy);
      }),
    );
  });
});

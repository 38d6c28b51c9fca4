// What is on screen and in which order, as a pure reducer: messages by (Lamport time, author), equal on every device, with
// a mark where numbers of an author are missing. Duplicates and replays are dropped here by author and number.

export interface Position {
  readonly lamport: number;
  /** Author's member id; for lines of the room itself a text that sorts after every id. */
  readonly author: string;
  readonly run: number;
  readonly sequence: number;
}

/** What happened to the room itself; ids are member ids. */
export type Line =
  | {
      readonly kind: "joined" | "left" | "removed" | "gone" | "returned";
      readonly id: string;
      readonly member: string;
      /** joined: whose invite it was; removed: who did it. */
      readonly by: string | undefined;
      readonly approvedBy: string | undefined;
      readonly atMs: number;
    }
  | {
      readonly kind: "changed";
      readonly id: string;
      readonly what: "locked" | "unlocked" | "limit" | "owner" | "delegate" | "undelegate" | "invite" | "revoke";
      readonly member: string;
      readonly by: string;
      readonly atMs: number;
    };

export type Entry =
  | {
      readonly kind: "text";
      readonly id: string;
      readonly at: Position;
      readonly text: string;
      readonly atMs: number;
      readonly isLate: boolean;
    }
  | { readonly kind: "gap"; readonly id: string; readonly at: Position; readonly to: number; readonly atMs: number }
  | (Line & { readonly at: Position });

interface Progress {
  readonly run: number;
  readonly next: number;
  /** The number with which we first heard the author: earlier ones make no gap, and may come. */
  readonly first: { readonly run: number; readonly sequence: number };
  /** The next number of each run before, for what is handed on later. */
  readonly earlier: ReadonlyMap<number, number>;
}

export interface Timeline {
  readonly entries: readonly Entry[];
  /** Per author the next number expected. */
  readonly progress: ReadonlyMap<string, Progress>;
  /** Highest Lamport time seen. */
  readonly lamport: number;
}

export const emptyTimeline: Timeline = { entries: [], progress: new Map(), lamport: 0 };

const NO_RUNS: ReadonlyMap<number, number> = new Map();

/** Sorts after every hexadecimal member id. */
const ROOM_AUTHOR = "~";

function isBefore(a: Position, b: Position): boolean {
  if (a.lamport !== b.lamport) return a.lamport < b.lamport;
  if (a.author !== b.author) return a.author < b.author;
  if (a.run !== b.run) return a.run < b.run;
  return a.sequence < b.sequence;
}

function insert(entries: readonly Entry[], entry: Entry): Entry[] {
  let index = entries.length;
  for (; index > 0; index--) {
    const other = entries[index - 1];
    if (other && !isBefore(entry.at, other.at)) break;
  }
  return entries.toSpliced(index, 0, entry);
}

/** Stays one below what a content can carry: a member that names the end of time keeps nobody from sending the next one. */
function laterOf(timeline: Timeline, at: Position): number {
  return Math.min(Math.max(timeline.lamport, at.lamport), Number.MAX_SAFE_INTEGER - 1);
}

function gap(at: Position, to: number, atMs: number): Entry {
  return { kind: "gap", id: `gap-${at.author}-${at.run}-${at.sequence}`, at, to, atMs };
}

/** Takes one number out of the gap that holds it; `undefined` when none does, which means a duplicate. */
function fillGap(entries: readonly Entry[], at: Position): Entry[] | undefined {
  const index = entries.findIndex(
    (entry) =>
      entry.kind === "gap" &&
      entry.at.author === at.author &&
      entry.at.run === at.run &&
      entry.at.sequence <= at.sequence &&
      at.sequence <= entry.to,
  );
  const found = entries[index];
  if (found?.kind !== "gap") return undefined;
  let rest = entries.toSpliced(index, 1);
  // What came before this number was said before it, so its mark moves up with it.
  const lamport = Math.min(found.at.lamport, at.lamport);
  if (found.at.sequence < at.sequence) rest = insert(rest, gap({ ...found.at, lamport }, at.sequence - 1, found.atMs));
  if (at.sequence < found.to)
    rest = insert(rest, gap({ ...found.at, sequence: at.sequence + 1 }, found.to, found.atMs));
  return rest;
}

/** The next number expected of the run of `at`; `undefined` when nothing of it is to be shown. */
function expectedOf(known: Progress | undefined, at: Position): number | undefined {
  // An author heard for the first time may have said things before we came: no gap.
  if (!known) return at.sequence;
  if (at.run === known.run) return known.next;
  if (at.run > known.run) return 1;
  const earlier = known.earlier.get(at.run);
  if (earlier !== undefined) return earlier;
  // A run that we slept through lies between two that we know; before the first one known we were not here.
  return at.run > Math.min(known.run, ...known.earlier.keys()) ? 1 : undefined;
}

/** Something that was said before we first heard its author, and that is not here yet. */
function isBeforeFirst({ progress, entries }: Timeline, at: Position): boolean {
  const first = progress.get(at.author)?.first;
  if (first?.run !== at.run || at.sequence >= first.sequence) return false;
  return !entries.some(
    (entry) => entry.at.author === at.author && entry.at.run === at.run && entry.at.sequence === at.sequence,
  );
}

function advanced(known: Progress | undefined, at: Position): Progress {
  const next = at.sequence + 1;
  if (!known) return { run: at.run, next, first: { run: at.run, sequence: at.sequence }, earlier: NO_RUNS };
  if (at.run === known.run) return { ...known, next };
  const earlier = new Map(known.earlier);
  if (at.run < known.run) return { ...known, earlier: earlier.set(at.run, next) };
  return { ...known, run: at.run, next, earlier: earlier.set(known.run, known.next) };
}

/** Accounts for number `at.sequence`; `undefined` when it was seen before. */
function advance(timeline: Timeline, at: Position, atMs: number): Timeline | undefined {
  const known = timeline.progress.get(at.author);
  const lamport = laterOf(timeline, at);
  const expected = expectedOf(known, at);
  if (expected === undefined) return undefined;
  if (at.sequence < expected) {
    const entries = fillGap(timeline.entries, at) ?? (isBeforeFirst(timeline, at) ? timeline.entries : undefined);
    return entries && { ...timeline, entries, lamport };
  }
  const progress = new Map(timeline.progress).set(at.author, advanced(known, at));
  const entries =
    expected < at.sequence
      ? insert(timeline.entries, gap({ ...at, sequence: expected }, at.sequence - 1, atMs))
      : timeline.entries;
  return { entries, progress, lamport };
}

/** Shows a message. `undefined` when its number was seen before: nothing is shown twice. */
export function addText(
  timeline: Timeline,
  message: { id: string; at: Position; text: string; atMs: number; isLate: boolean },
): Timeline | undefined {
  const next = advance(timeline, message.at, message.atMs);
  return next && { ...next, entries: insert(next.entries, { kind: "text", ...message }) };
}

/** Accounts for a numbered content that shows nothing of its own. `undefined` when its number was seen before. */
export function noteNumber(timeline: Timeline, at: Position, atMs: number): Timeline | undefined {
  return advance(timeline, at, atMs);
}

/** An author says that `at.sequence` was its last number: what is missing up to it becomes a gap. */
export function noteLast(timeline: Timeline, at: Position, atMs: number): Timeline {
  const known = timeline.progress.get(at.author);
  const lamport = laterOf(timeline, at);
  if (!known) {
    const first = { run: at.run, sequence: at.sequence + 1 };
    const progress = new Map(timeline.progress).set(at.author, { ...advanced(undefined, at), first });
    return { ...timeline, progress, lamport };
  }
  const isSeen = at.run < known.run || (at.run === known.run && at.sequence < known.next);
  if (isSeen || at.sequence === 0) return { ...timeline, lamport };
  const next = advance(timeline, { ...at, sequence: at.sequence + 1 }, atMs) ?? timeline;
  return { ...next, progress: new Map(next.progress).set(at.author, advanced(known, at)) };
}

/** A member that we saw come in starts at number 1 of run 1, so that its very first message can be missed. */
export function expectFrom(timeline: Timeline, author: string): Timeline {
  if (timeline.progress.has(author)) return timeline;
  const progress = new Map(timeline.progress).set(author, {
    run: 1,
    next: 1,
    first: { run: 1, sequence: 1 },
    earlier: NO_RUNS,
  });
  return { ...timeline, progress };
}

export function addLine(timeline: Timeline, line: Line): Timeline {
  const at = { lamport: timeline.lamport, author: ROOM_AUTHOR, run: 0, sequence: timeline.entries.length };
  return { ...timeline, entries: insert(timeline.entries, { ...line, at }) };
}

/** Takes back the lines of a commit that never happened. */
export function dropLines(timeline: Timeline, isDropped: (id: string) => boolean): Timeline {
  const entries = timeline.entries.filter((entry) => entry.at.author !== ROOM_AUTHOR || !isDropped(entry.id));
  return entries.length === timeline.entries.length ? timeline : { ...timeline, entries };
}

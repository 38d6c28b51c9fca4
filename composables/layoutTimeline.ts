// Turns the timeline into the rows of the message list: days, groups of one author, lines for who came and went. Pure.
import type { TimelineItem } from "../bridge/contract.ts";
import { startOfDay } from "./formatTime.ts";

export type MessageEntry = Extract<TimelineItem, { kind: "message" }>;
export type GapEntry = Extract<TimelineItem, { kind: "gap" }>;
export type PresenceEntry = Exclude<TimelineItem, { kind: "message" | "gap" }>;

export type TimelineRow =
  | { readonly kind: "day"; readonly key: string; readonly atMs: number }
  | { readonly kind: "unread"; readonly key: string }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly item: MessageEntry;
      readonly isFirst: boolean;
      readonly isLast: boolean;
    }
  | { readonly kind: "gap"; readonly key: string; readonly item: GapEntry }
  /** One line for all who came, or all who went, in a row; changes stand alone. */
  | { readonly kind: "presence"; readonly key: string; readonly items: readonly PresenceEntry[] };

const GROUP_BREAK_MS = 5 * 60_000;

export function layoutTimeline(items: readonly TimelineItem[], firstUnreadId?: string): readonly TimelineRow[] {
  const rows: TimelineRow[] = [];
  items.forEach((item, index) => {
    const before = items[index - 1];
    if (before === undefined || startOfDay(before.atMs) !== startOfDay(item.atMs)) {
      rows.push({ kind: "day", key: `day ${item.id}`, atMs: item.atMs });
    }
    if (item.id === firstUnreadId) rows.push({ kind: "unread", key: "unread" });
    if (item.kind === "message") {
      const after = items[index + 1];
      rows.push({
        kind: "message",
        key: item.id,
        item,
        isFirst: item.id === firstUnreadId || !isSameGroup(before, item),
        isLast: after?.id === firstUnreadId || !isSameGroup(item, after),
      });
    } else if (item.kind === "gap") rows.push({ kind: "gap", key: item.id, item });
    else addPresence(rows, item);
  });
  return rows;
}

function isSameGroup(a: TimelineItem | undefined, b: TimelineItem | undefined): boolean {
  return (
    a?.kind === "message" &&
    b?.kind === "message" &&
    a.from === b.from &&
    a.isOwn === b.isOwn &&
    Math.abs(b.atMs - a.atMs) <= GROUP_BREAK_MS &&
    startOfDay(a.atMs) === startOfDay(b.atMs)
  );
}

function addPresence(rows: TimelineRow[], item: PresenceEntry): void {
  const last = rows.at(-1);
  if (last?.kind === "presence" && item.kind !== "changed" && last.items[0]?.kind === item.kind) {
    rows[rows.length - 1] = { ...last, items: [...last.items, item] };
  } else rows.push({ kind: "presence", key: item.id, items: [item] });
}

/** The first of the last `unread` messages of others. */
export function firstUnread(items: readonly TimelineItem[], unread: number): string | undefined {
  if (unread <= 0) return undefined;
  const received = items.filter((item) => item.kind === "message" && !item.isOwn);
  return received.at(-Math.min(unread, received.length))?.id;
}

// Says new messages aloud: each by itself, or their number when they come thick and fast.
import { onScopeDispose, watch } from "vue";
import { i18n } from "#i18n";
import type { TimelineItem } from "../bridge/contract.ts";
import { useNoticesStore } from "../stores/notices.ts";
import { plural } from "./useText.ts";

const COLLECT_MS = 2_000;
const MAX_SPOKEN_CHARS = 150;
const MAX_SINGLE = 3;

export function useMessageAnnouncer(timeline: () => readonly TimelineItem[], roomName: () => string): void {
  const notices = useNoticesStore();
  const known = new Set(timeline().map(({ id }) => id));
  let failed = countFailed(timeline());
  let count = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function announceMessage(name: string, text: string): void {
    count += 1;
    if (count <= MAX_SINGLE) notices.announce(i18n.t("say.message", { name, text: text.slice(0, MAX_SPOKEN_CHARS) }));
    timer ??= setTimeout(() => {
      if (count > MAX_SINGLE) notices.announce(plural("say.many", count - MAX_SINGLE, { room: roomName() }));
      count = 0;
      timer = undefined;
    }, COLLECT_MS);
  }

  watch(timeline, (items) => {
    for (const item of items) {
      if (known.has(item.id)) continue;
      known.add(item.id);
      if (item.kind === "message" && !item.isOwn) announceMessage(item.fromName, item.text);
    }
    const now = countFailed(items);
    if (now > failed) notices.announce(i18n.t("say.failed"), true);
    failed = now;
  });
  onScopeDispose(() => clearTimeout(timer));
}

function countFailed(items: readonly TimelineItem[]): number {
  return items.filter((item) => item.kind === "message" && item.state === "failed").length;
}

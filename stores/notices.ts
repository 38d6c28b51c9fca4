// Short notices on the screen and words for screen readers.
import { defineStore } from "pinia";
import { shallowRef } from "vue";

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly tone: "info" | "danger";
}

export interface Announcement {
  readonly id: number;
  readonly text: string;
  readonly isUrgent: boolean;
}

const MAX_NOTICES = 2;
const NOTICE_MS = 5_000;

export const useNoticesStore = defineStore("notices", () => {
  const notices = shallowRef<readonly Notice[]>([]);
  const announcement = shallowRef<Announcement>();
  let lastId = 0;

  /** Only for ears: nothing is shown. */
  function announce(text: string, isUrgent = false): void {
    lastId += 1;
    announcement.value = { id: lastId, text, isUrgent };
  }

  function show(text: string, tone: Notice["tone"] = "info"): void {
    announce(text, tone === "danger");
    const notice: Notice = { id: lastId, text, tone };
    notices.value = [...notices.value, notice].slice(-MAX_NOTICES);
    setTimeout(() => dismiss(notice.id), NOTICE_MS);
  }

  function dismiss(id: number): void {
    notices.value = notices.value.filter((notice) => notice.id !== id);
  }

  return { announce, announcement, dismiss, notices, show };
});

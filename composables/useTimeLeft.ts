// How long until a moment, kept true by one timer that wakes at the next change of the text and not before.
import { computed, onScopeDispose, shallowRef, watchEffect } from "vue";
import type { ComputedRef } from "vue";
import { timeLeft } from "./formatTime.ts";
import type { TimeLeft } from "./formatTime.ts";

export function useTimeLeft(endsAtMs: () => number): ComputedRef<TimeLeft> {
  const nowMs = shallowRef(Date.now());
  const left = computed(() => timeLeft(endsAtMs(), nowMs.value));
  let timer: ReturnType<typeof setTimeout> | undefined;

  watchEffect(() => {
    clearTimeout(timer);
    if (!left.value.isOver) timer = setTimeout(() => (nowMs.value = Date.now()), left.value.nextChangeMs);
  });
  onScopeDispose(() => clearTimeout(timer));
  return left;
}

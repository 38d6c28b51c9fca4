// A room that has ended stays in the list for ten seconds, so that one sees what became of it, and is forgotten then.
import { computed, onScopeDispose, watch } from "vue";
import { useEngineStore } from "../stores/engine.ts";
import { useNavigationStore } from "../stores/navigation.ts";
import { usePageVisible } from "./usePageVisible.ts";

const SHOWN_MS = 10_000;

export function useEndedRooms(): void {
  const engine = useEngineStore();
  const navigation = useNavigationStore();
  const isVisible = usePageVisible();
  const timers = new Map<string, ReturnType<typeof setTimeout>>();

  const ended = computed(() => {
    const { place } = navigation;
    const openId = place.kind === "room" ? place.roomId : undefined;
    return engine.rooms.filter(({ id, phase }) => phase === "ended" && id !== openId).map(({ id }) => id);
  });

  watch(
    [ended, isVisible],
    () => {
      for (const [id, timer] of timers) {
        if (isVisible.value && ended.value.includes(id)) continue;
        clearTimeout(timer);
        timers.delete(id);
      }
      if (!isVisible.value) return;
      for (const id of ended.value) {
        if (!timers.has(id))
          timers.set(
            id,
            setTimeout(() => dismiss(id), SHOWN_MS),
          );
      }
    },
    { immediate: true },
  );

  function dismiss(roomId: string): void {
    // Another view may have dismissed it first.
    engine
      .commands()
      .dismiss({ roomId })
      .catch(() => undefined);
  }

  onScopeDispose(() => {
    for (const timer of timers.values()) clearTimeout(timer);
  });
}

// One tab stop for a list of things; arrow keys move inside it.
import { onMounted, shallowRef } from "vue";
import type { ShallowRef } from "vue";

/**
 * Elements that take part carry `data-roving="<id>"` inside the list. The result is the id of the one
 * that Tab reaches; nothing stands for the last.
 */
export function useRovingFocus(
  list: Readonly<ShallowRef<HTMLElement | null>>,
  onEscape: () => void,
): Readonly<ShallowRef<string | undefined>> {
  const activeId = shallowRef<string>();

  function handleKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key === "Escape") onEscape();
    const stops = [...(list.value?.querySelectorAll<HTMLElement>("[data-roving]") ?? [])];
    const current = stops.findIndex((el) => el.contains(document.activeElement));
    const next = nextIndex(event.key, current, stops.length);
    if (next === undefined) return;
    event.preventDefault();
    stops[next]?.focus();
    stops[next]?.scrollIntoView({ block: "nearest" });
  }

  function handleFocus(event: FocusEvent): void {
    const stop = (event.target as HTMLElement).closest<HTMLElement>("[data-roving]");
    if (stop !== null) activeId.value = stop.dataset["roving"];
  }

  onMounted(() => {
    list.value?.addEventListener("keydown", handleKey);
    list.value?.addEventListener("focusin", handleFocus);
  });
  return activeId;
}

function nextIndex(key: string, current: number, count: number): number | undefined {
  switch (key) {
    case "ArrowUp":
      return Math.max(0, current - 1);
    case "ArrowDown":
      return Math.min(count - 1, current + 1);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

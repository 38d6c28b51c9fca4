// The width of an element, for what a container query cannot decide: which parts exist at all.
import { onMounted, onScopeDispose, shallowRef } from "vue";
import type { ShallowRef } from "vue";

export function useElementWidth(element: Readonly<ShallowRef<HTMLElement | null>>): Readonly<ShallowRef<number>> {
  const width = shallowRef(document.documentElement.clientWidth);
  const observer = new ResizeObserver(([entry]) => {
    if (entry !== undefined) width.value = entry.contentRect.width;
  });
  onMounted(() => {
    if (element.value !== null) observer.observe(element.value);
  });
  onScopeDispose(() => observer.disconnect());
  return width;
}

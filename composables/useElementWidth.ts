// The width of an element, for what a container query cannot decide: which parts exist at all.
import { onMounted, onScopeDispose, shallowRef, useTemplateRef } from "vue";
import type { ShallowRef } from "vue";

export function useElementWidth(refName: string): Readonly<ShallowRef<number>> {
  const element = useTemplateRef<HTMLElement>(refName);
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

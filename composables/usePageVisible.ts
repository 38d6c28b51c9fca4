// Whether somebody can see this page.
import { onScopeDispose, shallowRef } from "vue";
import type { ShallowRef } from "vue";

export function usePageVisible(): Readonly<ShallowRef<boolean>> {
  const isVisible = shallowRef(document.visibilityState === "visible");
  const update = (): void => {
    isVisible.value = document.visibilityState === "visible";
  };
  document.addEventListener("visibilitychange", update);
  onScopeDispose(() => document.removeEventListener("visibilitychange", update));
  return isVisible;
}

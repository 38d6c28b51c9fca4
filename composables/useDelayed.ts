// True once a condition has held for a while: nothing flashes for what is over at once.
import { onScopeDispose, shallowRef, watch } from "vue";
import type { ShallowRef } from "vue";

export function useDelayed(isOn: () => boolean, delayMs: number): Readonly<ShallowRef<boolean>> {
  const isDue = shallowRef(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    isOn,
    (now) => {
      clearTimeout(timer);
      isDue.value = false;
      if (now) timer = setTimeout(() => (isDue.value = true), delayMs);
    },
    { immediate: true },
  );
  onScopeDispose(() => clearTimeout(timer));
  return isDue;
}

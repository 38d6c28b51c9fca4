// Whether this computer has a network at all.
import { onScopeDispose, shallowRef } from "vue";
import type { ShallowRef } from "vue";

export function useOnline(): Readonly<ShallowRef<boolean>> {
  const isOnline = shallowRef(navigator.onLine);
  const stop = new AbortController();
  const update = (): void => {
    isOnline.value = navigator.onLine;
  };
  addEventListener("online", update, { signal: stop.signal });
  addEventListener("offline", update, { signal: stop.signal });
  onScopeDispose(() => stop.abort());
  return isOnline;
}

// Keeps a list at its end unless the reader has scrolled up, and opens earlier rows when they reach the top.
import { nextTick, onMounted, onScopeDispose, shallowRef, watch } from "vue";
import type { ShallowRef } from "vue";

type ElementRef = Readonly<ShallowRef<HTMLElement | null>>;

const NEAR_END_PX = 48;
const NEAR_START_PX = 300;

export interface StickyScroll {
  readonly isAtEnd: Readonly<ShallowRef<boolean>>;
  readonly jumpToEnd: () => void;
}

export interface StickyScrollOptions {
  /** Changes when rows are added at the end. */
  readonly tail: () => unknown;
  /** Adds rows at the start; false when there are none. */
  readonly showEarlier: () => boolean;
}

export function useStickyScroll(list: ElementRef, { tail, showEarlier }: StickyScrollOptions): StickyScroll {
  const isAtEnd = shallowRef(true);
  let isGrowing = false;
  let height = 0;

  function jumpToEnd(): void {
    const el = list.value;
    if (el === null) return;
    el.scrollTop = el.scrollHeight;
    height = el.clientHeight;
    isAtEnd.value = true;
  }

  function handleScroll(): void {
    const el = list.value;
    if (el === null) return;
    // The list has become shorter in the same moment: that is not the reader scrolling up.
    if (el.clientHeight !== height && isAtEnd.value) {
      jumpToEnd();
      return;
    }
    isAtEnd.value = el.scrollHeight - el.scrollTop - el.clientHeight <= NEAR_END_PX;
    if (el.scrollTop < NEAR_START_PX && !isGrowing) void grow(el);
  }

  async function grow(el: HTMLElement): Promise<void> {
    const { scrollHeight, scrollTop } = el;
    if (!showEarlier()) return;
    isGrowing = true;
    await nextTick();
    // Where the browser anchored the scroll position itself, it has moved already.
    if (el.scrollTop === scrollTop) el.scrollTop = scrollTop + el.scrollHeight - scrollHeight;
    isGrowing = false;
  }

  // The list shrinks when the composer grows or the panel is resized: the end must stay in sight.
  const observer = new ResizeObserver(() => {
    if (isAtEnd.value) jumpToEnd();
    else height = list.value?.clientHeight ?? 0;
  });

  onMounted(() => {
    const el = list.value;
    if (el === null) return;
    el.addEventListener("scroll", handleScroll, { passive: true });
    observer.observe(el);
    jumpToEnd();
  });
  onScopeDispose(() => observer.disconnect());
  watch(
    tail,
    () => {
      if (isAtEnd.value) jumpToEnd();
    },
    { flush: "post" },
  );
  return { isAtEnd, jumpToEnd };
}

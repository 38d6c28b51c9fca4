// Ctrl+F6 and Ctrl+Shift+F6 walk through the regions of the page; plain F6 belongs to the browser.
import { onScopeDispose } from "vue";

const focusable = "button:not(:disabled), input:not(:disabled), textarea, select, a[href], [tabindex='0']";

export function useRegionKeys(): void {
  document.addEventListener("keydown", handleKey);
  onScopeDispose(() => document.removeEventListener("keydown", handleKey));
}

function handleKey(event: KeyboardEvent): void {
  if (event.key !== "F6" || !event.ctrlKey || document.querySelector("dialog[open]") !== null) return;
  event.preventDefault();
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")];
  const current = regions.findIndex((region) => region.contains(document.activeElement));
  const step = event.shiftKey ? -1 : 1;
  const from = current === -1 && event.shiftKey ? 0 : current;
  const next = regions[(from + step + regions.length) % regions.length];
  next?.querySelector<HTMLElement>(focusable)?.focus();
}

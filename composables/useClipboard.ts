// Copies text and says so for two seconds. Needs no permission because it is only called in a click.
import { onScopeDispose, shallowRef } from "vue";
import type { ShallowRef } from "vue";

const SHOWN_MS = 2_000;

export interface Clipboard {
  readonly isCopied: Readonly<ShallowRef<boolean>>;
  readonly copy: (text: string) => Promise<boolean>;
  readonly markCopied: () => void;
}

export function useClipboard(): Clipboard {
  const isCopied = shallowRef(false);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function markCopied(): void {
    isCopied.value = true;
    clearTimeout(timer);
    timer = setTimeout(() => (isCopied.value = false), SHOWN_MS);
  }

  async function copy(text: string): Promise<boolean> {
    const isDone = await copyText(text);
    if (isDone) markCopied();
    return isDone;
  }

  onScopeDispose(() => clearTimeout(timer));
  return { isCopied, copy, markCopied };
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** To be called inside the click, with text that comes later: the browser keeps the click's right to copy until then. */
export async function copyWhenReady(text: Promise<string>): Promise<boolean> {
  try {
    const blob = text.then((ready) => new Blob([ready], { type: "text/plain" }));
    // Refused or not, it is waited for below; here nobody may be listening yet.
    blob.catch(() => undefined);
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    return true;
  } catch {
    // No ClipboardItem, no focus or no text: the second try fails by itself when there is nothing to copy.
    return await text.then(copyText, () => false);
  }
}

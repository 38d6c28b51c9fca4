// What a spec sees of a browser, the same for both. Elements are named by their `data-testid`.
import type { Display } from "./display.ts";

export interface ShotOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
}

export interface WaitOptions {
  /** Default 10 s. */
  readonly timeoutMs?: number;
}

/** A page: an extension page in a tab, the panel, or a web page. */
export interface Surface {
  /** Waits until the element can be clicked, then clicks with a real pointer. */
  click(testId: string): Promise<void>;
  /** Replaces what is in a field. */
  fill(testId: string, text: string): Promise<void>;
  /** Presses one key where the focus is, e.g. `Enter` or `a`. */
  press(key: string): Promise<void>;
  /** Visible text of the first such element, or the value if it is a field. Empty when there is none. */
  text(testId: string): Promise<string>;
  /** How many such elements there are. */
  count(testId: string): Promise<number>;
  /** Waits until such an element is visible. */
  waitFor(testId: string, options?: WaitOptions): Promise<void>;
  /** Runs a function in the page. It must use nothing from outside but its arguments, which cross as JSON. */
  eval<A extends unknown[], T>(run: (...values: A) => T | Promise<T>, ...values: A): Promise<T>;
  url(): Promise<string>;
  /** Brings a tab to the front. */
  focus(): Promise<void>;
  screenshot(file: string, options?: ShotOptions): Promise<void>;
  close(): Promise<void>;
}

/** One running browser with its own profile and the extension loaded. */
export interface Browser {
  readonly name: "chrome" | "firefox";
  /** Root of the extension's pages, with the slash at its end. */
  readonly baseUrl: string;
  /** The same of another extension, by its folder. */
  baseUrlOf(folder: string): Promise<string>;
  /** Opens an extension page in a new tab, e.g. `room.html`. */
  open(path: string): Promise<Surface>;
  /** Opens any address in a new tab and does not wait for it to load. */
  openWeb(url: string): Promise<Surface>;
  /** The side panel or sidebar; opens it if it is closed. */
  panel(): Promise<Surface>;
  /** The first tab whose address fits; waits for it. */
  tab(fits: (url: string) => boolean, options?: WaitOptions): Promise<Surface>;
  /** Addresses of all tabs. */
  tabUrls(): Promise<string[]>;
  /** What another program does: hands an address to the running browser. */
  openFromOutside(url: string): Promise<void>;
  /** Runs a function in the extension's background, which it wakes if need be. */
  evalBackground<A extends unknown[], T>(run: (...values: A) => T | Promise<T>, ...values: A): Promise<T>;
  /** Ends the engine without a word: the offscreen document, or the event page. */
  killEngine(): Promise<void>;
  /** Stops what the browser may stop at any time: Chrome's service worker, Firefox's event page. */
  stopBackground(): Promise<void>;
  /** What pages wrote to the console so far. */
  output(): string;
  /** What the browser said of pages that broke their content security policy. */
  policyComplaints(): Promise<string[]>;
  close(): Promise<void>;
}

export interface LaunchOptions {
  /** Folder of the build to load; by default the one made for tests. */
  readonly extension?: string;
  /** Folders of other extensions to load. */
  readonly others?: readonly string[];
  /** With a window on this desktop instead of headless. */
  readonly display?: Display;
  /** More switches for the browser. */
  readonly args?: readonly string[];
}

export function isPolicyComplaint(line: string): boolean {
  return /content.security.policy|refused to|trusted ?html|trusted ?script/i.test(line);
}

/** Asks again until the answer is defined. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  { timeoutMs = 10_000 }: WaitOptions = {},
): Promise<T> {
  const endMs = Date.now() + timeoutMs;
  let lastFault: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (fault) {
      lastFault = fault;
    }
    if (Date.now() > endMs) throw new Error(`${what}: not within ${timeoutMs} ms`, { cause: lastFault });
    // Asked again at intervals: a page of another process sends no event for this.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

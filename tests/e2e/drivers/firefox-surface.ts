// A page in Firefox, used as a person would: real pointer, real keys.
import { writeFile } from "node:fs/promises";
import type { Bidi } from "./bidi.ts";
import type { FirefoxWindow } from "./firefox-window.ts";
import { until } from "./surface.ts";
import type { ShotOptions, Surface, WaitOptions } from "./surface.ts";

const keys: Readonly<Record<string, string>> = {
  Enter: "\uE007",
  Escape: "\uE00C",
  Tab: "\uE004",
  Backspace: "\uE003",
  ArrowUp: "\uE013",
  ArrowDown: "\uE015",
};

export class FirefoxSurface implements Surface {
  readonly #bidi: Bidi;
  readonly #context: string;
  readonly #window: FirefoxWindow;

  constructor(bidi: Bidi, context: string, window: FirefoxWindow) {
    this.#bidi = bidi;
    this.#context = context;
    this.#window = window;
  }

  async click(testId: string): Promise<void> {
    await this.#press(testId, 0);
  }

  /** Opens the context menu. */
  async clickRight(testId: string): Promise<void> {
    await this.#press(testId, 2);
  }

  async #press(testId: string, button: number): Promise<void> {
    const { x, y } = await until(`a free way to ${testId}`, async () => await this.#clickPoint(testId));
    await this.#bidi.send("input.performActions", {
      context: this.#context,
      actions: [
        {
          type: "pointer",
          id: "mouse",
          actions: [
            { type: "pointerMove", x, y },
            { type: "pointerDown", button },
            { type: "pointerUp", button },
          ],
        },
      ],
    });
  }

  async fill(testId: string, text: string): Promise<void> {
    await this.click(testId);
    await this.eval(
      (id, value) => {
        const field = document.querySelector<HTMLInputElement>(`[data-testid="${id}"]`);
        field?.select();
        // What the page hears is what it would hear of a paste.
        if (value === "") document.execCommand("delete");
        else document.execCommand("insertText", false, value);
      },
      testId,
      text,
    );
  }

  async press(key: string): Promise<void> {
    const value = keys[key] ?? key;
    await this.#bidi.send("input.performActions", {
      context: this.#context,
      actions: [
        {
          type: "key",
          id: "keyboard",
          actions: [
            { type: "keyDown", value },
            { type: "keyUp", value },
          ],
        },
      ],
    });
  }

  async text(testId: string): Promise<string> {
    return await this.eval((id) => {
      const element = document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
      const isField = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
      return isField ? element.value : (element?.innerText ?? "");
    }, testId);
  }

  async count(testId: string): Promise<number> {
    return await this.eval((id) => document.querySelectorAll(`[data-testid="${id}"]`).length, testId);
  }

  async waitFor(testId: string, options?: WaitOptions): Promise<void> {
    await until(
      testId,
      async () => {
        const isVisible = await this.eval(
          (id) => document.querySelector(`[data-testid="${id}"]`)?.checkVisibility() === true,
          testId,
        );
        return isVisible ? true : undefined;
      },
      options,
    );
  }

  async eval<A extends unknown[], T>(run: (...values: A) => T | Promise<T>, ...values: A): Promise<T> {
    return await this.#bidi.call(this.#context, run, values);
  }

  async url(): Promise<string> {
    return await this.eval(() => location.href);
  }

  async focus(): Promise<void> {
    await this.#bidi.send("browsingContext.activate", { context: this.#context });
  }

  async screenshot(file: string, { width, height = 800, scheme }: ShotOptions = {}): Promise<void> {
    await this.#window.setScheme(scheme);
    if (width !== undefined) await this.#resize(width, height);
    const { data } = (await this.#bidi.send("browsingContext.captureScreenshot", { context: this.#context })) as {
      data: string;
    };
    await writeFile(file, Buffer.from(data, "base64"));
    await this.#window.setScheme(undefined);
  }

  async close(): Promise<void> {
    await this.#bidi.send("browsingContext.close", { context: this.#context });
  }

  async #resize(width: number, height: number): Promise<void> {
    if ((await this.url()).endsWith("/sidepanel.html")) await this.#window.resizeSidebar(width);
    else await this.#bidi.send("browsingContext.setViewport", { context: this.#context, viewport: { width, height } });
  }

  /** The middle of the element, once it is there, usable and not covered. */
  async #clickPoint(testId: string): Promise<{ x: number; y: number } | undefined> {
    return await this.eval((id) => {
      const element = document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
      if (element === null || element.matches(":disabled, [aria-disabled=true]")) return undefined;
      element.scrollIntoView({ block: "nearest" });
      const box = element.getBoundingClientRect();
      if (box.width === 0 || box.height === 0) return undefined;
      const point = { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
      const top = document.elementFromPoint(point.x, point.y);
      const label = element.closest("label");
      const isFree = top !== null && (element.contains(top) || label?.contains(top) === true);
      return isFree ? point : undefined;
    }, testId);
  }
}

// The privileged side of Firefox: its window, where the sidebar is, and the extension's state. Functions in here run in the
// browser itself.
import type { Bidi } from "./bidi.ts";
import { until } from "./surface.ts";

interface FirefoxElement {
  permanentKey?: object;
  style: { width: string; minWidth: string; maxWidth: string };
  contentDocument: { getElementById(id: string): FirefoxElement | null };
  /** Of a menu. */
  readonly state?: string;
  activateItem(entry: FirefoxElement): void;
  getAttribute(name: string): string | null;
  querySelector(selector: string): FirefoxElement | null;
  querySelectorAll(selector: string): Iterable<FirefoxElement>;
  click(): void;
}

interface NavigableManager {
  ours?: Map<string, FirefoxElement>;
  getBrowserById(id: string): FirefoxElement | undefined;
  getIdForBrowser(browser: FirefoxElement): string;
}

interface RunningExtension {
  readonly backgroundState: string;
  readonly backgroundContext?: { readonly xulBrowser: FirefoxElement };
  terminateBackground(): Promise<void>;
  wakeupBackground?(): Promise<void>;
}

declare const ChromeUtils: { importESModule(url: string): { NavigableManager: NavigableManager } };
declare const WebExtensionPolicy: {
  getByID(id: string): { readonly mozExtensionHostname: string; readonly extension: RunningExtension } | null;
};
declare const SidebarController: {
  readonly sidebars: Iterable<[string, { readonly extensionId?: string }]>;
  readonly isOpen: boolean;
  show(key: string): Promise<void>;
  hide(): void;
};
declare const Services: {
  readonly prefs: { setIntPref(name: string, value: number): void };
  readonly console: { getMessageArray(): { readonly message: string }[] };
};
declare const document: { getElementById(id: string): FirefoxElement | null };

export class FirefoxWindow {
  readonly #bidi: Bidi;
  readonly #context: string;
  readonly #extensionId: string;

  static async open(bidi: Bidi, extensionId: string): Promise<FirefoxWindow> {
    const { context } = await until("the browser's window", async () =>
      (await bidi.contexts("chrome")).find(({ url }) => url.endsWith("/browser.xhtml")),
    );
    const window = new FirefoxWindow(bidi, context, extensionId);
    await window.#listOurs();
    return window;
  }

  private constructor(bidi: Bidi, context: string, extensionId: string) {
    this.#bidi = bidi;
    this.#context = context;
    this.#extensionId = extensionId;
  }

  /** Runs a function in the browser's window, with all its power. */
  async eval<A extends unknown[], T>(run: (...values: A) => T | Promise<T>, ...values: A): Promise<T> {
    return await this.#bidi.call(this.#context, run, values);
  }

  async openSidebar(): Promise<void> {
    await this.eval(async (id) => {
      const key = [...SidebarController.sidebars].find(([, bar]) => bar.extensionId === id)?.[0];
      if (key === undefined) throw new Error("the extension has no sidebar");
      await SidebarController.show(key);
    }, this.#extensionId);
  }

  async closeSidebar(): Promise<void> {
    await this.eval(() => SidebarController.hide());
  }

  async isSidebarOpen(): Promise<boolean> {
    return await this.eval(() => SidebarController.isOpen);
  }

  async resizeSidebar(width: number): Promise<void> {
    await this.eval((size) => {
      const box = document.getElementById("sidebar-box");
      if (box !== null) Object.assign(box.style, { width: size, minWidth: size, maxWidth: size });
    }, `${width}px`);
  }

  async setScheme(scheme: "light" | "dark" | undefined): Promise<void> {
    const value = scheme === "dark" ? 0 : scheme === "light" ? 1 : 2;
    await this.eval((one) => Services.prefs.setIntPref("layout.css.prefers-color-scheme.content-override", one), value);
  }

  async baseUrlOf(extensionId: string): Promise<string> {
    return await this.eval(
      (id) => `moz-extension://${WebExtensionPolicy.getByID(id)?.mozExtensionHostname ?? ""}/`,
      extensionId,
    );
  }

  /** What the browser itself wrote to its console about extension pages. */
  async consoleLines(): Promise<string[]> {
    const lines = await this.eval(() => Services.console.getMessageArray().map(({ message }) => message));
    return lines.filter((line) => line.includes("moz-extension://"));
  }

  async backgroundState(): Promise<string | undefined> {
    return await this.eval((id) => WebExtensionPolicy.getByID(id)?.extension.backgroundState, this.#extensionId);
  }

  async wakeBackground(): Promise<void> {
    await this.eval(async (id) => {
      const extension = WebExtensionPolicy.getByID(id)?.extension;
      if (extension?.backgroundState !== "running") await extension?.wakeupBackground?.();
    }, this.#extensionId);
  }

  async terminateBackground(): Promise<void> {
    await this.eval(
      async (id) => await WebExtensionPolicy.getByID(id)?.extension.terminateBackground(),
      this.#extensionId,
    );
  }

  /** Clicks the toolbar button of the extension. */
  async clickButton(): Promise<void> {
    await this.eval((id) => {
      const widget = id.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "_");
      const button = document.getElementById(`${widget}-BAP`) ?? document.getElementById(`${widget}-browser-action`);
      if (button === null) throw new Error("the extension has no button");
      (button.querySelector(".unified-extensions-item-action-button") ?? button).click();
    }, this.#extensionId);
  }

  /** Chooses an entry of the open context menu by what it says. */
  async chooseInMenu(label: string): Promise<void> {
    await until(`menu entry ${label}`, async () => {
      const isChosen = await this.eval((wanted) => {
        const menu = document.getElementById("contentAreaContextMenu");
        const entry = [...(menu?.querySelectorAll("menuitem") ?? [])].find(
          (one) => one.getAttribute("label") === wanted,
        );
        if (menu?.state !== "open" || entry === undefined) return false;
        menu.activateItem(entry);
        return true;
      }, label);
      return isChosen ? true : undefined;
    });
  }

  /** Context of the sidebar's page, if it is open. */
  async sidebarContext(): Promise<string | undefined> {
    return await this.eval(() => {
      const { NavigableManager: manager } = ChromeUtils.importESModule(
        "chrome://remote/content/shared/NavigableManager.sys.mjs",
      );
      const sidebar = document.getElementById("sidebar")?.contentDocument;
      const browser = sidebar?.getElementById("webext-panels-browser");
      if (browser === null || browser === undefined) return undefined;
      browser.permanentKey ??= {};
      const id = manager.getIdForBrowser(browser);
      manager.ours?.set(id, browser);
      return id;
    });
  }

  /** Context of the event page, if it runs. Running something in it does not prolong its life. */
  async backgroundContext(): Promise<string | undefined> {
    return await this.eval((extensionId) => {
      const { NavigableManager: manager } = ChromeUtils.importESModule(
        "chrome://remote/content/shared/NavigableManager.sys.mjs",
      );
      const browser = WebExtensionPolicy.getByID(extensionId)?.extension.backgroundContext?.xulBrowser;
      if (browser === undefined) return undefined;
      browser.permanentKey ??= {};
      const id = manager.getIdForBrowser(browser);
      manager.ours?.set(id, browser);
      return id;
    }, this.#extensionId);
  }

  /** BiDi only knows tabs; from now on it also finds what we name. */
  async #listOurs(): Promise<void> {
    await this.eval(() => {
      const { NavigableManager: manager } = ChromeUtils.importESModule(
        "chrome://remote/content/shared/NavigableManager.sys.mjs",
      );
      if (manager.ours !== undefined) return;
      manager.ours = new Map();
      const original = manager.getBrowserById.bind(manager);
      manager.getBrowserById = (id) => manager.ours?.get(id) ?? original(id);
    });
  }
}

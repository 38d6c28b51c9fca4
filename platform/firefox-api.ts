// The few parts of Firefox's extension API that the types, made for Chrome, do not know.
import { browser } from "wxt/browser";

interface FirefoxApi {
  readonly sidebarAction: {
    /** Only inside a click, before any wait; works on the window of the click. */
    open(): Promise<void>;
    toggle(): Promise<void>;
  };
  readonly webRequest: {
    readonly onBeforeRequest: {
      addListener(
        listener: (details: { readonly url: string; readonly tabId: number }) => { cancel?: boolean },
        filter: { urls: string[]; types: string[] },
        extra: ["blocking"],
      ): void;
    };
  };
  readonly tabs: {
    update(tabId: number, properties: { url: string; loadReplace: boolean }): Promise<unknown>;
  };
}

/** Only touch it in the Firefox build. */
export const firefox = browser as unknown as FirefoxApi;

// The background: a service worker on Chrome, an event page on Firefox. Listeners are registered in its first turn, since
// that turn is all that happens before the event that woke it.
import { defineBackground } from "wxt/utils/define-background";
import { startChrome } from "./chrome.ts";
import { startFirefox } from "./firefox.ts";

export default defineBackground({
  // Chrome's worker starts for every event, so it is one small file; Firefox's page shares chunks with the engine's worker.
  type: { firefox: "module" },
  main() {
    if (import.meta.env.FIREFOX) startFirefox();
    else startChrome();
  },
});

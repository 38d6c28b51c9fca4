// Chrome only: runs on an invite page of a relay before anything of that page does. It matters when the link itself started
// the browser, because the rule that blocks such pages is not active yet. A plain script rather than a WXT content script,
// whose start is announced to the page.
import { browser } from "wxt/browser";
import { defineUnlistedScript } from "wxt/utils/define-unlisted-script";

export default defineUnlistedScript({
  include: ["chrome"],
  main() {
    const { pathname, hash, href } = location;
    if ((pathname !== "/sr" && pathname !== "/sr/") || hash.length < 2) return;
    history.replaceState(null, "", pathname);
    window.stop();
    void browser.runtime.sendMessage({ kind: "link", url: href });
  },
});

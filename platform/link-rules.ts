// What Chrome's rules look like for the relays this extension may see. Pure, so that tests can read them.
import type { Browser } from "wxt/browser";

/** The addresses of one host permission in which an invite link can be. Match patterns know no ports, links may have one. */
export function linkFilter(pattern: string): string | undefined {
  const parts = /^(?<scheme>\*|https?):\/\/(?<host>[^/]+)\//.exec(pattern)?.groups;
  const { scheme, host } = parts ?? {};
  if (scheme === undefined || host === undefined) return undefined;
  const schemes = scheme === "*" ? "https?" : scheme;
  return `^${schemes}://${hostFilter(host)}(:[0-9]+)?/sr/?([?][^#]*)?#`;
}

/**
 * Rules that stop the navigation to an invite link. A rule that redirects would write the link into the history and would
 * need our pages to be reachable by every web site; a rule that blocks needs neither.
 */
export function blockRules(patterns: readonly string[]): Browser.declarativeNetRequest.Rule[] {
  const filters = patterns.map(linkFilter).filter((filter) => filter !== undefined);
  return [...new Set(filters)].map((regexFilter, index) => ({
    id: index + 1,
    condition: { regexFilter, resourceTypes: ["main_frame"] },
    action: { type: "block" },
  }));
}

function hostFilter(host: string): string {
  if (host === "*") return "[^/:]+";
  return host.startsWith("*.") ? `([^/:]+[.])?${literal(host.slice(2))}` : literal(host);
}

function literal(text: string): string {
  return text.replaceAll(/[.[\]]/g, String.raw`\$&`);
}

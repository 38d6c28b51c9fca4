// Recognises addresses that are invite links, as far as routing needs it. Whether a link is whole is the engine's business:
// a damaged one is routed too, so that people read why it does not work instead of a web page that gets its rest.

/** Longer than any link we make; the rest of a longer one is cut off, and the engine then calls it malformed. */
const MAX_KEPT_CHARS = 2_000;

const paths: readonly string[] = ["/sr", "/sr/"];

/**
 * The link in its plain form when `address` has the form of an invite link. A query is dropped: ours have none, but
 * messengers append theirs.
 */
export function inviteLinkOf(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
  if (!paths.includes(url.pathname) || url.hash.length < 2 || url.username !== "" || url.password !== "")
    return undefined;
  return `${url.origin}/sr${url.hash}`.slice(0, MAX_KEPT_CHARS);
}

/** Match pattern for all addresses of an origin's host; patterns know no ports. */
export function hostPattern(origin: string): string | undefined {
  if (!URL.canParse(origin)) return undefined;
  const { protocol, hostname } = new URL(origin);
  return protocol === "https:" || protocol === "http:" ? `${protocol}//${hostname}/*` : undefined;
}

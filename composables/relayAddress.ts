// Reads what people type as the address of a relay. Pure.

const loopback = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u;

/** The origin, with https supplied where nothing was said (http on the own computer), or nothing when it is none. */
export function parseRelayOrigin(text: string): string | undefined {
  const typed = text.trim();
  if (typed === "" || /\s/u.test(typed)) return undefined;
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//iu.test(typed);
  const url = URL.parse(hasScheme ? typed : `${schemeFor(typed)}://${typed}`);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return undefined;
  if (url.username !== "" || url.password !== "" || url.hostname === "") return undefined;
  const isPlausible = url.hostname.includes(".") || url.hostname.startsWith("[") || loopback.test(url.hostname);
  return isPlausible ? url.origin : undefined;
}

function schemeFor(typed: string): "http" | "https" {
  return loopback.test(typed.replace(/[/?#].*$/u, "").replace(/:\d+$/u, "")) ? "http" : "https";
}

/** Readable on the way: plain http to another computer. */
export function isInsecure(origin: string): boolean {
  const url = URL.parse(origin);
  return url?.protocol === "http:" && !loopback.test(url.hostname);
}

export function hostOf(origin: string): string {
  return URL.parse(origin)?.host ?? origin;
}

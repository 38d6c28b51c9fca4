// Headers of every HTTP answer: nothing may be stored, framed, sniffed or run, and no page tells where it was opened from.
import type { MiddlewareHandler } from "hono";

/** Also set on what Socket.IO answers over plain HTTP. */
export const always: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "X-Robots-Tag": "noindex, nofollow",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
};

/** @param isHttps whether the relay's public address is https, at the time of an answer */
export function securityHeaders(isHttps: () => boolean): MiddlewareHandler {
  return async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(always)) context.res.headers.set(name, value);
    if (isHttps()) context.res.headers.set("Strict-Transport-Security", "max-age=31536000");
  };
}

// The HTTP side of the metrics, on a listener of its own: one path, for whoever has the token.
import { createHash, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import type { Registry } from "prom-client";
import { securityHeaders } from "../http/security-headers.ts";

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

/** Takes the same time whatever is sent, and says nothing about the length of the token. */
function isBearer(header: string | undefined, token: string): boolean {
  return timingSafeEqual(digest(header ?? ""), digest(`Bearer ${token}`));
}

/** @param token what `Authorization: Bearer` has to bring; `undefined` where only this machine can ask */
export function createMetricsRoutes(registry: Registry, token: string | undefined): Hono {
  const app = new Hono();
  app.use(securityHeaders(() => false));
  app.use(async (context, next) => {
    if (token !== undefined && !isBearer(context.req.header("Authorization"), token))
      return context.text("Unauthorized", 401, { "WWW-Authenticate": "Bearer" });
    if (context.req.method === "GET" || context.req.method === "HEAD") return next();
    return context.text("Method not allowed", 405, { Allow: "GET, HEAD" });
  });
  app.get("/metrics", async (context) =>
    context.body(await registry.metrics(), 200, { "Content-Type": registry.contentType }),
  );
  app.notFound((context) => context.text("Not found", 404));
  app.onError((_error, context) => context.text("Something went wrong", 500));
  return app;
}

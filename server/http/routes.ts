// The relay's HTTP side: health, readiness, what it is, and two pages. Nothing here knows a room.
import { Hono } from "hono";
import type { Context } from "hono";
import { routes } from "../../wire/http.ts";
import type { RelayAbout } from "../../wire/http.ts";
import type { Readiness } from "../readiness.ts";
import { icon, stylesheet } from "./assets.ts";
import type { PageFacts } from "./facts.ts";
import { landingPage, statusPage } from "./pages.ts";
import { securityHeaders } from "./security-headers.ts";
import { translated } from "./translated.ts";

export interface RouteParts {
  /** What is answered as JSON, and shown on the pages. */
  readonly about: Omit<RelayAbout, "origin"> & PageFacts;
  readonly readiness: () => Readiness;
  /** Under which people reach the relay, at the time of an answer. */
  readonly origin: () => string;
}

/** JSON that any page may read: it says the same to everybody and no cookie is involved. */
function publicJson(context: Context, body: object, status: 200 | 503 = 200): Response {
  context.header("Access-Control-Allow-Origin", "*");
  return context.json(body, status);
}

export function createRoutes({ about, readiness, origin }: RouteParts): Hono {
  const app = new Hono();
  app.use(securityHeaders(() => origin().startsWith("https:")));
  app.use(async (context, next) => {
    // Nobody should keep a connection to a relay that goes away.
    if (readiness() === "draining") context.header("Connection", "close");
    if (context.req.method === "GET" || context.req.method === "HEAD") return next();
    return context.text("Method not allowed", 405, { Allow: "GET, HEAD" });
  });
  app.get(routes.health, (context) => publicJson(context, { status: "ok" }));
  app.get(routes.ready, (context) => {
    const status = readiness();
    return publicJson(context, { status }, status === "ready" ? 200 : 503);
  });
  app.get(routes.version, (context) => publicJson(context, { version: about.version, protocol: about.protocol }));
  app.get(routes.about, (context) => publicJson(context, { ...about, origin: origin() }));
  app.get(routes.invite, translated(landingPage, about));
  app.get(routes.status, translated(statusPage, about));
  app.get("/sr.css", (context) => context.body(stylesheet, 200, { "Content-Type": "text/css; charset=utf-8" }));
  app.get("/sr.svg", (context) => context.body(icon, 200, { "Content-Type": "image/svg+xml" }));
  app.get("/robots.txt", (context) => context.text("User-agent: *\nDisallow: /\n"));
  app.notFound((context) => context.text("Not found", 404));
  app.onError((_error, context) => context.text("Something went wrong", 500));
  return app;
}

// Looks at a relay from outside, as a browser and as a stranger would. Makes no room and knows no secret.
import { decodeRelayAbout, routes } from "../wire/http.ts";
import type { RelayAbout } from "../wire/http.ts";
import { PROTOCOL_VERSION } from "../wire/limits.ts";
import { ask } from "./ask.ts";
import type { Answer, Target } from "./ask.ts";
import { checkCertificate } from "./certificate-check.ts";
import type { Check } from "./check.ts";
import { checkDoors } from "./door-checks.ts";
import { fail, holds, pass, reasonOf, warn } from "./verdicts.ts";

const LOOPBACK = ["127.0.0.1", "[::1]", "localhost"];
const MAX_CLOCK_S = 30;
const HOUR_S = 3_600;

/** @param options.ca a certificate authority of the operator's own, PEM */
export async function checkRelay({ url, ca }: { url: string; ca?: string | undefined }): Promise<Check[]> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    return [fail("relay address", "is no http or https address")];
  const target = { url: new URL(url), ca };
  const address = checkAddress(target.url);
  const certificate = target.url.protocol === "https:" ? [await checkCertificate(target)] : [];
  const before = [address, ...certificate];
  if (certificate.some(({ verdict }) => verdict === "fail")) return before;
  try {
    const health = await ask(target, routes.health);
    if (health.status !== 200) return [...before, fail("relay reachable", `/healthz answers ${health.status}`)];
    return [...before, pass("relay reachable", "/healthz answers"), ...(await lookInside(target))];
  } catch (error) {
    return [...before, fail("relay reachable", `nobody answers (${reasonOf(error)})`)];
  }
}

async function lookInside(target: Target): Promise<Check[]> {
  const [page, ready, about] = await Promise.all([
    ask(target, routes.invite),
    ask(target, routes.ready),
    ask(target, routes.about),
  ]);
  return [
    holds("relay ready", ready.status === 200, ["takes new people", `/readyz answers ${ready.status}`]),
    ...checkAbout(about, target.url),
    ...checkHeaders(page, target.url),
    checkClock(page),
    ...(await checkDoors(target)),
  ];
}

function checkAddress(url: URL): Check {
  if (url.protocol === "https:") return pass("relay address", "is https");
  return LOOPBACK.includes(url.hostname)
    ? warn("relay address", "is http on this machine; people need https")
    : fail("relay address", "is http: browsers refuse it, and everybody on the way sees who is in which room");
}

function decodeAbout({ status, body }: Answer): RelayAbout | undefined {
  try {
    return status === 200 ? decodeRelayAbout(JSON.parse(body)) : undefined;
  } catch {
    return undefined;
  }
}

function checkAbout(answer: Answer, url: URL): Check[] {
  const about = decodeAbout(answer);
  if (about === undefined) return [fail("relay description", `${routes.about} is not what a relay says`)];
  const { protocol, maxRoomLifeS, maxMembers, messagesPerSecond, turn, version, origin, operator, abuseContact } =
    about;
  const limits = `rooms of ${maxMembers} people for ${Math.round(maxRoomLifeS / HOUR_S)} h, ${messagesPerSecond ?? "?"} messages/s`;
  const isNamed = operator !== undefined && abuseContact !== undefined;
  return [
    holds("relay protocol", protocol === PROTOCOL_VERSION, [
      `version ${version ?? "unknown"}, protocol ${protocol}`,
      `speaks protocol ${protocol}, this is ${PROTOCOL_VERSION}`,
    ]),
    holds("relay origin", origin === url.origin, [
      "PUBLIC_URL is the address that was asked",
      `the relay takes itself for ${origin ?? "nothing"}: nobody can prove an invite. Set PUBLIC_URL=${url.origin}`,
    ]),
    pass("relay limits", `${limits}, ${turn === true ? "TURN" : "no TURN"}`),
    isNamed
      ? pass("relay operator", "is named, with a contact")
      : warn("relay operator", "is not named: set OPERATOR_NAME and ABUSE_CONTACT"),
  ];
}

function checkHeaders({ headers }: Answer, url: URL): Check[] {
  const text = (name: string): string => String(headers[name] ?? "");
  const wanted: [name: string, value: RegExp][] = [
    ["content-security-policy", /^default-src 'none'(?!.*unsafe)/],
    ["cache-control", /\bno-store\b/],
    ["x-content-type-options", /^nosniff$/],
    ["referrer-policy", /^no-referrer$/],
  ];
  if (url.protocol === "https:") wanted.push(["strict-transport-security", /max-age=\d{7,}/]);
  const missing = wanted.filter(([name, value]) => !value.test(text(name))).map(([name]) => name);
  const banner = [text("server"), text("x-powered-by"), text("via")].filter((value) => value !== "").join(", ");
  return [
    holds("relay headers", missing.length === 0, ["are all there", `missing or changed: ${missing.join(", ")}`]),
    holds("relay cookies", headers["set-cookie"] === undefined, ["none", "something on the way sets a cookie"]),
    judgeBanner(banner),
  ];
}

function judgeBanner(banner: string): Check {
  if (banner === "") return pass("relay banner", "no software is named");
  const says = `the proxy names its software: ${banner.slice(0, 60)}`;
  return /\d/.test(banner.replace(/^1\.[01] /, "")) ? fail("relay banner", says) : warn("relay banner", says);
}

/** Nothing of a room depends on the clock of the wall, but certificates and TURN credentials do. */
function checkClock({ headers }: Answer): Check {
  const offS = Math.round((Date.parse(headers.date ?? "") - Date.now()) / 1_000);
  if (Number.isNaN(offS)) return warn("relay clock", "there is no Date header to compare with");
  return holds("relay clock", Math.abs(offS) <= MAX_CLOCK_S, [
    "agrees with this machine",
    `is ${offS} s off this machine's: calls will not find their TURN server`,
  ]);
}

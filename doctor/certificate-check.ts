// Whether browsers will trust the certificate of a relay, and for how long.
import { connect } from "node:tls";
import type { Target } from "./ask.ts";
import type { Check } from "./check.ts";
import { fail, pass, reasonOf, warn } from "./verdicts.ts";

const NAME = "relay certificate";
const TIMEOUT_MS = 8_000;
const DAY_MS = 86_400_000;
const SOON_DAYS = 14;
const URGENT_DAYS = 3;

export function judgeExpiry(validTo: Date, now: Date): Check {
  const days = Math.floor((validTo.getTime() - now.getTime()) / DAY_MS);
  if (!(days >= URGENT_DAYS)) return fail(NAME, `ends in ${days} days`);
  return days < SOON_DAYS ? warn(NAME, `ends in ${days} days`) : pass(NAME, `is trusted, ${days} days left`);
}

export function checkCertificate({ url, ca }: Target): Promise<Check> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const options = { host, port: Number(url.port || 443), ...(ca === undefined ? {} : { ca }) };
  return new Promise((resolve) => {
    const socket = connect({ ...options, ...(/[a-z]/i.test(host) && !host.includes(":") ? { servername: host } : {}) });
    const end = (check: Check): void => {
      socket.destroy();
      resolve(check);
    };
    socket.setTimeout(TIMEOUT_MS, () => end(fail(NAME, "the TLS handshake takes too long")));
    socket.once("error", (error) => end(fail(NAME, `is not trusted, or there is no TLS (${reasonOf(error)})`)));
    socket.once("secureConnect", () => {
      const old = ["TLSv1.2", "TLSv1.3"].includes(socket.getProtocol() ?? "") ? undefined : socket.getProtocol();
      if (old !== undefined) return end(fail(NAME, `the connection is ${old}, which is broken`));
      end(judgeExpiry(new Date(socket.getPeerCertificate().valid_to), new Date()));
    });
  });
}

// Stands in for a relay's landing page and for a foreign site that holds a link. It notes every request it gets.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Site {
  readonly origin: string;
  /** Method and address of each request, oldest first. */
  readonly requests: readonly string[];
  clear(): void;
  close(): Promise<void>;
}

/** A page that would tell its server what is in its address, if it got to run. */
export const TATTLING_PAGE = `<!doctype html><title>landing</title><script>fetch("/seen?" + location.hash.slice(1))</script>`;

export function pageWithLink(link: string): string {
  return `<!doctype html><title>a page</title><body>
    <p><a data-testid="same-tab" href="${link}">join</a></p>
    <p><a data-testid="new-tab" href="${link}" target="_blank">join in a new tab</a></p>
    <p><button data-testid="opened" onclick="globalThis.opened = window.open('${link}')">open</button></p>
    <p><button data-testid="assigned" onclick="location.href = '${link}'">go</button></p>`;
}

export async function serveSite(
  host: string,
  port: number,
  page: string | ((origin: string) => string),
): Promise<Site> {
  let origin = "";
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    response.setHeader("content-type", "text/html");
    response.end(typeof page === "string" ? page : page(origin));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    requests,
    clear: () => void requests.splice(0),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

// Whose request it is: the peer's of the TCP connection, unless that is a proxy of the operator, which names its client in
// X-Forwarded-For. What anybody else writes into headers is never read.
import type { IncomingMessage } from "node:http";
import { BlockList, isIP, SocketAddress } from "node:net";

/** Proxies add one entry each; what is longer was made up. */
const MAX_HEADER_CHARS = 1_000;

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}

/** An address in the one form that equal addresses share, IPv4 in IPv6 as IPv4; `undefined` for what is none. */
function canonical(text: string): string | undefined {
  const family = isIP(text);
  if (family !== 6) return family === 4 ? text : undefined;
  const { address } = new SocketAddress({ address: text, family: "ipv6" });
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
}

export class Proxies {
  readonly #trusted = new BlockList();

  /** @param networks addresses and networks in CIDR form, checked before (server/config.ts) */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = "", bits] = network.split("/");
      const family = familyOf(address);
      if (bits === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(bits), family);
    }
  }

  isTrusted(address: string | undefined): boolean {
    const known = canonical(address ?? "");
    return known !== undefined && this.#trusted.check(known, familyOf(known));
  }

  /** The right-most address that is no trusted proxy; the peer's own when there is none, or when the header is malformed. */
  clientOf(request: IncomingMessage): string | undefined {
    const peer = request.socket.remoteAddress;
    // Node joins several headers in their order.
    const header = request.headers["x-forwarded-for"];
    if (typeof header !== "string" || header.length > MAX_HEADER_CHARS || !this.isTrusted(peer)) return peer;
    for (const entry of header.split(",").toReversed()) {
      const address = canonical(entry.trim());
      if (address === undefined) return peer;
      if (!this.isTrusted(address)) return address;
    }
    return peer;
  }
}

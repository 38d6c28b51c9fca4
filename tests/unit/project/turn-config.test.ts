// The shipped coturn configuration, checked against lists that were made apart from it, with the ways in which old and new
// versions of coturn compare addresses. tests/relay/coturn.test.ts asks the real one.
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

const config = readFileSync("deploy/coturn/turnserver.conf", "utf8");
const listAlone = config.split("# --- no IPv6")[0] ?? "";

/** IANA IPv4 and IPv6 special-purpose address registries, with multicast and what was withdrawn. */
const special = `
  0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24
  192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4
  240.0.0.0/4 255.255.255.255/32
  ::/128 ::1/128 ::/96 ::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23
  2001::/32 2001:1::1/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32
  2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8`
  .trim()
  .split(/\s+/);

/** Neighbours of the special networks, and addresses of public services. */
const ordinary = `
  1.0.0.1 1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.0.0.1 128.0.0.1 169.253.255.255
  169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
  203.0.114.0 223.255.255.255
  2001:200::1 2001:db7:ffff:: 2001:db9:: 2003::1 2606:4700:4700::1111 2a00:1450::1 2620:4f:8001::`
  .trim()
  .split(/\s+/);

const settings = `use-auth-secret stale-nonce=600 fingerprint no-cli no-tcp-relay no-multicast-peers no-tlsv1 no-tlsv1_1
  no-rfc5780 no-software-attribute log-file=/dev/null no-stdout-log userdb=:memory:`.split(/\s+/);

type Bytes = readonly number[];
type LessOrEqual = (a: Bytes, b: Bytes) => boolean;

/** Up to 4.9 each byte was compared by itself; later the whole address is. */
const comparisons: Record<string, LessOrEqual> = {
  "byte by byte": (a, b) => a.every((byte, index) => byte <= (b[index] ?? 0)),
  "as one number": (a, b) => numberOf(a) <= numberOf(b),
};

function numberOf(bytes: Bytes): bigint {
  return bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function filled(length: number, value: number): number[] {
  return Array.from({ length }, () => value);
}

function groups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((part) => Number.parseInt(part, 16));
}

function bytesOf(address: string): Bytes {
  if (isIP(address) === 4) return address.split(".").map(Number);
  const [left = "", right = ""] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const [before, after] = [groups(left), groups(right)];
  const middle = filled(8 - before.length - after.length, 0);
  return [...before, ...middle, ...after].flatMap((group) => [group >> 8, group & 255]);
}

function deniedIn(text: string): [Bytes, Bytes][] {
  return [...text.matchAll(/^denied-peer-ip=(.*)$/gm)].map((match) => {
    const [from = "", to = from] = (match[1] ?? "").split("-");
    expect([isIP(from), isIP(to)]).toEqual(isIP(from) === 4 ? [4, 4] : [6, 6]);
    return [bytesOf(from), bytesOf(to)];
  });
}

/** As coturn decides, with its quirk that a range from "::" takes in all of IPv4; it refuses "::" whatever is listed. */
function denies(ranges: readonly [Bytes, Bytes][], isLessOrEqual: LessOrEqual, address: Bytes): boolean {
  if (address.every((byte) => byte === 0)) return true;
  return ranges.some(([from, to]) => {
    if (from.length !== address.length) return from.length === 16 && from.every((byte) => byte === 0);
    return isLessOrEqual(from, address) && isLessOrEqual(address, to);
  });
}

/** First, last, and whatever address of a network in between. */
function addressesIn(network: string): fc.Arbitrary<Bytes> {
  const [address = "", bits = ""] = network.split("/");
  const base = bytesOf(address);
  const masked = (random: Bytes): Bytes =>
    base.map((byte, index) => {
      const kept = Math.min(8, Math.max(0, Number(bits) - index * 8));
      const free = 0xff >> kept;
      return (byte & ~free) | ((random[index] ?? 0) & free);
    });
  const edges = [filled(base.length, 0), filled(base.length, 255)];
  const length = { minLength: base.length, maxLength: base.length };
  const sparse = fc.array(fc.constantFrom(0, 0, 1, 127, 128, 255), length);
  return fc.oneof(fc.constantFrom(...edges), sparse, fc.array(fc.nat(255), length)).map(masked);
}

describe.each(Object.entries(comparisons))("the denied peers, compared %s", (_name, isLessOrEqual) => {
  const ranges = deniedIn(listAlone);

  test.each(special)("hold all of %s, without the part that denies IPv6", (network) => {
    fc.assert(
      fc.property(addressesIn(network), (address) => {
        expect(denies(ranges, isLessOrEqual, address)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("hold no ordinary address", () => {
    expect(ordinary.filter((address) => denies(ranges, isLessOrEqual, bytesOf(address)))).toEqual([]);
  });

  test("hold all of IPv6 with that part, and no more of IPv4", () => {
    const all = deniedIn(config);
    fc.assert(fc.property(addressesIn("::/0"), (address) => denies(all, isLessOrEqual, address)));
    const of4 = ordinary.filter((address) => isIP(address) === 4);
    expect(of4.filter((address) => denies(all, isLessOrEqual, bytesOf(address)))).toEqual([]);
  });
});

test.each(settings)("%s is set", (setting) => {
  expect(config.split("\n")).toContain(setting);
});

test("quotas are set, no secret is, and nothing is opened that is closed by default", () => {
  for (const limit of ["user-quota", "total-quota", "max-bps"])
    expect(config).toMatch(new RegExp(`^${limit}=[1-9]`, "m"));
  const lines = config.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const opened =
    /^(static-auth-secret|user=|lt-cred-mech|no-auth$|allow-loopback|allowed-peer|cli|web-admin|prometheus|mobility|server-relay|oauth|verbose|syslog)/;
  expect(lines.filter((line) => opened.test(line))).toEqual([]);
});

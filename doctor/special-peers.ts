// Addresses that no TURN server may pass anything on to: one class a line, first and last addresses where that matters.
// From the IANA special-purpose address registries, and other spellings of IPv4 addresses as IPv6.

export interface PeerClass {
  readonly name: string;
  readonly family: 4 | 6;
  readonly peers: readonly string[];
}

function v4(name: string, ...peers: readonly string[]): PeerClass {
  return { name, family: 4, peers };
}

function v6(name: string, ...peers: readonly string[]): PeerClass {
  return { name, family: 6, peers };
}

export const specialPeers: readonly PeerClass[] = [
  v4("this network", "0.0.0.0", "0.0.0.1", "0.255.255.255"),
  v4("private 10/8", "10.0.0.1", "10.255.255.255"),
  v4("shared with carriers", "100.64.0.1", "100.127.255.255"),
  v4("loopback", "127.0.0.1", "127.0.0.53", "127.255.255.255"),
  v4("link-local and cloud metadata", "169.254.0.1", "169.254.169.254", "169.254.255.255"),
  v4("private 172.16/12", "172.16.0.1", "172.31.255.255"),
  v4("protocol assignments", "192.0.0.1", "192.0.0.170", "192.0.0.255"),
  v4("documentation 1", "192.0.2.1"),
  v4("documentation 2", "198.51.100.1"),
  v4("documentation 3", "203.0.113.1"),
  v4("name server sinks", "192.31.196.1", "192.175.48.1"),
  v4("multicast tunnelling", "192.52.193.1"),
  v4("6to4 relays", "192.88.99.1"),
  v4("private 192.168/16", "192.168.0.1", "192.168.255.255"),
  v4("benchmarking", "198.18.0.1", "198.19.255.255"),
  v4("multicast", "224.0.0.1", "239.255.255.250"),
  v4("reserved", "240.0.0.1", "255.255.255.254"),
  v4("broadcast", "255.255.255.255"),
  v6("unspecified", "::"),
  v6("loopback", "::1"),
  v6("IPv4-compatible", "::127.0.0.1", "::10.0.0.0", "::10.0.1.0", "::10.1.0.0", "::169.254.169.254", "::ffff:ffff"),
  v6("IPv4-mapped", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0"),
  v6("IPv4-translated", "::ffff:0:127.0.0.1", "::ffff:0:a9fe:a9fe"),
  v6("NAT64", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::ffff:ffff"),
  v6("local NAT64", "64:ff9b:1::7f00:1", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
  v6("discard", "100::1", "100::ffff:ffff:ffff:ffff"),
  v6("dummy", "100:0:0:1::1"),
  v6("Teredo", "2001::1", "2001:0:7f00:1::1", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
  v6("protocol assignments", "2001:1::1", "2001:2::1", "2001:20::1", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
  v6("documentation", "2001:db8::1", "3fff::1", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
  v6("6to4", "2002:7f00:1::1", "2002:a00:1::1", "2002:a9fe:a9fe::1"),
  v6("name server sinks", "2620:4f:8000::1"),
  v6("segment routing", "5f00::1", "5f00:ffff::1"),
  v6("unique local", "fc00::1", "fd00::1", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
  v6("link-local", "fe80::1", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
  v6("site-local", "fec0::1", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
  v6("multicast", "ff02::1", "ff0e::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
];

// The files under deploy/ keep what the documents promise of them, as far as can be told without running a container.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { settings } from "../../../server/config.ts";

function read(path: string): string {
  return readFileSync(path, "utf8");
}

const compose = read("deploy/compose.yaml");
const dockerfile = read("deploy/Dockerfile");
const unit = read("deploy/systemd/secret-rooms-relay.service");

/** The text of one service of the compose file. */
function service(name: string): string {
  const services = compose.split(/^services:$/m)[1]?.split(/^networks:$/m)[0] ?? "";
  return new RegExp(`^  ${name}:\n((?:    .*\n|\n)+)`, "m").exec(services)?.[1] ?? "";
}

/** Everything that a file imports from the project, and what that imports. */
function walk(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  if (!path.endsWith(".ts")) return seen;
  for (const [, target] of read(path).matchAll(/^(?:import|export|\}) ?[^"\n]*?"(\.{1,2}\/[^"]+)"/gm))
    walk(normalize(join(dirname(path), target ?? "")), seen);
  return seen;
}

/** What the Dockerfile takes from the repository into the last stage. */
function copied(): string[] {
  const stage = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));
  return [...stage.matchAll(/^COPY (?!--from)(\S+) /gm)].map((match) => match[1] ?? "");
}

describe("deploy/", () => {
  const files = [...globSync("deploy/**/*", { withFileTypes: true }), ...globSync("deploy/.*", { withFileTypes: true })]
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

  test("every setting that it names is one that the relay reads", () => {
    const others = ["NODE_ENV", "NET_BIND_SERVICE", "TURN_REALM", "AF_INET", "AF_UNIX"];
    const known = new Set<string>([...settings.map(({ name }) => name), ...others]);
    for (const path of files.filter((file) => !file.includes("coturn"))) {
      const names = [...read(path).matchAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g)].map(([name]) => name);
      expect([path, names.filter((name) => !known.has(name))]).toEqual([path, []]);
    }
    const environment = [...service("relay").matchAll(/^ {6}([A-Z_]+):/gm)].map((match) => match[1] ?? "");
    expect(environment.length).toBeGreaterThan(5);
    expect(environment.filter((name) => !known.has(name))).toEqual([]);
  });

  test("the image holds the folders that the relay imports, and no others", () => {
    const imported = [...walk("server/main.ts")].map((path) => path.split("/")[0] ?? "");
    expect(imported.length).toBeGreaterThan(30);
    expect(copied().toSorted()).toEqual([...new Set(imported)].toSorted());
    const allowed = read(".dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    expect(allowed.toSorted()).toEqual([...copied(), "package-lock.json"].toSorted());
    expect(read(".dockerignore")).toMatch(/^\*$/m);
  });

  test("the image has no development packages, no root, no install scripts, and looks after itself", () => {
    expect(dockerfile).toMatch(/npm ci --omit=dev --ignore-scripts/);
    expect(dockerfile.match(/^FROM node:24-slim/gm)).toHaveLength(2);
    expect(dockerfile).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK [^\n]*\\\n {2}CMD \["node", .*\/healthz/m);
    expect(dockerfile).toMatch(/^CMD \["node", "server\/main\.ts"\]$/m);
    expect(dockerfile).not.toMatch(/^VOLUME/m);
  });

  test("Redis writes nothing: no snapshots, no file of changes, no volume, no eviction", () => {
    const redis = service("redis");
    for (const pair of ['"--save", ""', '"--appendonly", "no"', '"--maxmemory-policy", "noeviction"'])
      expect(redis).toContain(pair);
    expect(redis).toMatch(/"--maxmemory", "\d+mb"/);
    expect(redis).toContain("image: redis:7");
    expect(redis).toContain("tmpfs: [/data]");
    expect(redis).not.toMatch(/^ {4}(?:volumes|ports):/m);
  });

  test("every container is read-only, without powers and core dumps, and keeps little of its log", () => {
    const contained = compose.split(/^services:$/m)[0] ?? "";
    for (const part of ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "max-size: 1m"])
      expect(contained).toContain(part);
    for (const name of ["relay", "redis", "caddy", "coturn"]) {
      expect([name, service(name)]).toEqual([name, expect.stringContaining("<<: *contained")]);
      expect([name, service(name)]).toEqual([name, expect.stringMatching(/ulimits: \{ core: 0,/)]);
    }
    for (const name of ["relay", "redis"]) expect(service(name)).toMatch(/mem_limit: (\w+)\n {4}memswap_limit: \1\n/);
  });

  test("relays can be multiplied, and only Caddy is reached from outside", () => {
    expect(service("relay")).not.toMatch(/container_name|^ {4}ports:/m);
    expect(compose.match(/^ {4}ports:/gm)).toHaveLength(1);
    const subnet = /subnet: (\S+?) \}/.exec(compose)?.[1];
    expect(service("relay")).toContain(`TRUSTED_PROXIES: ${subnet}`);
  });

  test("the systemd unit leaves no core dump, no swap, no privilege and nowhere to write", () => {
    const wanted = [
      "LimitCORE=0",
      "MemorySwapMax=0",
      "DynamicUser=yes",
      "NoNewPrivileges=yes",
      "CapabilityBoundingSet=",
      "ProtectSystem=strict",
      "ProtectHome=yes",
      "PrivateDevices=yes",
      "SystemCallFilter=@system-service",
      "UMask=0077",
    ];
    expect(wanted.filter((line) => !unit.split("\n").includes(line))).toEqual([]);
    expect(unit).not.toMatch(/^(?:StateDirectory|CacheDirectory|LogsDirectory|ReadWritePaths)=/m);
    // The engine of JavaScript makes code while it runs.
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute=/m);
  });

  test("the proxies keep no record of who came, pass WebSocket on and say who is there", () => {
    const caddy = read("deploy/proxies/Caddyfile");
    expect(caddy).toContain("exclude http.log.access http.log.error");
    expect(caddy.split("{$DOMAIN}")[1]).not.toMatch(/^\tlog\b/m);
    expect(caddy).toContain("header -Server");
    const nginx = read("deploy/proxies/nginx.conf");
    const servers = nginx.split(/^server \{$/m).slice(1);
    expect(servers).toHaveLength(2);
    for (const server of servers) expect(server).toMatch(/access_log off;\n\terror_log \/dev\/null emerg;/);
    expect(nginx).toContain("proxy_set_header X-Forwarded-For $remote_addr;");
    expect(nginx).toContain("proxy_set_header Upgrade $http_upgrade;");
    expect(nginx).toContain("ssl_protocols TLSv1.2 TLSv1.3;");
    expect(nginx).not.toMatch(/\$request_uri|\$args|log_format/);
  });

  test("what it mounts is there", () => {
    const mounts = [...compose.matchAll(/^ {6}- \.\/(\S+?):/gm)].map((match) => join("deploy", match[1] ?? ""));
    expect(mounts).toEqual(["deploy/proxies/Caddyfile", "deploy/coturn/turnserver.conf"]);
    expect(mounts.filter((path) => existsSync(dirname(path)) && !existsSync(path))).toEqual([]);
  });

  test("without a secret the TURN server gets none, not an empty one", () => {
    expect(service("coturn")).not.toMatch(/static-auth-secret=\$\{TURN_SECRET:?-\}/);
    expect(service("coturn")).toContain("${TURN_SECRET:+--static-auth-secret=}${TURN_SECRET:---no-cli}");
  });
});

// What the doctor says about TURN servers: the real coturn in good and in bad order, and none at all.
import { createSocket } from "node:dgram";
import { expect, onTestFinished, test } from "vitest";
import type { Check } from "../../doctor/check.ts";
import { checkTurn, judgeVersion } from "../../doctor/turn-checks.ts";
import { readTurnUrl } from "../../doctor/turn-wire.ts";
import { makeCertificate } from "./support/certificate.ts";
import { shippedConfig, startCoturn, turnSecret } from "./support/coturn.ts";
import type { CoturnOptions } from "./support/coturn.ts";

const names = [
  "turn reachable",
  "turn version",
  "turn strangers",
  "turn realm",
  "turn login",
  "turn relaying",
  "turn peers from IPv4",
  "turn peers from IPv6",
];

async function examine(options: CoturnOptions, transport: "udp" | "tcp", secret = turnSecret): Promise<Check[]> {
  const server = await startCoturn(options);
  onTestFinished(() => server.stop());
  return checkTurn({ url: `turn:127.0.0.1:${server.port}?transport=${transport}`, secret });
}

function verdicts(checks: readonly Check[]): Record<string, Check["verdict"]> {
  return Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict]));
}

function verdictOn(version: string): Check["verdict"] {
  return judgeVersion(`Coturn-${version} 'Gorst'`).verdict;
}

test.each(["udp", "tcp"] as const)(
  "the shipped configuration passes over %s, but the version is not known",
  async (by) => {
    const checks = await examine({}, by);
    expect(checks.map(({ name }) => name)).toEqual(names);
    expect(checks.filter(({ verdict }) => verdict !== "pass").map(({ name, verdict }) => [name, verdict])).toEqual([
      ["turn version", "warn"],
    ]);
    expect(checks[1]?.says).toContain("turnserver --version");
  },
);

test("without the list of denied peers it names what can be reached, of both families", async () => {
  const config = shippedConfig.replaceAll(/^(denied-peer-ip|no-software-attribute|no-multicast).*$/gm, "");
  const checks = await examine({ config, relayAddresses: ["127.0.0.1", "::1"] }, "udp");
  expect(verdicts(checks)).toMatchObject({
    "turn peers from IPv4": "fail",
    "turn peers from IPv6": "fail",
  });
  expect(checks[6]?.says).toContain("169.254.169.254 (link-local and cloud metadata)");
  expect(checks[7]?.says).toContain("fd00::1 (unique local)");
  expect(checks[1]?.says).toMatch(/coturn \d+\.\d+\.\d+/);
});

test("an open server, and a secret that is not the server's, are found", async () => {
  const config = shippedConfig.replaceAll(/^use-auth-secret$/gm, "no-auth");
  expect(verdicts(await examine({ config, isWithoutSecret: true }, "udp"))).toMatchObject({ "turn strangers": "fail" });
  const checks = await examine({}, "udp", "not what the server has");
  expect(checks.at(-1)).toMatchObject({ name: "turn login", verdict: "fail" });
});

test("turns: is looked at by TLS, with a certificate that has to be believed", async () => {
  const certificate = makeCertificate(10);
  const server = await startCoturn({ certificate });
  onTestFinished(() => server.stop());
  const url = `turns:127.0.0.1:${server.tlsPort}`;
  const good = await checkTurn({ url, secret: turnSecret, ca: certificate.cert });
  expect(good.filter(({ verdict }) => verdict === "fail")).toEqual([]);
  expect(good.map(({ name }) => name)).toEqual(names);
  const unknown = await checkTurn({ url, secret: turnSecret });
  expect(unknown).toMatchObject([{ name: "turn reachable", verdict: "fail" }]);
  expect(unknown[0]?.says).toContain("SELF_SIGNED");
});

test("without the secret it says what it could not check", async () => {
  const server = await startCoturn();
  onTestFinished(() => server.stop());
  const checks = await checkTurn({ url: `turn:127.0.0.1:${server.port}` });
  expect(checks.at(-1)).toMatchObject({ name: "turn peers", verdict: "warn" });
});

test("a server that is silent, one that is not there and one that talks nonsense are findings, not errors", async () => {
  const silent = createSocket("udp4");
  onTestFinished(() => void silent.close());
  await new Promise<void>((resolve) => void silent.bind(0, "127.0.0.1", resolve));
  silent.on("message", (message, from) => {
    message[0] = 1;
    silent.send(message.subarray(0, 19), from.port, from.address);
    silent.send(Buffer.concat([message, Buffer.alloc(7, 255)]), from.port, from.address);
  });
  const { port } = silent.address();
  for (const url of [`turn:127.0.0.1:${port}`, "turn:127.0.0.1:1?transport=tcp", "turn:nowhere.invalid"])
    expect(await checkTurn({ url })).toMatchObject([{ name: "turn reachable", verdict: "fail" }]);
  for (const url of ["https://turn.test", "turns:turn.test?transport=udp", "turn:"])
    expect(await checkTurn({ url })).toMatchObject([{ name: "turn address", verdict: "fail" }]);
});

test("versions below 4.9.0 are too old", () => {
  expect(["4.6.1", "4.5.2", "4.8.9", "3.10.0"].map(verdictOn)).toEqual(["fail", "fail", "fail", "fail"]);
  expect(["4.9.0", "4.10.0", "4.17.1", "5.0.0"].map(verdictOn)).toEqual(["pass", "pass", "pass", "pass"]);
  expect(judgeVersion("another server 1.0").verdict).toBe("warn");
  expect(judgeVersion(undefined).verdict).toBe("warn");
});

test("addresses of TURN servers are read as browsers do", () => {
  expect(readTurnUrl("turn:a.test")).toEqual({ host: "a.test", port: 3478, transport: "udp" });
  expect(readTurnUrl("turn:[2001:db8::1]:99?transport=tcp")).toEqual({
    host: "2001:db8::1",
    port: 99,
    transport: "tcp",
  });
  expect(readTurnUrl("turns:a.test?transport=tcp")).toEqual({ host: "a.test", port: 5349, transport: "tls" });
});

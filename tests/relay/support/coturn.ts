// Starts the real coturn with the configuration that is shipped, on this machine only and on a free port.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TurnClient } from "../../../doctor/turn-client.ts";
import type { TurnLogin } from "../../../doctor/turn-client.ts";
import type { TurnTarget } from "../../../doctor/turn-wire.ts";
import { iceServers } from "../../../server/ice-servers.ts";
import type { Certificate } from "./certificate.ts";
import { bytes } from "./people.ts";

export const shippedConfig = readFileSync("deploy/coturn/turnserver.conf", "utf8");
export const turnSecret = "a secret for tests alone";

export interface CoturnOptions {
  readonly config?: string;
  readonly relayAddresses?: readonly string[];
  /** Further arguments; they go before what the configuration says. */
  readonly args?: readonly string[];
  readonly isWithoutSecret?: boolean;
  /** Without one it speaks no TLS. */
  readonly certificate?: Certificate;
}

export interface Coturn {
  readonly port: number;
  readonly tlsPort: number;
  /** What it has written to standard output and error. */
  output(): string;
  /** What it has written into its working directory. */
  files(): string[];
  stop(): Promise<void>;
}

/** Resolves when it answers over UDP and TCP. */
export async function startCoturn(options: CoturnOptions = {}): Promise<Coturn> {
  const { config = shippedConfig, relayAddresses = ["127.0.0.1"], args = [], isWithoutSecret = false } = options;
  const folder = mkdtempSync(join(tmpdir(), "coturn-"));
  writeFileSync(join(folder, "turnserver.conf"), config);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const fixed = "-c turnserver.conf --pidfile=pid --realm=turn.test --listening-ip=127.0.0.1 --no-dtls";
  const ports = [`--listening-port=${port}`, `--tls-listening-port=${tlsPort}`, ...tlsArguments(options.certificate)];
  const relays = relayAddresses.map((address) => `--relay-ip=${address}`);
  const secret = isWithoutSecret ? [] : [`--static-auth-secret=${turnSecret}`];
  const all = [...fixed.split(" "), ...ports, ...relays, ...secret, ...args];
  const child = spawn("turnserver", all, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  await untilItAnswers(child, port).catch(async (error: unknown) => {
    await stop();
    throw new Error(`coturn did not start: ${output}`, { cause: error });
  });
  return {
    port,
    tlsPort,
    output: () => output,
    files: () => readdirSync(folder).filter((file) => !["turnserver.conf", "pid"].includes(file)),
    stop,
  };
}

export function targetOf({ port }: Coturn, transport: TurnTarget["transport"] = "udp"): TurnTarget {
  return { host: "127.0.0.1", port, transport };
}

/** As the relay makes it. */
export function loginTo(handle = bytes(16), nowMs = Date.now(), secret = turnSecret): TurnLogin {
  const [login] = iceServers({ urls: ["turn:turn.test"], secret }, handle, nowMs).servers;
  if (login === undefined) throw new Error("no login");
  return login;
}

function tlsArguments(certificate: Certificate | undefined): string[] {
  if (certificate === undefined) return ["--no-tls"];
  return [`--cert=${certificate.certFile}`, `--pkey=${certificate.keyFile}`];
}

async function untilItAnswers(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null || tries > 400) throw new Error("it ended, or took too long");
    try {
      for (const transport of ["tcp", "udp"] as const) {
        const client = await TurnClient.open({ host: "127.0.0.1", port, transport });
        await client.bind().finally(() => client.close());
      }
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

/** Free for both: coturn shares a port with whoever else has it, without a word. */
async function freePort(): Promise<number> {
  const tcp = createServer();
  await new Promise<void>((resolve) => void tcp.listen(0, "127.0.0.1", resolve));
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket("udp4");
  await new Promise<void>((resolve, reject) => {
    udp.once("error", reject);
    udp.bind(port, "127.0.0.1", resolve);
  });
  await Promise.all([new Promise<void>((r) => void tcp.close(() => r())), new Promise<void>((r) => void udp.close(r))]);
  return port;
}

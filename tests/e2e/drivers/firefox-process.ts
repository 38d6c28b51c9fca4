// Starts Firefox on a profile of its own, without a network beyond this machine, and ends it for certain.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Display } from "./display.ts";

export const EXTENSION_ID = "secret-rooms@secret-rooms.example";
export const EXTENSION_UUID = "5ec2e700-2a00-4a15-8a17-000000000001";

export type Preferences = Readonly<Record<string, boolean | number | string>>;

const preferences: Preferences = {
  // The extension's address is known before it is installed.
  "extensions.webextensions.uuids": JSON.stringify({ [EXTENSION_ID]: EXTENSION_UUID }),
  "xpinstall.signatures.required": false,
  // What pages write to the console goes to the process's output.
  "browser.dom.window.dump.enabled": true,
  "devtools.console.stdout.content": true,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.page": 0,
  "browser.startup.homepage_override.mstone": "ignore",
  "browser.aboutwelcome.enabled": false,
  "browser.newtabpage.enabled": false,
  "browser.sessionstore.resume_from_crash": false,
  "browser.tabs.warnOnClose": false,
  "termsofuse.bypassNotification": true,
  // Nothing may leave the machine.
  "app.update.disabledForTesting": true,
  "app.normandy.enabled": false,
  "browser.discovery.enabled": false,
  "browser.ml.enable": false,
  "browser.safebrowsing.update.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.getAddons.cache.enabled": false,
  "extensions.update.enabled": false,
  "media.gmp-manager.updateEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.proxy.type": 1,
  "network.proxy.socks": "127.0.0.1",
  "network.proxy.socks_port": 9,
  "network.proxy.no_proxies_on": "127.0.0.1, localhost",
  "services.settings.server": "data:,none",
  "toolkit.telemetry.reportingpolicy.firstRun": false,
  "toolkit.telemetry.server": "",
};

export interface FirefoxProcess {
  readonly bidiUrl: string;
  output(): string;
  /** Waits for the end and kills if it does not come. */
  end(): Promise<void>;
}

export async function makeProfile(more: Preferences = {}): Promise<string> {
  const profile = await mkdtemp(path.join(tmpdir(), "secret-rooms-firefox-"));
  const lines = Object.entries({ ...preferences, ...more }).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  await writeFile(path.join(profile, "user.js"), lines.join("\n"));
  return profile;
}

export async function removeProfile(profile: string): Promise<void> {
  await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

export function findFirefox(): string {
  const named = process.env["FIREFOX"];
  if (named !== undefined && named !== "") return named;
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const names = ["firefox-esr", "firefox"];
  const found = names
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .find((file) => existsSync(file));
  if (found === undefined) throw new Error("no Firefox found: install it or name it in FIREFOX");
  return found;
}

export function firefoxEnvironment(display: Display | undefined): NodeJS.ProcessEnv {
  const { DISPLAY: _ours, WAYLAND_DISPLAY: _wayland, ...rest } = process.env;
  return { ...rest, MOZ_CRASHREPORTER_DISABLE: "1", ...display?.environment };
}

export async function startFirefox(
  profile: string,
  { display, args = [] }: { readonly display?: Display | undefined; readonly args?: readonly string[] },
): Promise<FirefoxProcess> {
  const child = spawn(
    findFirefox(),
    [
      "--profile",
      profile,
      ...(display === undefined ? ["--headless", "--no-remote"] : []),
      "--remote-debugging-port",
      "0",
      "--remote-allow-system-access",
      ...args,
    ],
    { env: firefoxEnvironment(display), stdio: ["ignore", "pipe", "pipe"] },
  );
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.off("exit", kill));
  let output = "";
  const collect = (data: Buffer): void => {
    output += data.toString();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  try {
    const bidiUrl = await listening(child, () => output);
    return { bidiUrl, output: () => output, end: async () => await ended(child) };
  } catch (fault) {
    kill();
    throw fault;
  }
}

async function listening(child: ChildProcess, output: () => string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const look = (): void => {
      const url = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(output())?.[1];
      if (url !== undefined) settle(() => resolve(url));
    };
    const give = (why: string) => (): void => settle(() => reject(new Error(`Firefox ${why}\n${output()}`)));
    const timer = setTimeout(give("did not start in time"), 60_000);
    const interval = setInterval(look, 50);
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      clearInterval(interval);
      then();
    };
    child.once("exit", give("ended at its start"));
    child.once("error", give("could not be started"));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const timer = setTimeout(() => child.kill("SIGKILL"), 8_000);
  await gone;
  clearTimeout(timer);
}

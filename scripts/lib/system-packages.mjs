// Programs that the tests drive and npm does not bring: browsers, Redis, a TURN server, a virtual desktop.
import { existsSync } from "node:fs";
import { findChromium, findProgram } from "./programs.mjs";
import { run } from "./processes.mjs";
import { Stop, duration, passed, started } from "./terminal.mjs";

/** Debian package -> whether what it brings is there. */
const packages = {
  chromium: () => findChromium(),
  "firefox-esr": () => findProgram("firefox-esr", "firefox"),
  "redis-server": () => findProgram("redis-server"),
  coturn: () => findProgram("turnserver"),
  openssl: () => findProgram("openssl"),
  xvfb: () => findProgram("Xvfb"),
  "dbus-daemon": () => findProgram("dbus-daemon"),
};

export const systemPackages = Object.keys(packages);

function missing(wanted) {
  return wanted.filter((name) => packages[name]() === undefined);
}

async function apt(...args) {
  // The run level keeps installed servers from being started as services: the tests start their own.
  const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const { code, output } = await run("apt-get", ["-q", "-y", ...args], { env, timeoutMs: 900_000 });
  if (code !== 0) throw new Stop(`${output}\napt-get ${args.join(" ")} failed (exit code ${code})`);
}

/** Installs what is missing of `wanted` on Debian as root; anywhere else says what to install and stops. */
export async function provideSystemPackages(wanted) {
  const absent = missing(wanted);
  if (absent.length === 0) return passed("system packages", wanted.length === 0 ? "none needed" : wanted.join(", "));
  const canInstall = process.platform === "linux" && process.getuid?.() === 0 && existsSync("/etc/debian_version");
  if (!canInstall)
    throw new Stop(
      `Missing: ${absent.join(", ")}. Install with:\n\n  sudo apt-get install ${absent.join(" ")}\n\n` +
        "(names are Debian's; elsewhere install Chromium, Firefox, Redis, coturn, Xvfb and D-Bus your system's way;\n" +
        "CHROMIUM=/path names a Chromium outside PATH), then run npm test again.",
    );
  started(`system packages: installing ${absent.join(", ")} (apt-get, a few minutes)`);
  const begin = Date.now();
  await apt("update");
  await apt("install", "--no-install-recommends", ...absent);
  const stillAbsent = missing(absent);
  if (stillAbsent.length > 0)
    throw new Stop(`apt-get installed ${stillAbsent.join(", ")}, but nothing to run was found`);
  passed("system packages", `installed in ${duration(Date.now() - begin)}`);
}

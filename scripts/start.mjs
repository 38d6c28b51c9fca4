// npm start: from a fresh clone to a room. Builds the extension, starts a relay on this machine, opens Chromium with both.
import { join } from "node:path";
import { bootstrap } from "./lib/bootstrap.mjs";
import { openChromium } from "./lib/chromium.mjs";
import { killLeftovers, run, stop, whenNpmEnds } from "./lib/processes.mjs";
import { findBrowser } from "./lib/programs.mjs";
import { projectRoot } from "./lib/project.mjs";
import { startRelay } from "./lib/relay.mjs";
import { Stop, bold, duration, failed, line, passed, started } from "./lib/terminal.mjs";

const help = `npm start [-- options]

Installs what is missing, builds the extension for Chromium, starts a relay on this machine
and opens Chromium with the extension loaded. Ctrl-C stops everything.

  --two         open two browsers with separate profiles, to talk to yourself
  --no-browser  build and start the relay only; load the build by hand
  --headless    open Chromium without a window (for tests)
  --help        this text

  CHROMIUM=/path/to/chromium names the browser when it is not found.`;

const options = new Set(process.argv.slice(2));
const known = ["--two", "--no-browser", "--headless", "--help"];
const folder = join(projectRoot, ".output", "chrome-mv3");
const browsers = [];
let relay;
let isStopping = false;

async function build(origin) {
  started("extension: building");
  const begin = Date.now();
  const { code, output } = await run("wxt", ["build"], { env: { SECRET_ROOMS_RELAY: origin } });
  if (code !== 0) throw new Stop(`${output}\nThe extension did not build.`);
  passed("extension", `built in ${duration(Date.now() - begin)}`);
}

/** Why no browser can be opened, or undefined. */
function obstacle(program) {
  if (options.has("--no-browser")) return "No browser opened";
  if (program === undefined) return "No Chromium found";
  const hasScreen = process.platform !== "linux" || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  return hasScreen || options.has("--headless") ? undefined : "No display";
}

function explainLoading(reason) {
  line(`${reason}: open chrome://extensions, turn on Developer mode, Load unpacked -> ${folder}`);
}

async function openBrowser(program) {
  const browser = await openChromium({ program, folder, page: "room.html", isHeadless: options.has("--headless") });
  browsers.push(browser);
  browser.child.once("exit", () => {
    if (!isStopping) line("A browser was closed; the relay keeps running until Ctrl-C.");
  });
}

async function openBrowsers() {
  const program = findBrowser();
  const reason = obstacle(program);
  if (reason !== undefined) return explainLoading(reason);
  try {
    await openBrowser(program);
    if (options.has("--two")) await openBrowser(program);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return explainLoading(error.message);
  }
  passed("browser", `open with a fresh profile: ${program}`);
  line("The Secret Rooms icon in the toolbar opens the side panel.");
}

async function shutDown(exitCode) {
  if (isStopping) return;
  isStopping = true;
  await Promise.all(browsers.map((browser) => browser.close()));
  if (relay !== undefined) await stop(relay.child);
  killLeftovers();
  process.exit(exitCode);
}

function end() {
  line("\nStopping.");
  void shutDown(0);
}

async function main() {
  const unknown = [...options].find((option) => !known.includes(option));
  if (unknown !== undefined) throw new Stop(`unknown option ${unknown}\n\n${help}`, 2);
  if (options.has("--help")) return line(help);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);
  whenNpmEnds(end);
  line(bold("Secret Rooms"));
  await bootstrap();
  relay = await startRelay();
  relay.child.once("exit", (code, signal) => {
    if (isStopping) return;
    failed("relay", `ended by itself (${signal ?? `exit code ${code}`})\n${relay.output()}`);
    void shutDown(1);
  });
  passed("relay", `listening on ${relay.origin}${relay.isUsualPort ? "" : " (port 8787 is taken)"}`);
  await build(relay.origin);
  if (isStopping) return;
  await openBrowsers();
  if (isStopping) return;
  line(`${bold("Ready.")} Relay: ${relay.origin} · extension: ${folder} · Ctrl-C stops everything.`);
}

process.on("exit", killLeftovers);
main().catch((error) => {
  if (isStopping) return;
  failed("npm start", error instanceof Stop ? error.message : error.stack);
  void shutDown(error.exitCode ?? 1);
});

// Opens a Chromium of its own: fresh profile, the built extension loaded, its icon pinned to the toolbar, its page open.
// The browser is told what to do over a pipe (Chrome DevTools protocol), for two reasons: Google Chrome no longer loads
// extensions from its command line, and a page named there is asked for before its extension is there. The browser ends
// with the pipe, so it cannot outlive the script.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start, stop } from "./processes.mjs";
import { Stop } from "./terminal.mjs";

const answerWithinMs = 20_000;

/** Chromium names an extension after its public key, or an unpacked one without key after its folder. */
export function extensionId(folder) {
  const { key } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  const source = key === undefined ? realpathSync(folder) : Buffer.from(key, "base64");
  const digest = createHash("sha256").update(source).digest("hex").slice(0, 32);
  return digest.replaceAll(/./g, (digit) => String.fromCodePoint(97 + Number.parseInt(digit, 16)));
}

function freshProfile(id) {
  const profile = mkdtempSync(join(tmpdir(), "secret-rooms-"));
  mkdirSync(join(profile, "Default"));
  const preferences = { extensions: { pinned_extensions: [id], ui: { developer_mode: true } } };
  writeFileSync(join(profile, "Default", "Preferences"), JSON.stringify(preferences));
  return profile;
}

function launch({ program, profile, isHeadless }) {
  const isRootOnLinux = process.platform === "linux" && process.getuid() === 0;
  const args = [
    `--user-data-dir=${profile}`,
    "--remote-debugging-pipe",
    "--enable-unsafe-extension-debugging",
    "--no-first-run",
    "--no-default-browser-check",
    "--password-store=basic",
    "--use-mock-keychain",
    ...(isRootOnLinux ? ["--no-sandbox"] : []),
    ...(isHeadless ? ["--headless=new", "--disable-gpu"] : []),
    "about:blank",
  ];
  return start(program, args, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
}

/** `ask(method, params)` over the browser's pipe; messages end with a zero byte. */
function connect(child) {
  const [, , , out, input] = child.stdio;
  const waiting = new Map();
  let lastId = 0;
  let rest = "";
  out.on("error", () => {});
  input.on("error", () => {});
  input.setEncoding("utf8").on("data", (chunk) => {
    const messages = (rest + chunk).split("\0");
    rest = messages.pop() ?? "";
    for (const message of messages.map((text) => JSON.parse(text))) waiting.get(message.id)?.(message);
  });
  return (method, params = {}) =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      const end = (settle, value) => {
        clearTimeout(timer);
        waiting.delete(id);
        settle(value);
      };
      const timer = setTimeout(() => end(reject, new Stop(`Chromium does not answer (${method})`)), answerWithinMs);
      child.once("exit", () => end(reject, new Stop("Chromium ended while it was being set up")));
      waiting.set(id, ({ error, result }) =>
        error === undefined ? end(resolve, result) : end(reject, new Stop(`Chromium: ${error.message} (${method})`)),
      );
      out.write(`${JSON.stringify({ id, method, params })}\0`);
    });
}

async function openPage({ ask, folder, page }) {
  const { targetInfos } = await ask("Target.getTargets");
  const { id } = await ask("Extensions.loadUnpacked", { path: folder });
  await ask("Target.createTarget", { url: `chrome-extension://${id}/${page}` });
  for (const target of targetInfos.filter(({ type, url }) => type === "page" && url === "about:blank"))
    await ask("Target.closeTarget", { targetId: target.targetId });
}

/** Resolves when the page is open; `close` ends the browser and removes its profile. */
export async function openChromium({ program, folder, page, isHeadless }) {
  const profile = freshProfile(extensionId(folder));
  const child = launch({ program, profile, isHeadless });
  const close = async () => {
    await stop(child);
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  try {
    await openPage({ ask: connect(child), folder, page });
  } catch (error) {
    await close();
    throw error;
  }
  return { child, close };
}

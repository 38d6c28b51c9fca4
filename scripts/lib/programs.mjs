// Finds browsers and servers that the system has.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

function isRunnable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first of `names` that can be run: a name is looked up in PATH, a path is taken as it is. */
export function findProgram(...names) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/usr/bin"];
  for (const name of names.filter(Boolean)) {
    const candidates = name.includes("/") || name.includes("\\") ? [name] : folders.map((folder) => join(folder, name));
    const found = candidates.find((path) => isRunnable(path));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The tests' Chromium, and the first choice of npm start. */
export function findChromium() {
  return findProgram(
    process.env.CHROMIUM,
    "/usr/lib/chromium/chromium",
    "chromium",
    "chromium-browser",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    `${process.env.HOME ?? ""}/Applications/Chromium.app/Contents/MacOS/Chromium`,
  );
}

/** Any browser that npm start can open: Chromium, else Google Chrome or Microsoft Edge. */
export function findBrowser() {
  return (
    findChromium() ??
    findProgram(
      "google-chrome",
      "google-chrome-stable",
      "microsoft-edge",
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
      `${process.env.ProgramFiles ?? ""}\\Google\\Chrome\\Application\\chrome.exe`,
    )
  );
}

// Every gate and test of the project, in order. What a gate runs is a script of package.json, so that
// `npm run <script>` does by hand exactly what `npm test` does.

/**
 * `lane`: gates of one lane run one after the other, two lanes at a time. Gates without `project` count as one each.
 * `needs`: Debian packages.
 */
const checks = [
  { id: "format", title: "format" },
  { id: "lint:ts", title: "lint TypeScript" },
  { id: "lint:vue", title: "lint Vue" },
  { id: "types:app", title: "types: extension" },
  { id: "types:core", title: "types: core" },
  { id: "types:server", title: "types: relay" },
  { id: "layers", title: "layers" },
  { id: "dead", title: "dead code" },
  { id: "zip", title: "package for Chromium", lane: "chrome" },
  { id: "build", title: "build for Chromium", lane: "chrome" },
  { id: "zip:firefox", title: "package for Firefox", lane: "firefox" },
  { id: "build:firefox", title: "build for Firefox", lane: "firefox" },
  { id: "lint:ext", title: "web-ext lint", lane: "firefox", after: ["build:firefox"] },
];

/**
 * Vitest projects; each test counts as one. They run one at a time: they measure time and open browsers. `isPatient`: it
 * measures no time and is all computing, so it runs beside all others and takes what they leave of the processors.
 */
const suites = [
  { id: "unit", title: "unit tests", timeoutMs: 300_000 },
  { id: "relay", title: "relay tests", needs: ["redis-server", "openssl", "coturn"], timeoutMs: 480_000 },
  { id: "scenario", title: "scenario tests", needs: ["coturn"], timeoutMs: 420_000 },
  // Two files: one for each of two processors.
  { id: "schedules", title: "random schedules", timeoutMs: 1_100_000, workers: 2, isPatient: true },
  // Builds for itself, with a relay of its own.
  {
    id: "e2e",
    title: "end-to-end tests",
    needs: ["chromium", "firefox-esr", "xvfb", "dbus-daemon"],
    timeoutMs: 900_000,
  },
];

export const gates = [
  ...checks.map((gate) => ({ lane: gate.id, needs: [], after: [], timeoutMs: 300_000, ...gate, isSuite: false })),
  ...suites.map((gate) => ({ needs: [], after: [], ...gate, isSuite: true })),
];

function matches(gate, word) {
  return gate.id === word || gate.id.startsWith(`${word}:`);
}

/** The gates that `words` name, with what they depend on; undefined names the first word that means nothing. */
export function choose(words) {
  const unknown = words.find((word) => !gates.some((gate) => matches(gate, word)));
  if (unknown !== undefined) return { unknown, chosen: [] };
  const ids = new Set(gates.filter((gate) => words.some((word) => matches(gate, word))).map((gate) => gate.id));
  for (const gate of gates.toReversed()) if (ids.has(gate.id)) for (const id of gate.after) ids.add(id);
  return { unknown, chosen: gates.filter((gate) => ids.has(gate.id)) };
}

// What the scripts print: one line per step, the same on a terminal, in a pipe and in CI.
export const isFancy = process.stdout.isTTY && process.env.NO_COLOR === undefined;

function paint(code, text) {
  return isFancy ? `\u001b[${code}m${text}\u001b[0m` : text;
}

export const green = (text) => paint(32, text);
export const red = (text) => paint(31, text);
export const dim = (text) => paint(2, text);
export const bold = (text) => paint(1, text);

export function line(text = "") {
  process.stdout.write(`${text}\n`);
}

/** `12.3 s` or `2 min 5 s`. */
export function duration(ms) {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

export function started(title) {
  line(`${dim("▸")} ${title}`);
}

export function passed(title, note = "") {
  line(`${green("✓")} ${title.padEnd(28)} ${dim(note)}`.trimEnd());
}

export function failed(title, note = "") {
  line(`${red("✗")} ${title.padEnd(28)} ${note}`.trimEnd());
}

/** A sentence that stops the script: what is wrong and what to do. No stack. */
export class Stop extends Error {
  name = "Stop";
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

// The relay's environment as a table for README.md, laid out as the formatter lays out tables.

/** @param settings what server/config.ts lists: name, fallback and meaning of each */
export function settingsTable(settings) {
  const rows = [
    ["variable", "default", "meaning"],
    ...settings.map(({ name, fallback, meaning }) => [
      `\`${name}\``,
      fallback.startsWith("(") ? fallback : `\`${fallback}\``,
      meaning.replaceAll("|", "\\|"),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join("\n");
}

const begin = "<!-- relay settings: written by `npm run docs:settings` from server/config.ts -->";
const end = "<!-- end of the relay settings -->";

/** `text` with the table between its two marks replaced. Throws when they are not there. */
export function withSettingsTable(text, settings) {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error("README.md has lost the marks around the table of settings");
  return `${text.slice(0, from + begin.length)}\n\n${settingsTable(settings)}\n\n${text.slice(to)}`;
}

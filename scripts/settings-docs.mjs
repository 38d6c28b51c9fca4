// npm run docs:settings: writes the table of the relay's environment into README.md.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { settings } from "../server/config.ts";
import { projectRoot } from "./lib/project.mjs";
import { withSettingsTable } from "./lib/settings-table.mjs";

const path = join(projectRoot, "README.md");
writeFileSync(path, withSettingsTable(readFileSync(path, "utf8"), settings));

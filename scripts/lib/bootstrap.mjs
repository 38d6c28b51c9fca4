// Brings a fresh clone to the point where the project's own tools run: npm packages, the pinned Node, WXT's types.
// Starts on any Node from 20 on with nothing installed.
import { manifest, packagesAreCurrent, projectNode } from "./project.mjs";
import { run, systemPath } from "./processes.mjs";
import { Stop, duration, passed, started } from "./terminal.mjs";

const oldestNode = 20;

function checkSystemNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < oldestNode)
    throw new Stop(`Node ${oldestNode} or later is needed to start (this is ${process.version}): https://nodejs.org`);
}

async function installPackages() {
  if (packagesAreCurrent()) return passed("npm packages", "up to date");
  started("npm packages: installing (npm ci, about half a minute)");
  const begin = Date.now();
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const { code, output } = await run("npm", args, { path: systemPath() });
  if (code !== 0) throw new Stop(`${output}\nnpm ci failed (exit code ${code}); is the package registry reachable?`);
  passed("npm packages", `installed in ${duration(Date.now() - begin)}`);
}

async function checkProjectNode() {
  const wanted = `v${manifest.devDependencies.node}`;
  const { output } = await run(projectNode, ["--version"]);
  if (output.trim() !== wanted)
    throw new Stop(
      `The npm package "node" did not bring Node ${wanted} for ${process.platform} ${process.arch}.\n` +
        "Its install script may be blocked: remove node_modules and try again with `npm ci --ignore-scripts=false`.",
    );
  passed("Node for the project", `${wanted} (started by ${process.version})`);
}

export async function bootstrap() {
  checkSystemNode();
  await installPackages();
  await checkProjectNode();
}

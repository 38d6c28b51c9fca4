// The relay as `npm start` runs it: on this machine only, on the memory store, on port 8787 or a free one.
import { createServer } from "node:net";
import { projectNode } from "./project.mjs";
import { start } from "./processes.mjs";
import { Stop } from "./terminal.mjs";

const host = "127.0.0.1";
const usualPort = 8787;

/** `port` if it is free, else undefined; 0 finds a free one. */
function probe(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen(port, host, () => {
      const found = server.address().port;
      server.close(() => resolve(found));
    });
  });
}

async function isReady(origin) {
  try {
    const answer = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(1_000) });
    return answer.ok;
  } catch {
    return false;
  }
}

/** Resolves with the relay once it says that it is ready; a relay that ends before stops the script with its output. */
export async function startRelay() {
  const port = (await probe(usualPort)) ?? (await probe(0));
  const origin = `http://${host}:${port}`;
  const env = { PORT: String(port), HOST: host, PUBLIC_URL: origin, REDIS_URL: "" };
  const child = start(projectNode, ["server/main.ts"], { env });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk) => (output = (output + chunk).slice(-8_000)));
  for (let tries = 0; tries < 150; tries++) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Stop(`${output}\nThe relay did not start.`);
    if (await isReady(origin)) return { origin, child, isUsualPort: port === usualPort, output: () => output };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Stop(`${output}\nThe relay did not become ready at ${origin} within 15 s.`);
}

// A display without a screen and a session bus beside it, for what browsers only do on a desktop: be found by another process.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";

export interface Display {
  /** For the processes that are to share this desktop. */
  readonly environment: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

export async function startDisplay(): Promise<Display> {
  // Both write what we need to know to a descriptor of their own: the free number, and the address.
  const screen = await start("Xvfb", ["-displayfd", "3", "-screen", "0", "1400x900x24", "-nolisten", "tcp"]);
  try {
    const bus = await start("dbus-daemon", ["--session", "--nofork", "--nopidfile", "--print-address=3"]);
    return {
      environment: { DISPLAY: `:${screen.said}`, DBUS_SESSION_BUS_ADDRESS: bus.said },
      close: async () => {
        await bus.end();
        await screen.end();
      },
    };
  } catch (fault) {
    await screen.end();
    throw fault;
  }
}

interface Helper {
  readonly said: string;
  end(): Promise<void>;
}

async function start(program: string, args: readonly string[]): Promise<Helper> {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.off("exit", kill));
  const said = await new Promise<string>((resolve, reject) => {
    child.stdio[3]?.once("data", (data: Buffer) => resolve(data.toString().trim()));
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`${program} ended at its start`)));
  });
  return { said, end: async () => await end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}

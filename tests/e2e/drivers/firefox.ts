// Drives Firefox over WebDriver BiDi. With system access it reaches what is no tab: the sidebar and the event page.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Bidi } from "./bidi.ts";
import { buildFor } from "./build.ts";
import type { Display } from "./display.ts";
import {
  EXTENSION_ID,
  EXTENSION_UUID,
  findFirefox,
  firefoxEnvironment,
  makeProfile,
  removeProfile,
  startFirefox,
} from "./firefox-process.ts";
import type { FirefoxProcess, Preferences } from "./firefox-process.ts";
import { FirefoxSurface } from "./firefox-surface.ts";
import { FirefoxWindow } from "./firefox-window.ts";
import { isPolicyComplaint, until } from "./surface.ts";
import type { Browser, LaunchOptions, Surface, WaitOptions } from "./surface.ts";

export interface FirefoxOptions extends LaunchOptions {
  /** Installs the extension for good, so that it is there when the browser starts again. */
  readonly isPermanent?: boolean;
  /** More preferences for the profile. */
  readonly preferences?: Preferences;
}

/** More than the common interface, for specs that are about Firefox. */
export interface Firefox extends Browser {
  readonly window: FirefoxWindow;
  /** Ends the browser and starts it again on the same profile, with these arguments. */
  restart(args: readonly string[]): Promise<void>;
}

export async function launchFirefox(options: FirefoxOptions = {}): Promise<Firefox> {
  const extension = options.extension ?? (await buildFor("firefox"));
  const profile = await makeProfile(options.preferences);
  const running = new RunningFirefox(profile, options.display);
  try {
    await running.start(options.args ?? []);
    await running.install(extension, options.isPermanent === true);
    for (const other of options.others ?? []) await running.installOther(other);
    return running;
  } catch (fault) {
    await running.close();
    throw fault;
  }
}

class RunningFirefox implements Firefox {
  readonly name = "firefox";
  readonly baseUrl = `moz-extension://${EXTENSION_UUID}/`;
  readonly #profile: string;
  readonly #display: Display | undefined;
  #process: FirefoxProcess | undefined;
  #bidi: Bidi | undefined;
  #window: FirefoxWindow | undefined;
  #earlier = "";

  constructor(profile: string, display: Display | undefined) {
    this.#profile = profile;
    this.#display = display;
  }

  get window(): FirefoxWindow {
    if (this.#window === undefined) throw new Error("Firefox is not running");
    return this.#window;
  }

  async start(args: readonly string[]): Promise<void> {
    this.#process = await startFirefox(this.#profile, { display: this.#display, args });
    this.#bidi = await Bidi.connect(`${this.#process.bidiUrl}/session`);
    this.#window = await FirefoxWindow.open(this.#bidi, EXTENSION_ID);
  }

  async install(extension: string, isPermanent: boolean): Promise<void> {
    const extensionData = isPermanent ? { type: "archivePath", path: extension } : { type: "path", path: extension };
    await this.#send("webExtension.install", { extensionData, "moz:permanent": isPermanent });
    await until("the background", async () => ((await this.window.backgroundState()) === "running" ? true : undefined));
  }

  async installOther(folder: string): Promise<void> {
    await this.#send("webExtension.install", { extensionData: { type: "path", path: folder } });
  }

  async baseUrlOf(folder: string): Promise<string> {
    const manifest = JSON.parse(await readFile(path.join(folder, "manifest.json"), "utf8")) as {
      browser_specific_settings: { gecko: { id: string } };
    };
    return await this.window.baseUrlOf(manifest.browser_specific_settings.gecko.id);
  }

  async restart(args: readonly string[]): Promise<void> {
    await this.#stop();
    await this.start(args);
  }

  async open(file: string): Promise<Surface> {
    return await this.openWeb(this.baseUrl + file, true);
  }

  async openWeb(url: string, isOurs = false): Promise<Surface> {
    const { context } = (await this.#send("browsingContext.create", { type: "tab" })) as { context: string };
    // A cancelled navigation rejects; where the tab went is for the spec to ask.
    await this.#send("browsingContext.navigate", { context, url, wait: "none" }).catch(() => {});
    const surface = this.#surface(context);
    if (isOurs) {
      await until(`page ${url}`, async () => {
        const isLoaded = await surface.eval(
          (wanted) => location.href === wanted && document.readyState === "complete",
          url,
        );
        return isLoaded ? true : undefined;
      });
    }
    return surface;
  }

  async panel(): Promise<Surface> {
    // While the button is still opening it, the browser's own code is not ready to be asked.
    await until("the sidebar to open", async () => {
      await this.window.openSidebar();
      return true;
    });
    const context = await until("the sidebar", async () => await this.window.sidebarContext());
    const surface = this.#surface(context);
    await until("the sidebar's page", async () => {
      const isLoaded = await surface.eval(
        () => location.protocol === "moz-extension:" && document.readyState === "complete",
      );
      return isLoaded ? true : undefined;
    });
    return surface;
  }

  async tab(fits: (url: string) => boolean, options?: WaitOptions): Promise<Surface> {
    const { context } = await until(
      "a tab",
      async () => (await this.#running().contexts()).find((one) => fits(one.url)),
      options,
    );
    const surface = this.#surface(context);
    await until("its page", async () =>
      (await surface.eval(() => document.readyState)) === "complete" ? true : undefined,
    );
    return surface;
  }

  async tabUrls(): Promise<string[]> {
    return (await this.#running().contexts()).map(({ url }) => url);
  }

  async openFromOutside(url: string): Promise<void> {
    if (this.#display === undefined) throw new Error("another process finds this Firefox only on a display");
    const other = spawn(findFirefox(), ["--profile", this.#profile, url], {
      env: firefoxEnvironment(this.#display),
      stdio: "ignore",
    });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        other.kill("SIGKILL");
        reject(new Error("the second process did not hand over"));
      }, 15_000);
      other.once("exit", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async evalBackground<A extends unknown[], T>(run: (...values: A) => T | Promise<T>, ...values: A): Promise<T> {
    await this.window.wakeBackground();
    const context = await until("the background", async () => await this.window.backgroundContext());
    return await this.#running().call(context, run, values);
  }

  async killEngine(): Promise<void> {
    await this.window.terminateBackground();
  }

  async stopBackground(): Promise<void> {
    await this.window.terminateBackground();
  }

  output(): string {
    return this.#earlier + (this.#process?.output() ?? "");
  }

  async policyComplaints(): Promise<string[]> {
    return (await this.window.consoleLines()).filter(isPolicyComplaint);
  }

  async close(): Promise<void> {
    await this.#stop();
    await removeProfile(this.#profile);
  }

  async #stop(): Promise<void> {
    await this.#bidi?.closeBrowser();
    await this.#process?.end();
    this.#earlier = this.output();
    this.#bidi = undefined;
    this.#process = undefined;
    this.#window = undefined;
  }

  #running(): Bidi {
    if (this.#bidi === undefined) throw new Error("Firefox is not running");
    return this.#bidi;
  }

  async #send(method: string, params: object): Promise<unknown> {
    return await this.#running().send(method, params);
  }

  #surface(context: string): FirefoxSurface {
    return new FirefoxSurface(this.#running(), context, this.window);
  }
}

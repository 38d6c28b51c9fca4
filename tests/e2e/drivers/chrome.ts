// Drives Chromium: playwright for tabs, a second connection for what playwright does not list (side panel, offscreen document).
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import type { Browser as CdpBrowser, BrowserContext, Page, Worker } from "playwright-core";
import type { WxtBrowser } from "wxt/browser";
import { buildFor } from "./build.ts";
import type { Display } from "./display.ts";
import { isPolicyComplaint, until } from "./surface.ts";
import type { Browser, LaunchOptions, ShotOptions, Surface, WaitOptions } from "./surface.ts";

/** Inside functions that run in the extension. */
declare const browser: WxtBrowser;

const switches = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--allow-loopback-in-peer-connection",
  "--use-fake-device-for-media-stream",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/** More than the common interface, for specs that are about Chromium. */
export interface Chrome extends Browser {
  readonly context: BrowserContext;
  /**
   * Runs the handler of the toolbar button inside a gesture, as on a tab of that address. The button itself is out of reach
   * without a screen.
   */
  clickButton(url: string): Promise<void>;
  /** The same for an entry of the context menu of links. */
  chooseInMenu(entry: string, linkUrl: string): Promise<void>;
}

export async function launchChrome(options: LaunchOptions = {}): Promise<Chrome> {
  const extension = options.extension ?? (await buildFor("chrome"));
  const extensions = [extension, ...(options.others ?? [])].join(",");
  const profile = await mkdtemp(path.join(tmpdir(), "secret-rooms-chrome-"));
  await mkdir(path.join(profile, "Default"));
  // Without developer mode an unpacked extension does not come back from runtime.reload().
  const preferences = { extensions: { ui: { developer_mode: true } } };
  await writeFile(path.join(profile, "Default/Preferences"), JSON.stringify(preferences));
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: findChromium(),
      headless: options.display === undefined,
      chromiumSandbox: false,
      viewport: null,
      env: { ...process.env, ...options.display?.environment },
      args: [
        ...switches,
        "--remote-debugging-port=0",
        `--disable-extensions-except=${extensions}`,
        `--load-extension=${extensions}`,
        ...(options.args ?? []),
      ],
    });
    const running = new RunningChrome(context, profile, baseUrlOf(extension), options.display);
    await running.ready();
    return running;
  } catch (fault) {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    throw fault;
  }
}

/** Chromium derives the id of an unpacked extension from its folder. */
function baseUrlOf(folder: string): string {
  const digest = createHash("sha256").update(folder).digest("hex").slice(0, 32);
  const id = digest.replaceAll(/./g, (digit) => String.fromCodePoint(97 + Number.parseInt(digit, 16)));
  return `chrome-extension://${id}/`;
}

export function findChromium(): string {
  const named = process.env["CHROMIUM"];
  if (named !== undefined && named !== "") return named;
  // The file itself before the distribution's script, which adds switches of its own.
  const names = ["chromium", "chromium-browser", "google-chrome-for-testing"];
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const candidates = [
    "/usr/lib/chromium/chromium",
    ...folders.flatMap((folder) => names.map((name) => path.join(folder, name))),
  ];
  const found = candidates.find((file) => existsSync(file));
  if (found === undefined) throw new Error("no Chromium found: install it or name it in CHROMIUM");
  return found;
}

interface Dispatcher {
  dispatch(...values: unknown[]): void;
}

class RunningChrome implements Chrome {
  readonly name = "chrome";
  readonly baseUrl: string;
  readonly context: BrowserContext;
  readonly #profile: string;
  readonly #display: Display | undefined;
  readonly #lines: string[] = [];
  /** Connections beside playwright's own; each lists the panel only if the panel was there before it. */
  readonly #connections: CdpBrowser[] = [];
  #panel: Page | undefined;

  constructor(context: BrowserContext, profile: string, baseUrl: string, display: Display | undefined) {
    this.#display = display;
    this.context = context;
    this.baseUrl = baseUrl;
    this.#profile = profile;
    context.on("console", (message) => this.#lines.push(message.text()));
    context.on("weberror", (fault) => this.#lines.push(fault.error().message));
  }

  /** Installing goes on after the start: the rules for links are set in the first moments. */
  async ready(): Promise<void> {
    await until("rules for invite links", async () => {
      const rules = await this.evalBackground(() => browser.declarativeNetRequest.getDynamicRules());
      return rules.length > 0 ? rules : undefined;
    });
  }

  baseUrlOf(folder: string): Promise<string> {
    return Promise.resolve(baseUrlOf(folder));
  }

  async open(file: string): Promise<Surface> {
    const page = await this.context.newPage();
    await page.goto(this.baseUrl + file);
    return new ChromeSurface(page);
  }

  async openWeb(url: string): Promise<Surface> {
    const page = await this.context.newPage();
    // A blocked or rerouted navigation rejects; where the tab went is for the spec to ask.
    await page.goto(url, { waitUntil: "commit" }).catch(() => {});
    return new ChromeSurface(page);
  }

  async panel(): Promise<Surface> {
    const shown = await this.#findPanel();
    if (shown !== undefined) return new ChromeSurface(shown);
    // A page of ours opens it, because that needs a gesture, which evaluate() carries.
    const opener = await this.open("options.html");
    const windowId = await opener.eval(async () => (await browser.windows.getCurrent()).id ?? -1);
    await opener.eval(async (id) => await browser.sidePanel.open({ windowId: id }), windowId);
    const page = await until("the side panel", async () => await this.#findPanel());
    await opener.close();
    return new ChromeSurface(page);
  }

  async tab(fits: (url: string) => boolean, options?: WaitOptions): Promise<Surface> {
    const page = await until("a tab", () => this.context.pages().find((one) => fits(one.url())), options);
    await page.waitForLoadState();
    return new ChromeSurface(page);
  }

  tabUrls(): Promise<string[]> {
    return Promise.resolve(this.context.pages().map((page) => page.url()));
  }

  async openFromOutside(url: string): Promise<void> {
    const mode = this.#display === undefined ? ["--headless"] : [];
    const other = spawn(findChromium(), [...switches, ...mode, `--user-data-dir=${this.#profile}`, url], {
      env: { ...process.env, ...this.#display?.environment },
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
    return await call(await this.#serviceWorker(), run, values);
  }

  async killEngine(): Promise<void> {
    const connection = await this.#connectAgain();
    const session = await connection.newBrowserCDPSession();
    // Without a filter the list leaves out what is no tab.
    const { targetInfos } = await session.send("Target.getTargets", { filter: [{}] });
    const engine = targetInfos.find((target) => target.url === `${this.baseUrl}offscreen.html`);
    if (engine === undefined) throw new Error("there is no engine to kill");
    await session.send("Target.closeTarget", { targetId: engine.targetId });
    await connection.close();
  }

  async stopBackground(): Promise<void> {
    const page = await this.context.newPage();
    const session = await this.context.newCDPSession(page);
    await session.send("ServiceWorker.enable");
    await session.send("ServiceWorker.stopAllWorkers");
    await page.close();
  }

  async clickButton(url: string): Promise<void> {
    await this.#dispatch("button", { url });
  }

  async chooseInMenu(entry: string, linkUrl: string): Promise<void> {
    await this.#dispatch("menu", { menuItemId: entry, linkUrl });
  }

  output(): string {
    return this.#lines.join("\n");
  }

  policyComplaints(): Promise<string[]> {
    return Promise.resolve(this.#lines.filter(isPolicyComplaint));
  }

  async close(): Promise<void> {
    try {
      for (const connection of this.#connections) await connection.close().catch(() => {});
      await this.context.close();
    } finally {
      await rm(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }

  /** A gesture can only be made in a page here; a message carries it over to the background. */
  async #dispatch(what: "button" | "menu", details: object): Promise<void> {
    await this.evalBackground(() => {
      const handle = (message: { kind?: string; what: string; details: object; windowId: number }): void => {
        if (message.kind !== "test-dispatch") return;
        browser.runtime.onMessage.removeListener(handle);
        const tab = { windowId: message.windowId };
        const { action, contextMenus } = browser as unknown as Record<string, { onClicked: Dispatcher }>;
        if (message.what === "button") action?.onClicked.dispatch({ ...tab, ...message.details });
        else contextMenus?.onClicked.dispatch(message.details, tab);
      };
      browser.runtime.onMessage.addListener(handle);
    });
    const opener = await this.open("options.html");
    const windowId = await opener.eval(async () => (await browser.windows.getCurrent()).id ?? -1);
    await opener.eval((message) => void browser.runtime.sendMessage(message), {
      kind: "test-dispatch",
      what,
      details,
      windowId,
    });
    await until("the side panel", async () => await this.#findPanel());
    await opener.close();
  }

  async #serviceWorker(): Promise<Worker> {
    const running = this.context.serviceWorkers().find((worker) => worker.url().startsWith(this.baseUrl));
    if (running !== undefined) return running;
    const started = this.context.waitForEvent("serviceworker");
    const page = await this.open("options.html");
    await page.eval(() => browser.runtime.sendMessage({ kind: "ensure-engine" }));
    const worker = await started;
    await page.close();
    return worker;
  }

  async #connectAgain(): Promise<CdpBrowser> {
    const text = await readFile(path.join(this.#profile, "DevToolsActivePort"), "utf8");
    const connection = await chromium.connectOverCDP(`http://127.0.0.1:${text.split("\n")[0] ?? ""}`);
    this.#connections.push(connection);
    return connection;
  }

  async #findPanel(): Promise<Page | undefined> {
    if (this.#panel !== undefined && !this.#panel.isClosed()) return this.#panel;
    const connection = await this.#connectAgain();
    const pages = connection.contexts().flatMap((context) => context.pages());
    this.#panel = pages.find((page) => page.url().startsWith(`${this.baseUrl}sidepanel.html`));
    if (this.#panel === undefined) await connection.close();
    return this.#panel;
  }
}

class ChromeSurface implements Surface {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async click(testId: string): Promise<void> {
    await this.#page.getByTestId(testId).first().click({ timeout: 10_000 });
  }

  async fill(testId: string, text: string): Promise<void> {
    await this.#page.getByTestId(testId).first().fill(text, { timeout: 10_000 });
  }

  async press(key: string): Promise<void> {
    await this.#page.keyboard.press(key);
  }

  async text(testId: string): Promise<string> {
    const element = this.#page.getByTestId(testId).first();
    if ((await element.count()) === 0) return "";
    return await element.evaluate((one: HTMLElement) =>
      one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement ? one.value : one.innerText,
    );
  }

  async count(testId: string): Promise<number> {
    return await this.#page.getByTestId(testId).count();
  }

  async waitFor(testId: string, { timeoutMs = 10_000 }: WaitOptions = {}): Promise<void> {
    await this.#page.getByTestId(testId).first().waitFor({ timeout: timeoutMs });
  }

  async eval<A extends unknown[], T>(run: (...values: A) => T | Promise<T>, ...values: A): Promise<T> {
    return await call(this.#page, run, values);
  }

  url(): Promise<string> {
    return Promise.resolve(this.#page.url());
  }

  async focus(): Promise<void> {
    await this.#page.bringToFront();
  }

  async screenshot(file: string, { width, height = 800, scheme }: ShotOptions = {}): Promise<void> {
    if (width !== undefined) await this.#page.setViewportSize({ width, height });
    await this.#page.emulateMedia({ colorScheme: scheme ?? null });
    await this.#page.screenshot({ path: file });
  }

  async close(): Promise<void> {
    // Closed while it still loads, one page in five never tells that it is gone.
    await this.#page.waitForLoadState("load", { timeout: 5_000 }).catch(() => {});
    await this.#page.close();
  }
}

/** Playwright takes one argument and guesses its type; a spec passes several and knows theirs. */
async function call<A extends unknown[], T>(
  where: Page | Worker,
  run: (...values: A) => T | Promise<T>,
  values: A,
): Promise<T> {
  const expression = `(${run.toString()})(...${JSON.stringify(values)})`;
  return (await (where as Page).evaluate(expression)) as T;
}

// A small WebDriver BiDi client: Firefox is driven by it and nothing else, because every library stumbles over extension pages.
import { setTimeout as wait } from "node:timers/promises";
import { WebSocket } from "ws";

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: Error) => void;
}

interface Answer {
  readonly id?: number;
  readonly type: string;
  readonly result?: unknown;
  readonly error?: string;
  readonly message?: string;
}

export interface Context {
  readonly context: string;
  readonly url: string;
}

export class Bidi {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  static async connect(url: string): Promise<Bidi> {
    const socket = new WebSocket(url, { maxPayload: 256 * 1_024 * 1_024 });
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    const bidi = new Bidi(socket);
    await bidi.send("session.new", {
      capabilities: { alwaysMatch: { unhandledPromptBehavior: { default: "ignore" } } },
    });
    return bidi;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => this.#receive(JSON.parse(data.toString()) as Answer));
    socket.on("close", () => {
      for (const { reject } of this.#pending.values()) reject(new Error("the browser hung up"));
    });
  }

  async send(method: string, params: object = {}): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    return await new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** Runs a function in a context. Arguments and result cross as JSON. */
  async call<A extends unknown[], T>(context: string, run: (...values: A) => T | Promise<T>, values: A): Promise<T> {
    const answer = (await this.send("script.callFunction", {
      functionDeclaration: `async (valuesText) => JSON.stringify(await (${run.toString()})(...JSON.parse(valuesText)))`,
      arguments: [{ type: "string", value: JSON.stringify(values) }],
      target: { context },
      awaitPromise: true,
    })) as { type: string; result?: { value?: string }; exceptionDetails?: { text: string } };
    if (answer.type === "exception") throw new Error(`in the page: ${answer.exceptionDetails?.text ?? "unknown"}`);
    const text = answer.result?.value;
    return (text === undefined ? undefined : JSON.parse(text)) as T;
  }

  /** Top-level contexts: tabs, or with system access the browser's own windows. */
  async contexts(scope: "content" | "chrome" = "content"): Promise<readonly Context[]> {
    const params = scope === "chrome" ? { "moz:scope": "chrome" } : {};
    return ((await this.send("browsingContext.getTree", params)) as { contexts: Context[] }).contexts;
  }

  /** Ends the browser. */
  async closeBrowser(): Promise<void> {
    await Promise.race([this.send("browser.close").catch(() => {}), wait(5_000)]);
    this.#socket.close();
  }

  #receive(answer: Answer): void {
    if (answer.id === undefined) return;
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (answer.type === "error") pending?.reject(new Error(`${answer.error ?? ""}: ${answer.message ?? ""}`));
    else pending?.resolve(answer.result);
  }
}

// A client that speaks the wire protocol and nothing else: it asks, and keeps what it is told in order.
import type { Agent } from "node:http";
import { io } from "socket.io-client";
import type { Socket } from "socket.io-client";
import { onTestFinished } from "vitest";
import { decode, encode } from "../../../codec/codec.ts";
import { decodeOutcome } from "../../../wire/acknowledgement.ts";
import type { Outcome } from "../../../wire/acknowledgement.ts";
import { notices, requests, signals } from "../../../wire/events.ts";
import type { Answer, Ask, NoticeBody, NoticeName, Refusal, RequestName } from "../../../wire/events.ts";
import { routes } from "../../../wire/http.ts";
import * as parser from "../../../wire/parser.ts";

const WAIT_MS = 5_000;

export type Notice = { readonly [N in NoticeName]: { readonly name: N; readonly body: NoticeBody<N> } }[NoticeName];

function isNotice(name: string): name is NoticeName {
  return Object.hasOwn(notices, name);
}

function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come in time`)), WAIT_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class Client {
  /** Everything the relay told, in order. */
  readonly heard: Notice[] = [];
  /** Answers and notices in the order in which their frames came, before any promise gets to run. */
  readonly arrivals: (Notice | { readonly name: "answer"; readonly to: RequestName; readonly bytes: Uint8Array })[] =
    [];
  readonly socket: Socket;
  readonly #watchers = new Set<() => void>();
  #taken = new WeakSet<Notice>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.onAny((name: string, payload: Uint8Array) => {
      if (!isNotice(name)) throw new Error(`unknown notice ${name}`);
      const notice = { name, body: decode(notices[name] as never, payload) } as Notice;
      this.heard.push(notice);
      this.arrivals.push(notice);
      for (const watch of this.#watchers) watch();
    });
    socket.on("disconnect", () => {
      for (const watch of this.#watchers) watch();
    });
  }

  /** Sends bytes under a name, whatever they are, and decodes the answer of `N`. */
  askRaw<N extends RequestName>(name: N, payload: Uint8Array): Promise<Outcome<N>> {
    const answered = new Promise<Uint8Array>((resolve) => {
      this.socket.emit(name, payload, (answer: Uint8Array) => {
        this.arrivals.push({ name: "answer", to: name, bytes: answer });
        resolve(answer);
      });
    });
    return inTime(`the answer to ${name}`, answered).then((bytes) => decodeOutcome(name, bytes));
  }

  ask<N extends RequestName>(name: N, body: Ask<N>): Promise<Outcome<N>> {
    return this.askRaw(name, encode(requests[name].ask as never, body));
  }

  /** The answer; throws when the relay refuses. */
  async get<N extends RequestName>(name: N, body: Ask<N>): Promise<Answer<N>> {
    const outcome = await this.ask(name, body);
    if (!outcome.ok) throw new Error(`${name} was refused: ${outcome.refusal.code}`);
    return outcome.answer;
  }

  /** The refusal; throws when the relay does it. */
  async refusalOf<N extends RequestName>(name: N, body: Ask<N>): Promise<Refusal> {
    const outcome = await this.ask(name, body);
    if (outcome.ok) throw new Error(`${name} was not refused`);
    return outcome.refusal;
  }

  signal(body: { cid: Uint8Array; envelope: Uint8Array }): void {
    this.socket.emit("signal:send", encode(signals["signal:send"], body));
  }

  /** The next notice of a name that nobody took yet; waits for it if need be. */
  next<N extends NoticeName>(name: N): Promise<NoticeBody<N>> {
    const find = (): NoticeBody<N> | undefined => {
      const found = this.heard.find((notice) => notice.name === name && !this.#taken.has(notice));
      if (found === undefined) return undefined;
      this.#taken.add(found);
      return found.body as NoticeBody<N>;
    };
    return this.#when(name, find);
  }

  /** Resolves when the connection is closed. */
  async closed(): Promise<void> {
    await this.#when("the end of the connection", () => (this.socket.connected ? undefined : true));
  }

  all<N extends NoticeName>(name: N): NoticeBody<N>[] {
    return this.heard.filter((notice) => notice.name === name).map((notice) => notice.body as NoticeBody<N>);
  }

  /** Answers only after everything the relay sent so far has arrived: requests are answered in order. */
  async settle(): Promise<void> {
    await this.ask("invite:challenge", { inviteId: new Uint8Array(16) });
  }

  close(): void {
    this.socket.disconnect();
  }

  #when<T>(what: string, find: () => T | undefined): Promise<T> {
    return inTime(
      what,
      new Promise<T>((resolve) => {
        const watch = (): void => {
          const found = find();
          if (found === undefined) return;
          this.#watchers.delete(watch);
          resolve(found);
        };
        this.#watchers.add(watch);
        watch();
      }),
    );
  }
}

/** Connects one socket; closed when the test is over. */
export async function connect(
  url: string,
  options: { auth?: object; headers?: Record<string, string>; agent?: Agent } = {},
): Promise<Client> {
  const socket = io(url, {
    path: routes.socket,
    transports: ["websocket"],
    parser,
    forceNew: true,
    reconnection: false,
    auth: options.auth ?? { v: 1 },
    extraHeaders: options.headers ?? {},
    // Node takes an agent where browsers know only whether to use one.
    ...(options.agent === undefined ? {} : { agent: options.agent as never }),
  });
  const client = new Client(socket);
  onTestFinished(() => client.close());
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
  return client;
}

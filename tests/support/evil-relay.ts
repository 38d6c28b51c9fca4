// A hostile relay that knows the protocol: it stands between engines and the real relay, sees every request, answer, signal
// and notice as a value, and does with it what its script says. It holds no key of any room.
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import type { Outcome } from "../../wire/acknowledgement.ts";
import type { Answer, Ask, NoticeBody, NoticeName, Refusal, RequestName } from "../../wire/events.ts";
import type { Body, Names, Slot, Unit } from "./evil/frames.ts";
import { Passage } from "./evil/passage.ts";
import type { Fate } from "./evil/passage.ts";

export interface Place {
  /** Whose connection it is. */
  readonly person: string;
}

const isAnswered = Symbol("answered");
/** The request goes no further; its client hears this. */
export interface Answered<N extends RequestName = RequestName> {
  readonly [isAnswered]: Outcome<N>;
}

export function answered<N extends RequestName>(answer: Answer<N>): Answered<N> {
  return { [isAnswered]: { ok: true, answer } };
}

export function refused(code: Refusal["code"], more: Partial<Refusal> = {}): Answered {
  return { [isAnswered]: { ok: false, refusal: { code, retryAfterMs: 0, head: undefined, ...more } } };
}

/** Nothing: it passes. Else what passes in its place. */
export type Verdict<S extends Slot, N> =
  | undefined
  | "drop"
  | Body<S, N>
  | readonly Body<S, N>[]
  | (S extends "request" ? Answered<Extract<N, RequestName>> | Answered : never);

export interface Recorded extends Unit {
  readonly person: string;
}

type AnyRule = (body: unknown, place: Place) => unknown;

export class EvilRelay {
  /** All that came in, in its order, as it was before the script. */
  readonly recorded: Recorded[] = [];
  readonly #rules = new Map<string, Set<AnyRule>>();
  readonly #passages = new Map<string, Passage[]>();
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #server = createServer((_request, answer) => answer.writeHead(404).end());
  #port = 0;

  private constructor(relayPort: number) {
    this.#server.on("upgrade", (request, socket, head) => {
      const url = new URL(request.url ?? "/", "http://evil");
      const far = new WebSocket(`ws://127.0.0.1:${relayPort}${url.pathname}${url.search}`, {
        perMessageDeflate: false,
      });
      far.on("error", () => socket.destroy());
      far.once("open", () => {
        this.#sockets.handleUpgrade(request, socket, head, (near) => this.#enter(request, near, far));
      });
    });
  }

  static async open(relayPort: number): Promise<EvilRelay> {
    const evil = new EvilRelay(relayPort);
    await new Promise<void>((resolve) => {
      evil.#server.listen(0, "127.0.0.1", resolve);
    });
    evil.#port = (evil.#server.address() as AddressInfo).port;
    return evil;
  }

  /** Where `person` connects to. */
  door(person: string): string {
    return `http://127.0.0.1:${this.#port}?person=${person}`;
  }

  /** The last rule set is asked first; what it answers counts unless that is nothing. Returns what ends the rule. */
  on<S extends Slot, N extends Names[S]>(
    slot: S,
    name: N,
    rule: (body: Body<S, N>, place: Place) => Verdict<S, N>,
  ): () => void {
    const key = `${slot} ${name}`;
    const rules = this.#rules.get(key) ?? new Set();
    this.#rules.set(key, rules);
    rules.add(rule as AnyRule);
    return () => void rules.delete(rule as AnyRule);
  }

  /** Bodies of that kind that came to or from these people, oldest first. */
  seen<S extends Slot, N extends Names[S]>(slot: S, name: N, person?: string): Body<S, N>[] {
    return this.recorded
      .filter((unit) => unit.slot === slot && unit.name === name && (person === undefined || unit.person === person))
      .map(({ body }) => body as Body<S, N>);
  }

  /** An invented notice. */
  tell<N extends NoticeName>(person: string, name: N, body: NoticeBody<N>): void {
    for (const passage of this.#open(person)) passage.toClient({ slot: "notice", name, body });
  }

  /** An invented request in somebody's name, of which they hear nothing. */
  async ask<N extends RequestName>(person: string, name: N, body: Ask<N>): Promise<Outcome<N>> {
    const [passage] = this.#open(person);
    if (!passage) throw new Error(`${person} is not connected`);
    return (await passage.ask(name, body)) as Outcome<N>;
  }

  /** Ends the connections of `person`, who will come back. */
  cut(person: string): void {
    for (const passage of this.#open(person)) passage.cut();
  }

  async close(): Promise<void> {
    for (const passage of [...this.#passages.values()].flat()) passage.cut();
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #open(person: string): Passage[] {
    return (this.#passages.get(person) ?? []).filter(({ isOpen }) => isOpen);
  }

  #enter(request: IncomingMessage, near: WebSocket, far: WebSocket): void {
    const person = new URL(request.url ?? "/", "http://evil").searchParams.get("person") ?? "";
    const passage = new Passage(near, far, (unit) => this.#judge(unit, { person }));
    this.#passages.set(person, [...(this.#passages.get(person) ?? []), passage]);
  }

  #judge(unit: Unit, place: Place): Fate {
    this.recorded.push({ ...unit, ...place });
    for (const rule of [...(this.#rules.get(`${unit.slot} ${unit.name}`) ?? [])].toReversed()) {
      const verdict: unknown = rule(unit.body, place);
      if (verdict === undefined) continue;
      if (verdict === "drop") return { bodies: [] };
      if (Array.isArray(verdict)) return { bodies: verdict };
      if (typeof verdict === "object" && verdict !== null && isAnswered in verdict)
        return { answer: (verdict as Answered)[isAnswered] };
      return { bodies: [verdict] };
    }
    return { bodies: [unit.body] };
  }
}

// One connection through the hostile relay: what its script lets through, and what it invents.
import { WebSocket } from "ws";
import type { Outcome } from "../../../wire/acknowledgement.ts";
import type { RequestName } from "../../../wire/events.ts";
import { readFrame, writeFrame } from "./frames.ts";
import type { Unit } from "./frames.ts";

/** What becomes of a unit: nothing, these bodies in its place, or for a request an answer of our own. */
export type Fate = { readonly bodies: readonly unknown[] } | { readonly answer: Outcome<RequestName> };
export type Judge = (unit: Unit) => Fate;

/** Numbers of requests that we invent; an engine counts from 0. */
const FIRST_OWN_ID = 0x8000_0000;

export class Passage {
  readonly #near: WebSocket;
  readonly #far: WebSocket;
  readonly #judge: Judge;
  readonly #asked = new Map<number, string>();
  readonly #own = new Map<number, (outcome: Outcome<RequestName>) => void>();
  #nextId = FIRST_OWN_ID;

  constructor(near: WebSocket, far: WebSocket, judge: Judge) {
    this.#near = near;
    this.#far = far;
    this.#judge = judge;
    near.on("message", (data: Buffer, isBinary) => this.#passOn(data, isBinary, "client"));
    far.on("message", (data: Buffer, isBinary) => this.#passOn(data, isBinary, "relay"));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("close", () => other.close());
      one.on("error", () => other.terminate());
    }
  }

  get isOpen(): boolean {
    return this.#near.readyState === WebSocket.OPEN && this.#far.readyState === WebSocket.OPEN;
  }

  cut(): void {
    this.#near.terminate();
    this.#far.terminate();
  }

  toClient(unit: Unit): void {
    if (this.#near.readyState === WebSocket.OPEN) this.#near.send(writeFrame(unit));
  }

  toRelay(unit: Unit): void {
    if (this.#far.readyState === WebSocket.OPEN) this.#far.send(writeFrame(unit));
  }

  /** A request in the name of the client, which hears nothing of it. */
  ask(name: RequestName, body: unknown): Promise<Outcome<RequestName>> {
    const id = this.#nextId++;
    this.#asked.set(id, name);
    const { promise, resolve } = Promise.withResolvers<Outcome<RequestName>>();
    this.#own.set(id, resolve);
    this.toRelay({ slot: "request", name, body, id });
    return promise;
  }

  #passOn(data: Buffer, isBinary: boolean, from: "client" | "relay"): void {
    const to = from === "client" ? this.#far : this.#near;
    const unit = isBinary ? readFrame(new Uint8Array(data), from, (id) => this.#asked.get(id)) : undefined;
    if (unit === undefined) {
      // Opening, closing and signs of life.
      if (to.readyState === WebSocket.OPEN) to.send(data, { binary: isBinary });
      return;
    }
    const settle = unit.slot === "answer" ? this.#own.get(unit.id ?? -1) : undefined;
    if (settle) settle(unit.body as Outcome<RequestName>);
    else this.#apply(unit, this.#judge(unit));
  }

  #apply(unit: Unit, fate: Fate): void {
    if (unit.slot === "request" && unit.id !== undefined) this.#asked.set(unit.id, unit.name);
    if ("answer" in fate) {
      this.toClient({ slot: "answer", name: unit.name, body: fate.answer, id: unit.id });
      return;
    }
    const isUp = unit.slot === "request" || unit.slot === "signal";
    for (const [index, body] of fate.bodies.entries()) {
      // The client waits for one answer: further requests are ours.
      if (unit.slot === "request" && index > 0) void this.ask(unit.name as RequestName, body);
      else if (isUp) this.toRelay({ ...unit, body });
      else this.toClient({ ...unit, body });
    }
  }
}

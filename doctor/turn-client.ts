// A TURN client that asks and reports the server's word, and relays nothing: for checking what a server permits.
import { randomBytes } from "node:crypto";
import {
  attributes,
  decodeAnswer,
  encodeRequest,
  errorCode,
  longTermKey,
  peerAttribute,
  textAttribute,
} from "./stun.ts";
import type { Attribute, Method, StunMessage } from "./stun.ts";
import { openTurnWire } from "./turn-wire.ts";
import type { TurnTarget, TurnWire } from "./turn-wire.ts";

export interface TurnLogin {
  readonly username: string;
  readonly credential: string;
}

/** What the server said: `code` is 0 for yes, else that of the error. */
export interface TurnReply {
  readonly code: number;
  readonly realm: string | undefined;
  /** Name and version, if the server gives them away. */
  readonly software: string | undefined;
}

export class TurnSilence extends Error {
  override name = "TurnSilence";
}

type Waiting = Map<string, (message: StunMessage) => void>;

const UDP = 17;
const families = { 4: 1, 6: 2 } as const;
const ANSWER_MS = 2_000;
const REPEAT_MS = 500;

export class TurnClient {
  readonly #wire: TurnWire;
  readonly #login: TurnLogin | undefined;
  readonly #waiting: Waiting;
  #realm: string | undefined;
  #nonce: Uint8Array | undefined;

  private constructor(wire: TurnWire, login: TurnLogin | undefined, waiting: Waiting) {
    this.#wire = wire;
    this.#login = login;
    this.#waiting = waiting;
  }

  /** Without a login every request goes unsigned. */
  static async open(target: TurnTarget, login?: TurnLogin): Promise<TurnClient> {
    const waiting: Waiting = new Map();
    const wire = await openTurnWire(target, (bytes) => {
      const message = decodeAnswer(bytes);
      if (message !== undefined) waiting.get(message.transaction)?.(message);
    });
    return new TurnClient(wire, login, waiting);
  }

  /** All of these throw {@link TurnSilence} when no answer comes within seconds. */
  bind(): Promise<TurnReply> {
    return this.#ask("bind", () => []);
  }

  /** Asks for a relayed address, of IPv4 or of IPv6. */
  allocate(family: keyof typeof families = 4): Promise<TurnReply> {
    const transport: Attribute = [attributes.transport, Uint8Array.of(UDP, 0, 0, 0)];
    const wanted: Attribute[] = family === 4 ? [] : [[attributes.family, Uint8Array.of(families[family], 0, 0, 0)]];
    return this.#ask("allocate", () => [transport, ...wanted]);
  }

  /** Asks that `peer` may send to the relayed address, and get what is sent from it. */
  permit(peer: string): Promise<TurnReply> {
    return this.#ask("permit", (transaction) => [peerAttribute(peer, 9, transaction)]);
  }

  /** The same with a channel, 0x4000 or later. */
  bindChannel(peer: string, channel: number): Promise<TurnReply> {
    const number: Attribute = [attributes.channel, Uint8Array.of(channel >> 8, channel & 0xff, 0, 0)];
    return this.#ask("bindChannel", (transaction) => [number, peerAttribute(peer, 9, transaction)]);
  }

  /** Gives the relayed address back. */
  release(): Promise<TurnReply> {
    return this.#ask("refresh", () => [[attributes.lifetime, new Uint8Array(4)]]);
  }

  close(): void {
    this.#wire.close();
  }

  /** Signed from the moment on that the server has asked who we are. */
  async #ask(method: Method, values: (transaction: Uint8Array) => readonly Attribute[]): Promise<TurnReply> {
    const wasAsked = this.#nonce !== undefined;
    const first = await this.#send(method, values);
    const code = errorCode(first);
    const isChallenge = code === 438 || (code === 401 && !wasAsked);
    if (!isChallenge || this.#login === undefined) return this.#reply(first);
    return this.#reply(await this.#send(method, values));
  }

  async #send(method: Method, values: (transaction: Uint8Array) => readonly Attribute[]): Promise<StunMessage> {
    const transaction = randomBytes(12);
    const { signature, key } = this.#signature();
    const bytes = encodeRequest(method, transaction, [...values(transaction), ...signature], key);
    const answer = await this.#exchange(transaction.toString("hex"), bytes);
    const realm = answer.attributes.get(attributes.realm);
    if (realm !== undefined) this.#realm = new TextDecoder().decode(realm);
    this.#nonce = answer.attributes.get(attributes.nonce) ?? this.#nonce;
    return answer;
  }

  #signature(): { signature: readonly Attribute[]; key?: Uint8Array } {
    if (this.#login === undefined || this.#nonce === undefined) return { signature: [] };
    const { username, credential } = this.#login;
    const realm = this.#realm ?? "";
    const signature: Attribute[] = [
      textAttribute(attributes.username, username),
      textAttribute(attributes.realm, realm),
      [attributes.nonce, this.#nonce],
    ];
    return { signature, key: longTermKey(username, realm, credential) };
  }

  async #exchange(transaction: string, bytes: Uint8Array): Promise<StunMessage> {
    let timers: NodeJS.Timeout[] = [];
    try {
      return await new Promise<StunMessage>((resolve, reject) => {
        this.#waiting.set(transaction, resolve);
        timers = [setTimeout(() => reject(new TurnSilence("no answer")), ANSWER_MS)];
        if (this.#wire.isLossy) timers.push(setInterval(() => this.#wire.send(bytes), REPEAT_MS));
        this.#wire.send(bytes);
      });
    } finally {
      timers.forEach((timer) => clearTimeout(timer));
      this.#waiting.delete(transaction);
    }
  }

  #reply(message: StunMessage): TurnReply {
    const software = message.attributes.get(attributes.software);
    return {
      code: errorCode(message),
      realm: this.#realm,
      software: software === undefined ? undefined : new TextDecoder().decode(software),
    };
  }
}

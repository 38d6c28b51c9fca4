// One connection on its way into a room: asks, waits, and answers the server's heartbeat.
import { decode, encode } from "../../../codec/codec.ts";
import { decodeOutcome } from "../../../wire/acknowledgement.ts";
import { notices, requests } from "../../../wire/events.ts";
import type { Answer, Ask, NoticeBody, NoticeName, RequestName } from "../../../wire/events.ts";
import { decodeBinary } from "../../../wire/parser.ts";
import { eventFrame } from "../../relay/support/raw.ts";
import { BINARY, Link, maskedFrame, TEXT } from "./link.ts";
import type { Where } from "./link.ts";

const PING = 0x32;
const EVENT = 2;
const pong = maskedFrame(TEXT, Buffer.from("3"));
const buffer = Buffer.alloc(256 * 1024);

/** Answers Engine.IO's heartbeat; `false` when it was something else. */
export function tookPing(link: Link, opcode: number, bytes: Buffer, start: number): boolean {
  if (opcode !== TEXT || bytes[start] !== PING) return false;
  link.write(pong);
  return true;
}

interface Wait {
  readonly what: string;
  readonly take: (frame: string | Uint8Array) => boolean;
}

export class Guest {
  readonly link: Promise<Link>;
  readonly #waits = new Set<Wait>();
  #link: Link | undefined;
  #lastId = 0;
  /** What came before anybody waited for it. */
  readonly #heard: (string | Uint8Array)[] = [];

  constructor(where: Where) {
    this.link = Link.open(where, buffer, (opcode, bytes, start, end) => {
      if (this.#link !== undefined && tookPing(this.#link, opcode, bytes, start)) return;
      this.#take(opcode === BINARY ? new Uint8Array(bytes.subarray(start, end)) : bytes.toString("utf8", start, end));
    }).then((link) => (this.#link = link));
  }

  say(text: string): void {
    this.#link?.write(maskedFrame(TEXT, Buffer.from(text)));
  }

  text(matches: (text: string) => boolean): Promise<string> {
    return this.#wait("a text", (frame) => (typeof frame === "string" && matches(frame) ? frame : undefined));
  }

  /** The relay's answer; rejects when it refuses. */
  async get<N extends RequestName>(name: N, body: Ask<N>): Promise<Answer<N>> {
    const id = ++this.#lastId;
    const payload = encode(requests[name].ask as never, body);
    this.#link?.write(maskedFrame(BINARY, eventFrame(name, payload, id)));
    const bytes = await this.#wait(name, (frame) => {
      if (typeof frame === "string") return undefined;
      const packet = decodeBinary(frame);
      return packet.type !== EVENT && packet.id === id ? (packet.data as [Uint8Array])[0] : undefined;
    });
    const outcome = decodeOutcome(name, bytes);
    if (!outcome.ok) throw new Error(`${name} was refused: ${outcome.refusal.code}`);
    return outcome.answer;
  }

  /** The next notice of a name. */
  next<N extends NoticeName>(name: N): Promise<NoticeBody<N>> {
    const read = (frame: string | Uint8Array): NoticeBody<N> | undefined => {
      if (typeof frame === "string") return undefined;
      const { type, data } = decodeBinary(frame);
      const [label, payload] = data as [string, Uint8Array];
      return type === EVENT && label === name ? decode<NoticeBody<N>>(notices[name] as never, payload) : undefined;
    };
    return this.#wait(name, read);
  }

  #take(frame: string | Uint8Array): void {
    for (const wait of this.#waits) if (wait.take(frame)) return;
    if (this.#heard.push(frame) > 4) this.#heard.shift();
  }

  #wait<T>(what: string, find: (frame: string | Uint8Array) => T | undefined): Promise<T> {
    for (const [index, frame] of this.#heard.entries()) {
      const found = find(frame);
      if (found === undefined) continue;
      this.#heard.splice(index, 1);
      return Promise.resolve(found);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what} did not come in time`)), 30_000);
      const wait: Wait = {
        what,
        take: (frame) => {
          const found = find(frame);
          if (found === undefined) return false;
          clearTimeout(timer);
          this.#waits.delete(wait);
          resolve(found);
          return true;
        },
      };
      this.#waits.add(wait);
    });
  }
}

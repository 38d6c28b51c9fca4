// Rooms full of connections to one subject, and what arrives at them, counted where it lies.
import type { Door } from "./entry.ts";
import { BINARY } from "./link.ts";
import type { Link } from "./link.ts";
import { ENVELOPE_BYTES } from "./dialect.ts";
import type { Dialect } from "./dialect.ts";
import { Guest, tookPing } from "./guest.ts";
import { Histogram } from "./histogram.ts";
import type { Subject, Running } from "./subjects.ts";

const CONNECTS_AT_ONCE = 64;

export interface Shape {
  readonly rooms: number;
  readonly members: number;
}

export interface Member {
  readonly link: Link;
  readonly template: Buffer;
  /** Acknowledgements in the piece that is being read. */
  acks: number;
}

export class Fleet {
  readonly members: Member[] = [];
  /** Milliseconds from the first byte of a connection to its seat, by member. */
  readonly joins = new Histogram();
  /** Seconds in which all WebSocket and Socket.IO connections opened. */
  connectS = 0;
  dropped = 0;
  deliveries = 0;
  acks = 0;
  latencies = new Histogram();
  /** Called with whoever got acknowledgements, once per piece that was read. */
  onAcks: (member: Member) => void = () => undefined;
  #lastAddress = 0;

  /** Opens and fills the rooms. */
  static async open(subject: Subject, running: Running, shape: Shape): Promise<Fleet> {
    const fleet = new Fleet();
    const rooms = await fleet.#connect(subject, running, shape);
    await eachAtOnce(rooms, 16, (guests) => fleet.#fill(subject, running, guests));
    return fleet;
  }

  /** Opens and fills the rooms a few at a time, and measures how long each member took from its first byte to its seat. */
  static async gather(subject: Subject, running: Running, shape: Shape, roomsAtOnce: number): Promise<Fleet> {
    const fleet = new Fleet();
    const rooms = Array.from({ length: shape.rooms }, (_, index) => index);
    await eachAtOnce(rooms, roomsAtOnce, async () => {
      const first = fleet.#guest(subject, running, 0);
      const door = subject.door(shape.members, first);
      for (let i = 0; i < shape.members; i++) {
        const startMs = performance.now();
        const guest = i === 0 ? first : fleet.#guest(subject, running, i);
        await guest.link;
        await subject.dialect.connect(guest);
        await door.prepare(guest, running.nodes[i % running.nodes.length]?.origin ?? "");
        await door.enter(guest);
        fleet.joins.add(performance.now() - startMs);
        fleet.#adopt(await guest.link, subject.dialect, door);
      }
    });
    return fleet;
  }

  get expectedPerMessage(): number {
    return this.#shapeMembers - 1;
  }

  #shapeMembers = 1;

  resetCounts(): void {
    this.deliveries = 0;
    this.acks = 0;
    this.latencies = new Histogram();
  }

  close(): void {
    for (const { link } of this.members) {
      link.onClose = () => undefined;
      link.close();
    }
  }

  #guest({ dialect }: Subject, { nodes }: Running, index: number): Guest {
    // A relay gives each address its share of connections; loopback has many addresses.
    const from = `127.0.0.${2 + (this.#lastAddress++ % 200)}`;
    return new Guest({ port: nodes[index % nodes.length]?.port ?? 0, path: dialect.path, from });
  }

  async #connect(subject: Subject, running: Running, { rooms, members }: Shape): Promise<Guest[][]> {
    this.#shapeMembers = members;
    const startMs = performance.now();
    const places = Array.from({ length: rooms * members }, (_, index) => index);
    const guests: Guest[] = [];
    await eachAtOnce(places, CONNECTS_AT_ONCE, async (index) => {
      const guest = this.#guest(subject, running, index % members);
      guests[index] = guest;
      await guest.link;
      await subject.dialect.connect(guest);
    });
    this.connectS = (performance.now() - startMs) / 1000;
    return Array.from({ length: rooms }, (_, room) => guests.slice(room * members, (room + 1) * members));
  }

  async #fill(subject: Subject, { nodes }: Running, guests: readonly Guest[]): Promise<void> {
    const [first] = guests;
    if (first === undefined) return;
    const door = subject.door(guests.length, first);
    await Promise.all(guests.map((guest, i) => door.prepare(guest, nodes[i % nodes.length]?.origin ?? "")));
    for (const guest of guests) await door.enter(guest);
    for (const guest of guests) this.#adopt(await guest.link, subject.dialect, door);
  }

  #adopt(link: Link, dialect: Dialect, door: Door): void {
    const member: Member = { link, template: dialect.message(door.cid), acks: 0 };
    this.members.push(member);
    link.onMessage = (opcode, bytes, start, end) => {
      if (opcode === BINARY && end - start >= ENVELOPE_BYTES) {
        this.deliveries++;
        this.latencies.add(performance.now() - bytes.readDoubleBE(end - ENVELOPE_BYTES));
      } else if (isAck(dialect, opcode, bytes, start)) member.acks++;
      else tookPing(link, opcode, bytes, start);
    };
    link.onChunk = () => {
      if (member.acks === 0) return;
      this.acks += member.acks;
      this.onAcks(member);
      member.acks = 0;
    };
    link.onClose = () => void this.dropped++;
  }
}

function isAck({ ackText }: Dialect, opcode: number, bytes: Buffer, start: number): boolean {
  if (ackText === undefined) return opcode === BINARY;
  return bytes[start] === ackText.charCodeAt(0) && bytes[start + 1] === ackText.charCodeAt(1);
}

async function eachAtOnce<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

// One simulated room: real engines and a real relay on one virtual clock, and a schedule of what happens to them.
import { toHex } from "../../../codec/bytes.ts";
import { Chronicle } from "./chronicle.ts";
import { complaintsOfAgreement, complaintsOfEnds, complaintsOfTexts } from "./judge.ts";
import { Line } from "./network.ts";
import { Person } from "./person.ts";
import { seededRandom } from "./random.ts";
import type { SeededRandom } from "./random.ts";
import { SimRelay } from "./relay.ts";
import { MOST_MEMBERS } from "./schedule.ts";
import type { Schedule, Step, StepKind } from "./schedule.ts";
import { Scheduler } from "./scheduler.ts";
import { complaintsOfKicked } from "./stolen-keys.ts";

const ends = ["none", "relay", "client"] as const;
const ROOM_LIFE_S = 6 * 3600;
const GATHER_MS = 120_000;
/** When all faults have stopped, things are right again within this time. */
const HEAL_MS = 600_000;
const LOOK_MS = 500;
/** A room that is never quiet does not heal either. */
const MOST_EVENTS = 100_000;
/** What is right has to stay so. */
const STABLE_MS = 2_000;

export class Simulation {
  readonly clock = new Scheduler();
  readonly people: Person[] = [];
  readonly #random: SeededRandom;
  readonly #relay: SimRelay;
  readonly #chronicle: Chronicle;
  #link = "";
  #pending = 0;
  #said = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#relay = new SimRelay(this.clock);
    this.#chronicle = new Chronicle(this.#relay.overheard);
  }

  /** Runs the whole schedule. Throws an error that says which property does not hold. */
  async run({ members, steps }: Schedule): Promise<void> {
    await this.#gather(members);
    for (const step of steps) {
      this.#perform(step);
      await this.clock.run(this.clock.nowMs() + step.waitMs);
    }
    for (const { line } of this.people) line.mend();
    await this.#heal(() => this.#complaints(), HEAL_MS);
    const read = await complaintsOfKicked(this.people, this.#chronicle, this.#relay.overheard);
    if (read.length > 0) throw new Error(read.join("\n"));
  }

  async close(): Promise<void> {
    for (const person of this.people) person.stop();
    await this.#relay.close();
  }

  /** An owner, and as many others as it takes. */
  async #gather(members: number): Promise<void> {
    const owner = this.#newPerson();
    this.#track(() => this.#create(owner));
    await this.#heal(() => (this.#link === "" ? ["no room"] : []), GATHER_MS);
    for (let i = 1; i < members; i++) this.#join(0);
    await this.#heal(() => this.#complaints(), GATHER_MS);
  }

  /** Lets time pass until there is nothing to complain about, and stays so. */
  async #heal(complaints: () => string[], withinMs: number): Promise<void> {
    const { clock } = this;
    const untilMs = clock.nowMs() + withinMs;
    let found = complaints();
    let rightSinceMs = clock.nowMs();
    while (found.length > 0 || clock.nowMs() - rightSinceMs < STABLE_MS) {
      if (clock.nowMs() >= untilMs || clock.count > MOST_EVENTS)
        throw new Error(`${found.join("\n")}\n${this.#describe()}`);
      await clock.run(clock.nowMs() + LOOK_MS);
      found = complaints();
      if (found.length > 0) rightSinceMs = clock.nowMs() + LOOK_MS;
    }
  }

  #complaints(): string[] {
    this.#chronicle.update();
    if (this.#pending > 0) return [`${this.#pending} people wait for something`];
    const first = [...complaintsOfEnds(this.people, this.#chronicle), ...complaintsOfAgreement(this.people)];
    return first.length > 0 ? first : complaintsOfTexts(this.people, this.#chronicle);
  }

  #perform({ kind, who, amount }: Step): void {
    const inside = this.people.filter((person) => person.isInside());
    const person = inside[who % Math.max(inside.length, 1)];
    if (person === undefined) return;
    const { line } = person;
    const few = 1 + (amount % 4);
    const doing: Record<StepKind, () => void> = {
      wait: () => undefined,
      send: () => this.#send(person),
      join: () => this.#join(inside.length),
      leave: () => this.#leave(person, inside.length),
      kick: () => this.#kick(inside[amount % inside.length]),
      drop: () => line.tamper("drop", few),
      duplicate: () => line.tamper("duplicate", few),
      reorder: () => line.tamper("delay", few),
      replay: () => line.replay(few),
      cut: () => line.cut(ends[amount % 3] ?? "none"),
      partition: () => line.partition(500 + amount * 250),
      restart: () => this.#restart(person, amount * 40),
    };
    doing[kind]();
  }

  #newPerson(): Person {
    const { clock } = this;
    const index = this.people.length;
    const line = new Line({ clock, random: this.#random, relay: this.#relay, host: `host ${index}` });
    const watch = {
      sealed: this.#chronicle.sealed.bind(this.#chronicle),
      kicked: this.#chronicle.removedBy.bind(this.#chronicle),
    };
    const person = new Person({ name: `P${index}`, clock, random: this.#random, line, watch });
    this.people.push(person);
    return person;
  }

  /** Counts what people wait for; that an attempt fails is part of life. */
  #track(work: () => Promise<unknown>): void {
    this.#pending++;
    void work()
      .catch(() => undefined)
      .finally(() => this.#pending--);
  }

  async #create(person: Person): Promise<void> {
    const life = await person.start();
    const { roomId, link } = await life.engine.createRoom({
      name: "Room",
      displayName: person.name,
      expiresInS: ROOM_LIFE_S,
      maxMembers: 50,
    });
    life.roomId = roomId;
    this.#link = link;
  }

  #join(count: number): void {
    if (count + this.#pending >= MOST_MEMBERS) return;
    const person = this.#newPerson();
    // Whoever is not inside is nobody yet.
    person.isLost = true;
    this.#track(async () => {
      const life = await person.start();
      const joined = life.engine.joinRoom({ link: this.#link, displayName: person.name });
      const room = await Promise.race([joined, life.over]);
      if (!room) return;
      life.roomId = room.roomId;
      person.isLost = false;
    });
  }

  #send({ life, name }: Person): void {
    const text = `text ${++this.#said} of ${name}`;
    void life?.engine.send({ roomId: life.roomId, text }).catch(() => undefined);
  }

  #leave(person: Person, count: number): void {
    const { life } = person;
    // With the last one the room would be over.
    if (count <= 1 || life === undefined) return;
    person.hasLeft = true;
    this.#track(() => Promise.race([life.engine.leave({ roomId: life.roomId }), life.over]));
  }

  #kick(target: Person | undefined): void {
    const [owner] = this.people;
    if (!owner?.life || !owner.isInside() || target === undefined || target === owner) return;
    this.#chronicle.kicked.add(target.memberId);
    const { engine, roomId, over } = owner.life;
    this.#track(() => Promise.race([engine.kick({ roomId, memberId: target.memberId }), over]));
  }

  #restart(person: Person, downMs: number): void {
    person.stop();
    this.#track(async () => {
      await new Promise<void>((resolve) => void this.clock.setTimer(downMs, resolve));
      await person.start();
      // Nothing was saved yet, so it does not know that it was inside.
      if (person.roomId === "") person.isLost = true;
    });
  }

  /** Who is who, and the commit each one stands at. */
  #describe(): string {
    return this.people
      .map(({ name, life, memberId }) => {
        const cid = life?.standing ? toHex(life.standing.cid).slice(0, 8) : "nowhere";
        return `${name} ${memberId.slice(0, 8)} ${cid}`;
      })
      .join("\n");
  }
}

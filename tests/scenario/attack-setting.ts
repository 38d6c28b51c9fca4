// What every attack needs: people whose connections go through a hostile relay of their own to the real one that a file
// shares. Attacks of one file run side by side.
import { afterAll, beforeAll, expect, vi } from "vitest";
import type { TestContext } from "vitest";
import type { Clock } from "../../engine/ports.ts";
import type { GroupHost } from "../../engine/workers/group-contract.ts";
import { createClock } from "../../platform/clock.ts";
import { EvilRelay } from "../support/evil-relay.ts";
import { openClient } from "../support/node-client.ts";
import type { Client, ClientRoom, CreateOptions } from "../support/node-client.ts";
import { startRelay } from "../support/relay.ts";
import type { TestRelay } from "../support/relay.ts";
import { changed, isOpen, shows } from "./setting.ts";

export interface Person {
  readonly name: string;
  readonly client: Client;
  readonly room: ClientRoom;
}

export interface PersonOptions {
  /** Calls of the group host that are replaced: a hostile member. */
  readonly host?: (host: GroupHost) => Partial<GroupHost>;
  readonly vault?: string;
  readonly clock?: Clock;
}

export interface Attack {
  readonly evil: EvilRelay;
  /** A client that is in no room yet. */
  open(name: string, options?: PersonOptions): Promise<Client>;
  create(name: string, options?: PersonOptions & CreateOptions): Promise<Person>;
  join(name: string, link: string, options?: PersonOptions): Promise<Person>;
  /** An owner and guests, inside and in one epoch. */
  room<const N extends readonly string[]>(...names: N): Promise<{ [I in keyof N]: Person }>;
  /** The engine ends and starts again from what it left in memory of the browser. */
  restart(person: Person): Promise<Person>;
}

/** For the tests of a file, which share one real relay. Each begins its own attack and hands in what ends it. */
export function useAttacks(
  env: Record<string, string> = {},
): (context: Pick<TestContext, "onTestFinished">) => Promise<Attack> {
  const state: { relay?: TestRelay } = {};
  beforeAll(async () => {
    state.relay = await startRelay(env);
  });
  afterAll(() => state.relay?.close());
  return async (context) => {
    if (!state.relay) throw new Error("the relay is not up");
    const evil = await EvilRelay.open(state.relay.port);
    const clients: Client[] = [];
    context.onTestFinished(async () => {
      for (const client of clients) await client.close();
      await evil.close();
    });
    return attackOn(state.relay, evil, clients);
  };
}

function attackOn(relay: TestRelay, evil: EvilRelay, clients: Client[]): Attack {
  const open = async (name: string, { host, vault, clock }: PersonOptions = {}): Promise<Client> => {
    const client = await openClient({
      relay: relay.origin,
      door: evil.door(name),
      ...(vault !== undefined && { vault }),
      ...(clock && { clock }),
      ...(host && { groupHost: (real: GroupHost) => changed(real, host(real)) }),
    });
    clients.push(client);
    return client;
  };
  const create = async (name: string, options: PersonOptions & CreateOptions = {}): Promise<Person> => {
    const client = await open(name, options);
    return { name, client, room: await client.createRoom({ displayName: name, ...options }) };
  };
  const join = async (name: string, link: string, options: PersonOptions = {}): Promise<Person> => {
    const client = await open(name, options);
    return { name, client, room: await client.join(link, { name }) };
  };
  const room = async <const N extends readonly string[]>(...names: N) => {
    const [first = "owner", ...guests] = names;
    const people = [await create(first)];
    for (const name of guests) people.push(await join(name, people[0]?.room.link ?? ""));
    await agree(people);
    return people as { [I in keyof N]: Person };
  };
  const restart = async ({ name, client }: Person): Promise<Person> => {
    const vault = client.vault();
    await client.close();
    const again = await open(name, { vault });
    const [its] = again.rooms();
    if (!its) throw new Error("the room is gone");
    return { name, client: again, room: its };
  };
  return { evil, open, create, join, room, restart };
}

/** Everything that engines wait for comes so many times sooner. */
export function fastClock(times: number): Clock {
  const clock = createClock();
  return {
    wallMs: () => clock.wallMs(),
    monotonicMs: () => clock.monotonicMs() * times,
    setTimer: (delayMs, callback) => clock.setTimer(delayMs / times, callback),
  };
}

/** The last thing this person wrote has left for the others. */
export const hasSent = (room: ClientRoom): boolean =>
  ["sent", "delivered"].includes(room.messages().at(-1)?.state ?? "");

/** What somebody reads of what people wrote, in the order of the screen. */
export const textsOf = ({ room }: Person): string[] =>
  room.messages().flatMap(({ state, text }) => (state === "gap" ? [] : [text]));

/** How many messages somebody is told are missing. */
export const missingOf = ({ room }: Person): number =>
  room.messages().reduce((total, { state, text }) => total + (state === "gap" ? Number(text) : 0), 0);

/** Resolves when all are inside one epoch, with each other and nobody else. */
export async function agree(people: readonly Person[]): Promise<void> {
  // Tests that run side by side share no `expect.poll`.
  await vi.waitFor(
    () => {
      const ids = people.map(({ room }) => room.state().memberId).toSorted();
      for (const { room } of people) {
        const { phase, cid } = room.state();
        const members = room.members().map(({ id }) => id);
        expect({ phase, cid, members: members.toSorted() }).toEqual({
          phase: "open",
          cid: people[0]?.room.state().cid,
          members: ids,
        });
      }
    },
    { timeout: 30_000, interval: 20 },
  );
}

let spoken = 0;

/** Everybody says something, and everybody reads each of it once: the room lives, and all that came before has been handled. */
export async function talk(...people: readonly Person[]): Promise<void> {
  for (const person of people) await person.room.until(isOpen, `${person.name} is inside`, 30_000);
  const said = people.map(({ name }) => `${name} says ${spoken++}`);
  await Promise.all(people.map(({ room }, i) => room.send(said[i] ?? "")));
  for (const person of people) {
    for (const text of said) await person.room.until(shows(text), `${person.name} reads "${text}"`, 30_000);
    expect(textsOf(person).filter((text) => said.includes(text))).toHaveLength(said.length);
  }
}

/** All stand in one epoch with these members, and talk. */
export async function whole(...people: readonly Person[]): Promise<void> {
  await agree(people);
  await talk(...people);
}

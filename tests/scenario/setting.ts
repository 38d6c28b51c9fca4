// What every scenario needs: a relay of its own and clients that are closed at the end.
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { GroupHost } from "../../engine/workers/group-contract.ts";
import type { GroupRooms } from "../../engine/workers/group-host.ts";
import { openClient } from "../support/node-client.ts";
import type { Client, ClientOptions, ClientRoom } from "../support/node-client.ts";
import { startRelay } from "../support/relay.ts";
import type { TestRelay } from "../support/relay.ts";

export interface Setting {
  readonly relay: TestRelay;
  open(options?: Partial<ClientOptions>): Promise<Client>;
}

export function useRelay(env: Record<string, string> = {}, deps: Parameters<typeof startRelay>[1] = {}): Setting {
  const state: { relay?: TestRelay } = {};
  const clients: Client[] = [];
  beforeAll(async () => {
    state.relay = await startRelay(env, deps);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
  });
  afterAll(() => state.relay?.close());
  const started = (): TestRelay => {
    if (!state.relay) throw new Error("the relay is not up");
    return state.relay;
  };
  return {
    get relay() {
      return started();
    },
    open: async (options = {}) => {
      const client = await openClient({ relay: started().direct, ...options });
      clients.push(client);
      return client;
    },
  };
}

/** The host with some of its calls replaced. */
export function changed(host: GroupHost, calls: Partial<GroupHost>): GroupHost {
  return new Proxy(host as GroupRooms, {
    get: (target, name) => {
      const own: unknown = Reflect.get(calls, name);
      const value: unknown = own ?? Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

export const isOpen = (room: ClientRoom): boolean => room.state().phase === "open";

export const hasEnded =
  (reason: string) =>
  (room: ClientRoom): boolean =>
    room.state().end?.reason === reason;

export const shows =
  (text: string) =>
  (room: ClientRoom): boolean =>
    room.messages().some((message) => message.text === text);

export const knows =
  (...names: readonly string[]) =>
  (room: ClientRoom): boolean =>
    names.every((name) => room.members().some((member) => member.name === name));

export const counts =
  (members: number) =>
  (room: ClientRoom): boolean =>
    room.members().length === members;

/** An owner and `guests` others, all inside and in one epoch. */
export async function roomOfPeople(
  setting: Setting,
  guests: number,
): Promise<{ clients: Client[]; rooms: ClientRoom[] }> {
  const owner = await setting.open();
  const room = await owner.createRoom({ displayName: "Owner" });
  const clients = [owner];
  const rooms = [room];
  for (let i = 1; i <= guests; i++) {
    const client = await setting.open();
    clients.push(client);
    rooms.push(await client.join(room.link, { name: `Guest ${i}` }));
  }
  await agree(rooms);
  return { clients, rooms };
}

/** Resolves when all are open and stand at one commit with all members. */
export async function agree(rooms: readonly ClientRoom[]): Promise<void> {
  const standings = () => {
    const all = rooms.map((room) => ({ ...room.state(), members: room.members().length }));
    return {
      phases: [...new Set(all.map(({ phase }) => phase))],
      members: [...new Set(all.map(({ members }) => members))],
      epochs: new Set(all.map(({ cid }) => cid)).size,
    };
  };
  await expect
    .poll(standings, { timeout: 30_000, interval: 20 })
    .toEqual({ phases: ["open"], members: [rooms.length], epochs: 1 });
}
